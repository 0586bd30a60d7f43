"""Tokens and answers are tenant rows. A token is never deleted by the application."""

from django.db import migrations

from apps.core.rls import restrict, same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("integration", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("integration_apitoken"),
        tenant_policy("integration_idempotencyrecord"),
        same_force("integration_idempotencyrecord", "token_id", "integration_apitoken"),
        restrict("integration_apitoken", "SELECT", "INSERT", "UPDATE"),
        restrict("integration_idempotencyrecord", "SELECT", "INSERT", "UPDATE", "DELETE"),
    ]
