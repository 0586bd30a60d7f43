"""From where a request comes, behind a configured number of proxies.

A client can send any X-Forwarded-For. Each trusted proxy appends who it got the request from, so with n of
them the n-th entry from the right was written by the first of ours; everything left of it is the client's own
invention. Without proxies all of it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings

Scope = MutableMapping[str, Any]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"forwarded")


def forwarded_address(values: Iterable[str], *, proxies: int) -> str | None:
    """The address that the outermost of `proxies` trusted proxies wrote; None when there is none such."""
    entries = [entry.strip() for value in values for entry in value.split(",")]
    if proxies < 1 or len(entries) < proxies:
        return None
    try:
        return str(ip_address(entries[-proxies]))
    except ValueError:
        return None


def behind_proxies(application: AsgiApplication) -> AsgiApplication:
    """Puts the client's address in place of the proxy's; without proxies drops whatever says "forwarded"."""

    async def addressed(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope = _with_address(scope)
        await application(scope, receive, send)

    return addressed


def _with_address(scope: Scope) -> Scope:
    proxies = settings.LFR_TRUSTED_PROXIES
    if not proxies:
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in FORWARDED]
        return {**scope, "headers": kept}
    values = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == FORWARDED[0]]
    found = forwarded_address(values, proxies=proxies)
    return scope if found is None else {**scope, "client": (found, 0)}
