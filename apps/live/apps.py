"""App configuration of live: recognition while a deployment is live."""

from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "apps.live"
    verbose_name = "Live recognition"

    def ready(self) -> None:
        from apps.live import retention, watch, worker  # the registry wants models loaded

        retention.register()
        watch.register()
        worker.connect()
