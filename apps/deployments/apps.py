from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "apps.deployments"
    label = "deployments"
    verbose_name = "Deployments"

    def ready(self) -> None:
        from apps.accounts import api as accounts  # models must be loaded first
        from apps.deployments import queries, retention, tasks

        retention.register()
        tasks.connect()
        accounts.register_presence(queries.people_on_duty)
