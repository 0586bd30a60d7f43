"""The wall between forces; nobody deletes a row."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

TABLES = ("relays_relay", "relays_ingesttally")


class Migration(migrations.Migration):
    dependencies = [("relays", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        *(tenant_policy(table) for table in TABLES),
        *(restrict(table, "SELECT", "INSERT", "UPDATE") for table in TABLES),
    ]
