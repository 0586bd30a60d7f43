"""The decision log of a deployment goes by the years of its force.

The application's role still deletes nothing of it. The function of the owner asks the deployments' own, which
counts the years, and refuses what has pictures left or looks that are in no sum yet.
"""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

OWNERS = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
DELETE = f"""
CREATE FUNCTION alerts_delete_logs(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql {OWNERS} AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, false);
    IF EXISTS (SELECT FROM public.alerts_alert a
                WHERE a.force_id = p_force AND a.deployment_id = ANY(p_deployments) AND a.purged_at IS NULL)
    THEN
        RAISE EXCEPTION 'an alert with pictures is not deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM public.alerts_engagement e
                WHERE e.force_id = p_force AND e.deployment_id = ANY(p_deployments)
                  AND e.texts_erased_at IS NULL)
    THEN
        RAISE EXCEPTION 'how somebody looked is in no sum yet' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT w.id, jsonb_build_object(
                   'alerts', (SELECT count(*) FROM public.alerts_alert a WHERE a.deployment_id = w.id),
                   'alert_decisions', (SELECT count(*) FROM public.alerts_decision x
                       JOIN public.alerts_alert a ON a.id = x.alert_id WHERE a.deployment_id = w.id),
                   'outcomes', (SELECT count(*) FROM public.alerts_outcome x
                       JOIN public.alerts_alert a ON a.id = x.alert_id WHERE a.deployment_id = w.id),
                   'engagements',
                       (SELECT count(*) FROM public.alerts_engagement e WHERE e.deployment_id = w.id),
                   'hand_overs',
                       (SELECT count(*) FROM public.alerts_handover h WHERE h.deployment_id = w.id),
                   'escalations',
                       (SELECT count(*) FROM public.alerts_escalation e WHERE e.deployment_id = w.id))
          FROM unnest(p_deployments) AS w(id);
    DELETE FROM public.alerts_receipt r USING public.alerts_engagement e
     WHERE r.force_id = p_force AND e.id = r.engagement_id AND e.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_engagement e
     WHERE e.force_id = p_force AND e.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_handover h
     WHERE h.force_id = p_force AND h.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_outcome x USING public.alerts_alert a
     WHERE x.force_id = p_force AND a.id = x.alert_id AND a.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_decision x USING public.alerts_alert a
     WHERE x.force_id = p_force AND a.id = x.alert_id AND a.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_escalation e
     WHERE e.force_id = p_force AND e.deployment_id = ANY(p_deployments);
    DELETE FROM public.alerts_alert a WHERE a.force_id = p_force AND a.deployment_id = ANY(p_deployments);
    UPDATE public.deployments_deployment d SET log_deleted_at = now()
     WHERE d.force_id = p_force AND d.id = ANY(p_deployments) AND d.log_deleted_at IS NULL;
END $function$
"""  # noqa: S608 - of constants
# With the deployment itself, which is older than its log's years, and has no log left.
FORGET = f"""
CREATE FUNCTION alerts_delete_counters(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql {OWNERS} AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, true);
    RETURN QUERY DELETE FROM public.alerts_counter c
     WHERE c.force_id = p_force AND c.deployment_id = ANY(p_deployments)
       AND NOT EXISTS (SELECT FROM public.alerts_alert a WHERE a.deployment_id = c.deployment_id)
    RETURNING c.deployment_id, '{{}}'::jsonb;
END $function$
"""  # noqa: S608 - of constants


def _function(text: str, signature: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=[
            text,
            f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {signature} TO {APPLICATION_ROLE}",
        ],
        reverse_sql=f"DROP FUNCTION {signature}",
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0013_handover"), ("deployments", "0012_by_the_years")]

    operations = [
        _function(DELETE, "alerts_delete_logs(uuid, uuid[])"),
        _function(FORGET, "alerts_delete_counters(uuid, uuid[])"),
    ]
