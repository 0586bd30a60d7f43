"""The wall around lists, subjects, pictures, refusals and the register."""

from django.db import migrations

from apps.core.rls import tenant_policy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("watchlists_watchlist"),
        tenant_policy("watchlists_subject"),
        tenant_policy("watchlists_picture"),
        tenant_policy("watchlists_refusal"),
        tenant_policy("watchlists_membershipregister"),
    ]
