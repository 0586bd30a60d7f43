"""Relays, codes and counts go with the record of their deployment (deployments_check_over counts the years)."""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

SIGNATURE = "relays_delete_relays(uuid, uuid[])"
DELETE = """
CREATE FUNCTION relays_delete_relays(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, true);
    RETURN QUERY
        SELECT w.id, jsonb_build_object(
                   'relays', (SELECT count(*) FROM public.relays_relay x WHERE x.deployment_id = w.id),
                   'codes', (SELECT count(*) FROM public.relays_enrolmentcode x WHERE x.deployment_id = w.id),
                   'relay_counts',
                       (SELECT count(*) FROM public.relays_ingesttally x WHERE x.deployment_id = w.id))
          FROM unnest(p_deployments) AS w(id);
    DELETE FROM public.relays_ingesttally x
     WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);
    DELETE FROM public.relays_enrolmentcode x
     WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);
    DELETE FROM public.relays_relay x WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);
END $function$
"""


class Migration(migrations.Migration):
    dependencies = [("relays", "0005_lent_by_fixed_states"), ("deployments", "0012_by_the_years")]

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
