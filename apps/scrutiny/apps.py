from django.apps import AppConfig


class ScrutinyConfig(AppConfig):
    name = "apps.scrutiny"
    label = "scrutiny"
    verbose_name = "Scrutiny"

    def ready(self) -> None:
        from apps.notices import api as notices  # models must be loaded first
        from apps.scrutiny import handlers, results, retention

        handlers.register()
        retention.register()
        notices.rates_by(results.rates_of)
