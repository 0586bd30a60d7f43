"""The wall between forces; nobody deletes a row."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

TABLES = ("live_shardlease", "live_cameratally")


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        *(tenant_policy(table) for table in TABLES),
        *(restrict(table, "SELECT", "INSERT", "UPDATE") for table in TABLES),
    ]
