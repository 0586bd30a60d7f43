"""What the oversight body asks and recommends, and what the force answers."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "apps.oversight"
    label = "oversight"
    verbose_name = "Oversight"

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.oversight import retention

        retention.register()
