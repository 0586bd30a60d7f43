"""A notice goes with the record of its deployment (deployments_check_over counts the years)."""

from django.db import migrations

from apps.core.rls import APPLICATION_ROLE

SIGNATURE = "notices_delete_notices(uuid, uuid[])"
DELETE = """
CREATE FUNCTION notices_delete_notices(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, true);
    RETURN QUERY
        SELECT w.id, jsonb_build_object(
                   'notices', (SELECT count(*) FROM public.notices_notice n WHERE n.deployment_id = w.id),
                   'outages', (SELECT count(*) FROM public.notices_noticeoutage o
                       JOIN public.notices_notice n ON n.id = o.notice_id WHERE n.deployment_id = w.id),
                   'reminders',
                       (SELECT count(*) FROM public.notices_reminder r WHERE r.deployment_id = w.id))
          FROM unnest(p_deployments) AS w(id);
    DELETE FROM public.notices_outgoingmail m
     WHERE m.force_id = p_force
       AND (m.notice_id IN (SELECT n.id FROM public.notices_notice n WHERE n.deployment_id = ANY(p_deployments))
            OR m.reminder_id IN
               (SELECT r.id FROM public.notices_reminder r WHERE r.deployment_id = ANY(p_deployments)));
    DELETE FROM public.notices_reminder r
     WHERE r.force_id = p_force AND r.deployment_id = ANY(p_deployments);
    DELETE FROM public.notices_noticeoutage o USING public.notices_notice n
     WHERE o.force_id = p_force AND n.id = o.notice_id AND n.deployment_id = ANY(p_deployments);
    DELETE FROM public.notices_notice n WHERE n.force_id = p_force AND n.deployment_id = ANY(p_deployments);
END $function$
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_old_results"), ("deployments", "0012_by_the_years")]

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
