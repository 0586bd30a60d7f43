"""Invitations, certificates, identity providers and breaches are tenant rows; none is deleted by the application."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy

TABLES = (
    "accounts_invitation",
    "accounts_trainingcertificate",
    "accounts_identityprovider",
    "accounts_breach",
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people")]

    operations = [
        *(tenant_policy(table) for table in TABLES),
        *(restrict(table, "SELECT", "INSERT", "UPDATE") for table in TABLES),
    ]
