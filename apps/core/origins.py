"""Browser sockets are opened by our own pages only: another site's page would bring the officer's cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Scope = MutableMapping[str, Any]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]
DEFAULT_PORTS = {"http": 80, "https": 443}


def same_origin_only(application: AsgiApplication) -> AsgiApplication:
    """Refuses the handshake unless Origin names scheme, host and port of this very address."""

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if is_same_origin(scope):
            await application(scope, receive, send)
            return
        await receive()
        # Before it is accepted: the server answers the handshake with 403.
        await send({"type": "websocket.close", "code": 4403})

    return guarded


def is_same_origin(scope: Scope) -> bool:
    """A missing, doubled or opaque Origin ("null") is another's."""
    origin, host = _header(scope, b"origin"), _header(scope, b"host")
    domain, _ = split_domain_port(host)
    if not origin or not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    scheme = "https" if _is_secure(scope) else "http"
    return _parts(origin) == _parts(f"{scheme}://{host}") is not None


def _is_secure(scope: Scope) -> bool:
    if settings.SECURE_SSL_REDIRECT or scope.get("scheme") in {"wss", "https"}:
        return True
    forwarded = settings.SECURE_PROXY_SSL_HEADER
    return bool(forwarded) and _header(scope, b"x-forwarded-proto") == forwarded[1]


def _parts(origin: str) -> tuple[str, str, int] | None:
    """(scheme, host, port); None for anything that is no bare http(s) origin."""
    try:
        parts = urlsplit(origin.lower())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    if parts.path or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


def _header(scope: Scope, name: bytes) -> str:
    """Empty when it is missing or given more than once."""
    values = [value for header, value in scope["headers"] if header.lower() == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""
