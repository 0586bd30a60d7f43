"""WebSocket routes. A browser's socket must come from our own origin and carry a session; a relay sends no
origin and carries its own key."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter

from apps.alerts.routing import websocket_urlpatterns as console_patterns
from apps.core.origins import same_origin_only
from apps.relays.routing import websocket_urlpatterns as relay_patterns

consoles = same_origin_only(AuthMiddlewareStack(URLRouter(console_patterns)))
relays = URLRouter(relay_patterns)


async def websocket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Relays by their path; everything else is a browser and must pass the origin check."""
    application = relays if scope["path"].startswith("/ws/relay/") else consoles
    await application(scope, receive, send)
