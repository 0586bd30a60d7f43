"""What people did with a case after the day: complaints, breaches, requests, hours, arrests."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "apps.casework"
    label = "casework"
    verbose_name = "Casework"

    def ready(self) -> None:
        from apps.casework import retention

        retention.register()
