from django.apps import AppConfig


class ScrutinyConfig(AppConfig):
    name = "apps.scrutiny"
    label = "scrutiny"
    verbose_name = "Scrutiny"

    def ready(self) -> None:
        from apps.notices import api as notices  # models must be loaded first
        from apps.scrutiny import handlers, results, retention, told

        handlers.register()
        retention.register()
        notices.rates_by(results.rates_of)
        notices.groups_by(told.public_groups)
