"""App configuration of relays: credentials of the agents in the vans, their socket and the frame bus."""

from __future__ import annotations

from django.apps import AppConfig


class RelaysConfig(AppConfig):
    name = "apps.relays"
    verbose_name = "Relays"

    def ready(self) -> None:
        from apps.relays import retention  # the registry wants models loaded

        retention.register()
