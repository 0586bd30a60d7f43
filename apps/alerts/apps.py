from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "apps.alerts"
    label = "alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        from apps.alerts import engagement_retention, handlers, retention, retention_log  # models must be loaded first

        handlers.register()
        retention.register()
        engagement_retention.register()
        retention_log.register()
