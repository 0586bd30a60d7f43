"""Which states count as over is the function's to say: whoever calls it could otherwise name other ones, and
learn of boxes of other forces what is not theirs to know, or claim one that is lent.
"""

from importlib import import_module

from django.db import migrations

before = import_module("apps.relays.migrations.0004_enrolment")

# The states are those of policies.OVER: tests/tenancy/test_lent_elsewhere.py compares them.
FIXED_STATES = """
DROP FUNCTION relays_box_lent_elsewhere(text, uuid, text[]);
CREATE FUNCTION relays_box_lent_elsewhere(p_box text, p_deployment uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('relays.box:' || p_box, 0));
    RETURN EXISTS (
        SELECT FROM public.relays_relay r
        JOIN public.deployments_deployment d ON d.id = r.deployment_id
        WHERE r.box_id = p_box AND r.box_id <> '' AND r.revoked_at IS NULL
          AND r.deployment_id <> p_deployment
          AND d.state NOT IN ('refused', 'ended', 'reviewed', 'results_published', 'cancelled', 'expired',
                              'revoked')
    );
END $function$;
REVOKE ALL ON FUNCTION relays_box_lent_elsewhere(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION relays_box_lent_elsewhere(text, uuid) TO lfr_app;
"""
CALLERS_STATES = f"DROP FUNCTION relays_box_lent_elsewhere(text, uuid); {before.LENT_ELSEWHERE}"


class Migration(migrations.Migration):
    dependencies = [("relays", "0004_enrolment")]

    operations = [migrations.RunSQL(sql=FIXED_STATES, reverse_sql=CALLERS_STATES)]
