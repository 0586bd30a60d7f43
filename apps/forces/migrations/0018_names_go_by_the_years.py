"""Settings stay as long as the force does; who wrote a version goes by the years, once another replaced it.

The application's role still changes no version. The function of the owner counts the years itself, by the
settings as they are and the clock of the database, with a day of grace (as in deployments 0012).
"""

from django.db import migrations

from apps.core.rls import application_function

SETTINGS = "SET search_path = pg_catalog, public, pg_temp"
# Never a day short of the years, as for the register and the audit.
YEARS = f"""
CREATE FUNCTION forces_years(p_years integer) RETURNS interval
LANGUAGE sql IMMUTABLE {SETTINGS} AS $function$
    SELECT make_interval(hours => 24 * ceil(p_years * 365.25)::integer)
$function$
"""
CLOCK = f"""
CREATE FUNCTION forces_schedule_clock(p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT least(p_at, now() + interval '1 day')
$function$
"""
OVER = f"""
CREATE FUNCTION forces_names_over(p_force uuid, p_at timestamptz)
RETURNS TABLE (number integer, ends_at timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT v.number, v.replaced_at + public.forces_years(f.authority_years)
      FROM public.forces_force f
      JOIN (SELECT s.force_id, s.number, s.changed_by, lead(s.at) OVER (ORDER BY s.number) AS replaced_at
              FROM public.forces_forcesettingsversion s WHERE s.force_id = p_force) v ON v.force_id = f.id
     WHERE f.id = p_force AND v.changed_by NOT IN ('', 'onboarding')
       AND v.replaced_at + public.forces_years(f.authority_years) <= public.forces_schedule_clock(p_at)
$function$
"""  # noqa: S608 - of constants
FORGET = f"""
CREATE FUNCTION forces_forget_names(p_force uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER {SETTINGS} AS $function$
DECLARE
    v_rows bigint;
BEGIN
    IF p_force IS NULL OR p_force IS DISTINCT FROM nullif(current_setting('app.force_id', true), '')::uuid THEN
        RAISE EXCEPTION 'nothing of another force than the open one is deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.forces_forcesettingsversion SET changed_by = ''
     WHERE force_id = p_force AND changed_by NOT IN ('', 'onboarding')
       AND number IN (SELECT o.number FROM public.forces_names_over(p_force, 'infinity') o);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END $function$
"""  # noqa: S608 - of constants


class Migration(migrations.Migration):
    dependencies = [("forces", "0017_dispatch_minutes")]

    operations = [
        application_function(YEARS, "forces_years(integer)"),
        application_function(CLOCK, "forces_schedule_clock(timestamptz)"),
        application_function(OVER, "forces_names_over(uuid, timestamptz)"),
        application_function(FORGET, "forces_forget_names(uuid)"),
    ]
