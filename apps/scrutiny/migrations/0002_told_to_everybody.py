"""The public record of a force shows what was told: one function that reads these tables for anybody."""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

SIGNATURE = "scrutiny_told_tables(uuid)"
TOLD = """
CREATE FUNCTION scrutiny_told_tables(p_force uuid)
RETURNS TABLE (attribute varchar, level smallint, deployments integer, cells jsonb, told_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
    SELECT t.attribute, t.level, t.deployments, t.cells, t.told_at
      FROM public.scrutiny_toldtable t WHERE t.force_id = p_force ORDER BY t.told_at, t.attribute, t.level
$function$
"""


class Migration(migrations.Migration):
    dependencies = [("scrutiny", "0001_told_tables")]

    operations = [
        migrations.RunSQL(
            sql=[
                TOLD,
                f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {APPLICATION_ROLE}",
            ],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        )
    ]
