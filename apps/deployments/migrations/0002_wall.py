"""The wall between forces; what was written once stays as it was written."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

WRITTEN_ONCE = (
    "deployments_authorityrevision",
    "deployments_deploymentdecision",
    "deployments_deploymentduty",
    "deployments_checkrecord",
    "deployments_recognitiongap",
)
KEPT = ("deployments_camera", "deployments_deployment")


class Migration(migrations.Migration):
    dependencies = [("deployments", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        *(tenant_policy(table) for table in (*KEPT, *WRITTEN_ONCE)),
        *(restrict(table, "SELECT", "INSERT", "UPDATE") for table in KEPT),
        *(restrict(table, "SELECT", "INSERT") for table in WRITTEN_ONCE),
    ]
