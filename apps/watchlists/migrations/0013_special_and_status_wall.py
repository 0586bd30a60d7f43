"""The wall around signatures, status checks and withdrawn consents; what was recorded is not rewritten."""

from django.db import migrations

from apps.core.rls import restrict, same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0012_special_and_status"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("watchlists_signoff"),
        same_force("watchlists_signoff", "subject_id", "watchlists_subject"),
        tenant_policy("watchlists_statuscheck"),
        restrict("watchlists_statuscheck", "SELECT", "INSERT", "UPDATE"),
        tenant_policy("watchlists_consentwithdrawal"),
        restrict("watchlists_consentwithdrawal", "SELECT", "INSERT"),
    ]
