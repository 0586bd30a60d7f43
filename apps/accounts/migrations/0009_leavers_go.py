"""Who has left goes by the years of the force. No role of the application deletes people: a function of the
owner does, which counts the years itself (as in deployments 0012). Nobody goes while a deployment from their
time is kept: what was in force on it asks their roles, and texts of it may name them.

An account that another force still has rows of stays; what this force had of the person goes.
"""

from django.db import migrations

from apps.core.rls import application_function

SETTINGS = "SET search_path = pg_catalog, public, pg_temp"
# What a force has of a person, and how its counts are called; a test compares with the keys there are.
PARTS = {
    "accounts_rolegrant": "roles",
    "accounts_invitation": "links",
    "accounts_trainingcertificate": "certificates",
    "accounts_collarnumber": "collar_numbers",
}
# What hangs on the account itself.
OF_ACCOUNT = ("account_emailaddress", "socialaccount_socialaccount", "mfa_authenticator")

LEFT = f"""
CREATE FUNCTION accounts_left(p_force uuid, p_at timestamptz)
RETURNS TABLE (id uuid, left_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT p.user_id, p.left_at, p.left_at + public.forces_years(f.decision_log_years)
      FROM public.forces_force f
      CROSS JOIN LATERAL (
          SELECT parts.user_id, max(parts.over_at) AS left_at, bool_or(parts.holds) AS holds FROM (
              SELECT user_id, coalesce(revoked_at, granted_at) AS over_at, revoked_at IS NULL AS holds
                FROM public.accounts_rolegrant WHERE force_id = f.id
              UNION ALL
              SELECT user_id, coalesce(used_at, cancelled_at, expires_at), false
                FROM public.accounts_invitation WHERE force_id = f.id
              UNION ALL
              SELECT user_id, coalesce(withdrawn_at, recorded_at), false
                FROM public.accounts_trainingcertificate WHERE force_id = f.id
              UNION ALL
              SELECT user_id, coalesce(withdrawn_at, recorded_at), false
                FROM public.accounts_collarnumber WHERE force_id = f.id
          ) parts GROUP BY parts.user_id
      ) p
      JOIN public.accounts_user u ON u.id = p.user_id AND NOT u.is_service
     WHERE f.id = p_force AND NOT p.holds
       AND NOT EXISTS (SELECT FROM public.deployments_deployment d
                        WHERE d.force_id = f.id AND d.created_at <= p.left_at)
       AND p.left_at + public.forces_years(f.decision_log_years) <= public.forces_schedule_clock(p_at)
$function$
"""  # noqa: S608 - of constants
COUNTED = ", ".join(
    f"'{name}', (SELECT count(*) FROM public.{table} x WHERE x.force_id = p_force AND x.user_id = who.id)"  # noqa: S608
    for table, name in PARTS.items()
)
DELETED = "\n".join(
    f"    DELETE FROM public.{table} x WHERE x.force_id = p_force AND x.user_id = ANY(p_people);"  # noqa: S608
    for table in PARTS
)
ELSEWHERE = " OR ".join(
    f"EXISTS (SELECT FROM public.{table} x WHERE x.user_id = who.id)"  # noqa: S608 - of constants
    for table in PARTS
)
HANGING = "\n".join(
    f"    DELETE FROM public.{table} x WHERE x.user_id = ANY(v_gone);"  # noqa: S608 - of constants
    for table in OF_ACCOUNT
)
FORGET = f"""
CREATE FUNCTION accounts_forget_left(p_force uuid, p_people uuid[])
RETURNS TABLE (person uuid, counts jsonb)
LANGUAGE plpgsql SECURITY DEFINER {SETTINGS} AS $function$
DECLARE
    v_counts jsonb;
    v_gone uuid[];
BEGIN
    IF p_force IS NULL OR p_force IS DISTINCT FROM nullif(current_setting('app.force_id', true), '')::uuid THEN
        RAISE EXCEPTION 'nothing of another force than the open one is deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_people IS NULL OR EXISTS (
        SELECT wanted.id FROM unnest(p_people) AS wanted(id)
        EXCEPT
        SELECT o.id FROM public.accounts_left(p_force, 'infinity') o
    ) THEN
        RAISE EXCEPTION 'who holds a role, left within the years or has a deployment from their time is not deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT coalesce(jsonb_object_agg(who.id, jsonb_build_object({COUNTED})), '{{}}')
      INTO v_counts FROM unnest(p_people) AS who(id);
    UPDATE public.accounts_breach SET subject_id = NULL
     WHERE force_id = p_force AND subject_id = ANY(p_people);
{DELETED}
    SELECT coalesce(array_agg(who.id), '{{}}') INTO v_gone FROM unnest(p_people) AS who(id)
     WHERE NOT ({ELSEWHERE} OR EXISTS (SELECT FROM public.accounts_breach b WHERE b.subject_id = who.id));
    DELETE FROM public.account_emailconfirmation x USING public.account_emailaddress a
     WHERE a.id = x.email_address_id AND a.user_id = ANY(v_gone);
    DELETE FROM public.socialaccount_socialtoken x USING public.socialaccount_socialaccount a
     WHERE a.id = x.account_id AND a.user_id = ANY(v_gone);
{HANGING}
    DELETE FROM public.accounts_user x WHERE x.id = ANY(v_gone);
    RETURN QUERY
        SELECT who.id, (v_counts -> who.id::text)
                       || jsonb_build_object('accounts', (who.id = ANY(v_gone))::integer)
          FROM unnest(p_people) AS who(id);
END $function$
"""  # noqa: S608 - of constants


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_collar_numbers"),
        ("forces", "0018_names_go_by_the_years"),
        ("deployments", "0012_by_the_years"),
        ("account", "0001_initial"),
        ("socialaccount", "0001_initial"),
        ("mfa", "0001_initial"),
    ]

    operations = [
        application_function(LEFT, "accounts_left(uuid, timestamptz)"),
        application_function(FORGET, "accounts_forget_left(uuid, uuid[])"),
    ]
