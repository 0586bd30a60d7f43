"""The console's socket. It belongs inside the origin check and the session middleware: browsers only."""

from __future__ import annotations

from django.urls import path

from apps.alerts.consumers import ConsoleConsumer

websocket_urlpatterns = [path("ws/console/<uuid:deployment_id>/", ConsoleConsumer.as_asgi())]
