"""The relay's socket. It belongs outside any origin check: a relay is no browser and sends no Origin."""

from __future__ import annotations

from django.urls import path

from apps.relays.consumers import FrameConsumer

websocket_urlpatterns = [path("ws/relay/", FrameConsumer.as_asgi())]
