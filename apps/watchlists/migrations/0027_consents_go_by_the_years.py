"""That somebody agreed to be on the Blue List goes by the years after the consent ended.

The application's role deletes none: the function of the owner counts the years itself (as in deployments 0012).
"""

from django.db import migrations

from apps.core.rls import application_function

SETTINGS = "SET search_path = pg_catalog, public, pg_temp"
OVER = f"""
CREATE FUNCTION watchlists_consents_over(p_force uuid, p_at timestamptz)
RETURNS TABLE (id uuid, ends_at timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT c.id, least(c.withdrawn_at, c.ends_at) + public.forces_years(f.authority_years)
      FROM public.forces_force f
      JOIN public.watchlists_consent c ON c.force_id = f.id
     WHERE f.id = p_force AND c.closed_at IS NOT NULL
       AND least(c.withdrawn_at, c.ends_at) + public.forces_years(f.authority_years)
           <= public.forces_schedule_clock(p_at)
$function$
"""  # noqa: S608 - of constants
# Who recorded a withdrawal is mostly the member; the reference stays, so that no list names it again.
WITHDRAWALS = f"""
CREATE FUNCTION watchlists_withdrawals_over(p_force uuid, p_at timestamptz)
RETURNS TABLE (id uuid, ends_at timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT w.id, w.withdrawn_at + public.forces_years(f.authority_years)
      FROM public.forces_force f
      JOIN public.watchlists_consentwithdrawal w ON w.force_id = f.id
     WHERE f.id = p_force AND w.recorded_by_label <> ''
       AND w.withdrawn_at + public.forces_years(f.authority_years) <= public.forces_schedule_clock(p_at)
$function$
"""  # noqa: S608 - of constants
DELETE = f"""
CREATE FUNCTION watchlists_delete_consents(p_force uuid, p_consents uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER {SETTINGS} AS $function$
BEGIN
    IF p_force IS NULL OR p_force IS DISTINCT FROM nullif(current_setting('app.force_id', true), '')::uuid THEN
        RAISE EXCEPTION 'nothing of another force than the open one is deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_consents IS NULL OR EXISTS (
        SELECT wanted.id FROM unnest(p_consents) AS wanted(id)
        EXCEPT
        SELECT o.id FROM public.watchlists_consents_over(p_force, 'infinity') o
    ) THEN
        RAISE EXCEPTION 'a consent that holds, is not closed or ended within the years is not deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.watchlists_consentwithdrawal SET recorded_by_id = NULL, recorded_by_label = ''
     WHERE force_id = p_force
       AND id IN (SELECT w.id FROM public.watchlists_withdrawals_over(p_force, 'infinity') w);
    RETURN QUERY DELETE FROM public.watchlists_consent c
                  WHERE c.force_id = p_force AND c.id = ANY(p_consents) RETURNING c.id;
END $function$
"""  # noqa: S608 - of constants


class Migration(migrations.Migration):
    dependencies = [
        ("watchlists", "0026_removed_count"),
        ("forces", "0018_names_go_by_the_years"),
    ]

    operations = [
        application_function(OVER, "watchlists_consents_over(uuid, timestamptz)"),
        application_function(WITHDRAWALS, "watchlists_withdrawals_over(uuid, timestamptz)"),
        application_function(DELETE, "watchlists_delete_consents(uuid, uuid[])"),
    ]
