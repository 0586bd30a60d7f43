from django.apps import AppConfig


class ScrutinyConfig(AppConfig):
    name = "apps.scrutiny"
    label = "scrutiny"
    verbose_name = "Scrutiny"

    def ready(self) -> None:
        from apps.scrutiny import handlers, retention  # models must be loaded first

        handlers.register()
        retention.register()
