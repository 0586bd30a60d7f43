from django.apps import AppConfig


class ForcesConfig(AppConfig):
    name = "apps.forces"
    label = "forces"
    verbose_name = "Forces"

    def ready(self) -> None:
        from apps.forces import retention  # models must be loaded first

        retention.register()
