from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "apps.alerts"
    label = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        from apps.alerts import (  # models must be loaded first
            engagement_retention,
            handlers,
            retention,
            retention_log,
        )

        handlers.register()
        retention.register()
        engagement_retention.register()
        retention_log.register()
