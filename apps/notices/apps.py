from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "apps.notices"
    label = "notices"
    verbose_name = "Public notices"

    def ready(self) -> None:
        from apps.notices import handlers, retention  # models must be loaded first

        handlers.register()
        retention.register()
