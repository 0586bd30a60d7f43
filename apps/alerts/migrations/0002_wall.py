"""The wall around alerts, and a decision log that can only grow."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("alerts_counter"),
        tenant_policy("alerts_alert"),
        tenant_policy("alerts_decision"),
        tenant_policy("alerts_outcome"),
        restrict("alerts_alert", "SELECT", "INSERT", "UPDATE"),
        restrict("alerts_counter", "SELECT", "INSERT", "UPDATE"),
        restrict("alerts_decision", "SELECT", "INSERT"),
        restrict("alerts_outcome", "SELECT", "INSERT"),
    ]
