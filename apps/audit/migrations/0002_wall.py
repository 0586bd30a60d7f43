"""Append-only for the application role, behind the wall, in commit-independent order."""

from django.db import migrations

from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("core", "0002_wall")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE audit_event_ordinal AS bigint",
            reverse_sql="DROP SEQUENCE audit_event_ordinal",
        ),
        tenant_policy("audit_auditevent", foreign_key=False),
        tenant_policy("audit_auditpending", foreign_key=False),
        tenant_policy("audit_auditlink", foreign_key=False),
        restrict("audit_auditevent", "SELECT", "INSERT"),
        restrict("audit_auditlink", "SELECT", "INSERT"),
        restrict("audit_auditpending", "SELECT", "INSERT", "DELETE"),
    ]
