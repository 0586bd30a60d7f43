"""Grants are tenant rows; sign-in asks one question about them through a function of the owner."""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE, restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("forces", "0002_wall")]

    operations = [
        tenant_policy("accounts_rolegrant"),
        restrict("accounts_user", "SELECT", "INSERT", "UPDATE"),
        restrict("accounts_rolegrant", "SELECT", "INSERT", "UPDATE"),
        migrations.RunSQL(
            sql=[
                "CREATE FUNCTION accounts_forces_of(person uuid) RETURNS TABLE (force_id uuid)"
                " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
                " $$ SELECT DISTINCT g.force_id FROM public.accounts_rolegrant g"
                " JOIN public.accounts_user u ON u.id = g.user_id"
                " WHERE g.user_id = person AND g.revoked_at IS NULL AND u.is_active $$",
                "REVOKE EXECUTE ON FUNCTION accounts_forces_of(uuid) FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION accounts_forces_of(uuid) TO {APPLICATION_ROLE}",
            ],
            reverse_sql="DROP FUNCTION accounts_forces_of(uuid)",
        ),
    ]
