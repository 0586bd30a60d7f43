from django.apps import AppConfig


class WatchlistsConfig(AppConfig):
    name = "apps.watchlists"
    label = "watchlists"
    verbose_name = "Watchlists"

    def ready(self) -> None:
        from apps.watchlists import retention, retention_staging  # models must be loaded first

        retention.register()
        retention_staging.register()
