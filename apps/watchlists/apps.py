from django.apps import AppConfig


class WatchlistsConfig(AppConfig):
    name = "apps.watchlists"
    label = "watchlists"
    verbose_name = "Watchlists"

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.watchlists import retention, retention_consents, retention_register, retention_staging

        retention.register()
        retention_staging.register()
        retention_consents.register()
        retention_register.register()
