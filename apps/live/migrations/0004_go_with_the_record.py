"""Leases and counts go with the record of their deployment (deployments_check_over counts the years)."""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

SIGNATURE = "live_delete_counts(uuid, uuid[])"
DELETE = """
CREATE FUNCTION live_delete_counts(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, true);
    RETURN QUERY
        SELECT w.id, jsonb_build_object(
                   'leases', (SELECT count(*) FROM public.live_shardlease x WHERE x.deployment_id = w.id),
                   'camera_counts',
                       (SELECT count(*) FROM public.live_cameratally x WHERE x.deployment_id = w.id))
          FROM unnest(p_deployments) AS w(id);
    DELETE FROM public.live_shardlease x
     WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);
    DELETE FROM public.live_cameratally x
     WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);
END $function$
"""


class Migration(migrations.Migration):
    dependencies = [("live", "0003_worker_clock"), ("deployments", "0012_by_the_years")]

    operations = [
        migrations.RunSQL(
            sql=[
                DELETE,
                f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {APPLICATION_ROLE}",
            ],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        ),
    ]
