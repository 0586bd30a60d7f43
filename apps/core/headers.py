"""Headers on every answer, whoever gives it: Django, the static files, or the door in front of both.

`SecurityHeadersMiddleware` is the outermost of Django's; `secured` wraps the whole ASGI application, so that
an answer given before Django has them too. Both only add what is missing, but for one thing: what a browser
with a session gets is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
# Sound is the console's alarm; public keys are passkeys. A page of ours needs nothing else of a device.
ALLOWED = ("autoplay", "publickey-credentials-create", "publickey-credentials-get")
FORBIDDEN = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
)


def permissions_policy(*also: str) -> str:
    """The policy of every page; `also` names what one page needs besides, such as "geolocation"."""
    allowed = (*ALLOWED, *also)
    forbidden = (feature for feature in FORBIDDEN if feature not in also)
    return ", ".join([f"{name}=(self)" for name in allowed] + [f"{name}=()" for name in forbidden])


PERMISSIONS_POLICY = permissions_policy()
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOT_STORED = "no-store, private"
# They name the software, which helps nobody but an attacker.
NEVER = frozenset({"server", "x-powered-by"})


def wanted(present: Iterable[str], *, cache_control: str, path: str, has_session: bool) -> dict[str, str]:
    """What to set on an answer that has the headers `present`."""
    have = {name.lower() for name in present}
    missing = {name: value for name, value in ALWAYS.items() if name.lower() not in have}
    if settings.SECURE_HSTS_SECONDS and "strict-transport-security" not in have:
        missing["Strict-Transport-Security"] = _hsts()
    is_static = path.startswith(settings.STATIC_URL)
    if not cache_control or (has_session and not is_static and "no-store" not in cache_control):
        missing["Cache-Control"] = NOT_STORED
    return missing


def _hsts() -> str:
    words = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    words += ["includeSubDomains"] if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else []
    words += ["preload"] if settings.SECURE_HSTS_PRELOAD else []
    return "; ".join(words)


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        additions = wanted(
            response.headers.keys(),
            cache_control=response.headers.get("Cache-Control", ""),
            path=request.path,
            has_session=settings.SESSION_COOKIE_NAME in request.COOKIES,
        )
        for name, value in additions.items():
            response.headers[name] = value
        for name in NEVER:
            response.headers.pop(name, None)
        return response


def secured(application: AsgiApplication) -> AsgiApplication:
    """The same for what never reaches Django's middleware: bodies cut off, requests it cannot read."""

    async def with_headers(scope: Scope, receive: Any, send: Any) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _completed(scope, message.get("headers", ()))}
            await send(message)

        await application(scope, receive, sending)

    return with_headers


def _completed(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower().decode("latin-1") not in NEVER]
    cached = [value.decode("latin-1") for name, value in kept if name.lower() == b"cache-control"]
    additions = wanted(
        [name.decode("latin-1") for name, _ in kept],
        cache_control=", ".join(cached),
        path=scope["path"],
        has_session=has_session(scope),
    )
    replaced = {name.lower().encode("latin-1") for name in additions}
    kept = [(name, value) for name, value in kept if name.lower() not in replaced]
    return kept + [(name.lower().encode(), value.encode()) for name, value in additions.items()]


def has_session(scope: Scope) -> bool:
    """Whether somebody signed in may be asking."""
    cookies = b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie")
    return settings.SESSION_COOKIE_NAME in parse_cookie(cookies.decode("latin-1"))
