from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    name = "apps.integration"
    label = "integration"
    verbose_name = "The API for integrating systems"

    def ready(self) -> None:
        from apps.integration import retention, uploads  # models must be loaded first

        retention.register()
        uploads.register()
