"""WebSocket routes. A browser's socket must come from our own origin and carry a session; a relay sends no
origin and carries its own key."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import re_path

from apps.alerts.routing import websocket_urlpatterns as console_patterns
from apps.core.origins import same_origin_only
from apps.relays.routing import websocket_urlpatterns as relay_patterns

NOT_FOUND = 4404


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Any other path: closed before it is accepted, which the server answers with 403, and not an error."""
    await receive()
    await send({"type": "websocket.close", "code": NOT_FOUND})


# Last of each: a router without it raises for a path that it does not know, and fills the log for anybody.
# An ASGI application, which re_path does not know by its type.
ELSEWHERE: Any = nowhere
LAST = [re_path("", ELSEWHERE)]
consoles = same_origin_only(AuthMiddlewareStack(URLRouter([*console_patterns, *LAST])))
relays = URLRouter([*relay_patterns, *LAST])


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Relays by their path; everything else is a browser and must pass the origin check."""
    application = relays if scope["path"].startswith("/ws/relay/") else consoles
    await application(scope, receive, send)
