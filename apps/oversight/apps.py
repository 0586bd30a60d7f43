"""What the oversight body asks and recommends, and what the force answers."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "apps.oversight"
    label = "oversight"
    verbose_name = "Oversight"
