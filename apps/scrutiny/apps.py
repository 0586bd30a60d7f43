from django.apps import AppConfig


class ScrutinyConfig(AppConfig):
    name = "apps.scrutiny"
    label = "scrutiny"
    verbose_name = "Scrutiny"
