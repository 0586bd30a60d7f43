"""What a purged list leaves behind goes with the record of its deployment.

Called by the function of the deployments that counts the years (deployments_delete_records); with the rights
of whoever calls, so that the application's role comes no further with it than without.
"""

from django.db import migrations

DELETE = """
CREATE FUNCTION watchlists_delete_lists(p_force uuid, p_deployments uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    IF EXISTS (SELECT FROM public.watchlists_watchlist
                WHERE force_id = p_force AND deployment_id = ANY(p_deployments) AND state <> 'purged')
       OR EXISTS (SELECT FROM public.watchlists_importjob
                   WHERE force_id = p_force AND deployment_id = ANY(p_deployments) AND destroyed_at IS NULL)
    THEN
        RAISE EXCEPTION 'a list that is not purged keeps its record' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM public.watchlists_statuscheck
     WHERE force_id = p_force AND deployment_id = ANY(p_deployments);
    DELETE FROM public.watchlists_importjob
     WHERE force_id = p_force AND deployment_id = ANY(p_deployments);
    DELETE FROM public.watchlists_watchlist
     WHERE force_id = p_force AND deployment_id = ANY(p_deployments);
END $function$
"""
SIGNATURE = "watchlists_delete_lists(uuid, uuid[])"


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0024_sealed_figures")]

    operations = [
        migrations.RunSQL(
            sql=[DELETE, f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC"],
            reverse_sql=f"DROP FUNCTION {SIGNATURE}",
        ),
    ]
