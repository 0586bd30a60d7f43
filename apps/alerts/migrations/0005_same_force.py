"""Keys that stay in their force (core.rls.same_force)."""

from django.db import migrations

from apps.core.rls import same_force


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_identity_established_by")]

    operations = [
        same_force("alerts_decision", "alert_id", "alerts_alert"),
        same_force("alerts_outcome", "alert_id", "alerts_alert"),
    ]
