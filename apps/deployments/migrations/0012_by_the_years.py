"""The record of a deployment goes by the years of its force, and so does an assessment that nothing names.

The application's role still deletes nothing of it. The functions of the owner count the years themselves, by
the settings of the force as they are and the clock of the database. A day of grace covers a purge that is
rehearsed hours before and clocks that differ; a clock that was moved by more deletes nothing.
"""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import APPLICATION_ROLE, restrict, tenant_policy

TABLE = "deployments_deleteddeployment"
# Whichever of them comes last ends the deployment; nothing that can still run has an end.
OPEN = "('approved', 'notice_published', 'list_sealed', 'ready', 'live', 'suspended')"
DRAFTS = "('draft', 'submitted', 'returned')"
SETTINGS = "SET search_path = pg_catalog, public, pg_temp"
OWNERS = f"SECURITY DEFINER {SETTINGS}"

CLOCK = f"""
CREATE FUNCTION deployments_schedule_clock(p_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT least(p_at, now() + interval '1 day')
$function$
"""  # noqa: S608 - of constants
# Never a day short of the years, as for the register and the audit.
YEARS = f"""
CREATE FUNCTION deployments_years(p_years integer) RETURNS interval
LANGUAGE sql IMMUTABLE {SETTINGS} AS $function$
    SELECT make_interval(hours => 24 * ceil(p_years * 365.25)::integer)
$function$
"""  # noqa: S608 - of constants
CLOSED = f"""
CREATE FUNCTION deployments_over(p_force uuid, p_at timestamptz)
RETURNS TABLE (id uuid, closed_at timestamptz, log_ends timestamptz, record_ends timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    SELECT d.id, c.closed_at, c.closed_at + k.log, c.closed_at + k.record
      FROM public.forces_force f
      CROSS JOIN LATERAL (
          SELECT public.deployments_years(f.decision_log_years) AS log,
                 public.deployments_years(greatest(f.decision_log_years, f.authority_years)) AS record
      ) k
      JOIN public.deployments_deployment d
        ON d.force_id = f.id AND d.state NOT IN {OPEN}
       AND d.created_at + k.log <= public.deployments_schedule_clock(p_at)
      CROSS JOIN LATERAL (
          SELECT greatest(
              d.created_at, d.state_since, d.approved_at, d.ended_at, d.refused_afterwards_at,
              CASE WHEN d.state IN {DRAFTS} THEN d.window_end END,
              (SELECT max(x.decided_at) FROM public.deployments_deploymentdecision x
                WHERE x.deployment_id = d.id),
              (SELECT max(r.recorded_at) FROM public.deployments_authorityrevision r
                WHERE r.deployment_id = d.id)
          ) AS closed_at
      ) c
     WHERE f.id = p_force AND c.closed_at + k.log <= public.deployments_schedule_clock(p_at)
$function$
"""  # noqa: S608 - of constants
CHECK = f"""
CREATE FUNCTION deployments_check_over(p_force uuid, p_deployments uuid[], p_record boolean) RETURNS void
LANGUAGE plpgsql STABLE {SETTINGS} AS $function$
DECLARE
    v_by timestamptz := public.deployments_schedule_clock('infinity');
BEGIN
    IF p_force IS NULL OR p_force IS DISTINCT FROM nullif(current_setting('app.force_id', true), '')::uuid THEN
        RAISE EXCEPTION 'nothing of another force than the open one is deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_deployments IS NULL OR EXISTS (
        SELECT wanted.id FROM unnest(p_deployments) AS wanted(id)
        EXCEPT
        SELECT o.id FROM public.deployments_over(p_force, 'infinity') o
         WHERE CASE WHEN p_record THEN o.record_ends ELSE o.log_ends END <= v_by
    ) THEN
        RAISE EXCEPTION 'what is younger than the years of the schedule, or still open, is not deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $function$
"""  # noqa: S608 - of constants
# Every table with a key to a deployment; a test compares.
PARTS = {
    "deployments_approvalcondition": "conditions",
    "deployments_authorityrevision": "revisions",
    "deployments_deploymentdecision": "decisions",
    "deployments_deploymentduty": "duties",
    "deployments_checkrecord": "checks",
    "deployments_engagemententry": "entries",
    "deployments_reviewnote": "review_notes",
    "deployments_signcheck": "sign_checks",
    "deployments_keptphotograph": "photographs",
    "deployments_camerastop": "camera_stops",
    "deployments_recognitiongap": "gaps",
    "deployments_authoritydocument": "documents",
}
COUNTED = ", ".join(
    f"'{name}', (SELECT count(*) FROM public.{table} x WHERE x.deployment_id = d.id)"  # noqa: S608 - of constants
    for table, name in PARTS.items()
)
DELETED = "\n".join(
    f"    DELETE FROM public.{table} x WHERE x.force_id = p_force AND x.deployment_id = ANY(p_deployments);"  # noqa: S608
    for table in PARTS
)
DELETE = f"""
CREATE FUNCTION deployments_delete_records(p_force uuid, p_deployments uuid[])
RETURNS TABLE (deployment_id uuid, counts jsonb)
LANGUAGE plpgsql {OWNERS} AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, p_deployments, true);
    PERFORM public.watchlists_delete_lists(p_force, p_deployments);
    RETURN QUERY
        SELECT d.id, jsonb_build_object({COUNTED})
          FROM public.deployments_deployment d
         WHERE d.force_id = p_force AND d.id = ANY(p_deployments);
    INSERT INTO public.{TABLE}
        (id, force_id, reference, window_start, state, rehearsal, decided, began, announced, closed_at,
         deleted_at)
    SELECT d.id, d.force_id, d.reference, d.window_start, d.state,
           coalesce((d.authority->>'rehearsal')::boolean, false),
           EXISTS (SELECT FROM public.deployments_deploymentdecision x
                    WHERE x.deployment_id = d.id AND x.kind IN ('approve', 'refuse', 'return')),
           d.started_at IS NOT NULL, d.notice_published_at IS NOT NULL, o.closed_at,
           greatest(now(), o.closed_at + interval '1 microsecond')
      FROM public.deployments_deployment d
      JOIN public.deployments_over(p_force, 'infinity') o ON o.id = d.id
     WHERE d.force_id = p_force AND d.id = ANY(p_deployments)
        ON CONFLICT DO NOTHING;
{DELETED}
    DELETE FROM public.deployments_deployment d WHERE d.force_id = p_force AND d.id = ANY(p_deployments);
END $function$
"""  # noqa: S608 - of constants
ASSESSMENTS_OVER = f"""
CREATE FUNCTION deployments_assessments_over(p_force uuid, p_at timestamptz)
RETURNS TABLE (id uuid, ends_at timestamptz)
LANGUAGE sql STABLE {SETTINGS} AS $function$
    WITH old AS (
        SELECT a.id,
               greatest(a.uploaded_at, ((a.in_force_until + 1)::timestamp AT TIME ZONE 'Europe/London'))
                   + public.deployments_years(f.authority_years) AS ends_at
          FROM public.deployments_assessment a
          JOIN public.forces_force f ON f.id = a.force_id
         WHERE a.force_id = p_force
    ), named AS (
        SELECT ref->>'id' AS id FROM public.deployments_deployment d,
               jsonb_array_elements(coalesce(d.authority->'assessments', '[]')) ref
         WHERE d.force_id = p_force
        UNION
        SELECT ref->>'id' FROM public.deployments_authorityrevision r,
               jsonb_array_elements(coalesce(r.content->'assessments', '[]')) ref
         WHERE r.force_id = p_force
    )
    SELECT old.id, old.ends_at FROM old
     WHERE old.ends_at <= public.deployments_schedule_clock(p_at)
       AND NOT EXISTS (SELECT FROM named WHERE named.id = old.id::text)
$function$
"""  # noqa: S608 - of constants
DELETE_ASSESSMENTS = f"""
CREATE FUNCTION deployments_delete_assessments(p_force uuid, p_assessments uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql {OWNERS} AS $function$
BEGIN
    PERFORM public.deployments_check_over(p_force, ARRAY[]::uuid[], true);
    IF p_assessments IS NULL OR EXISTS (
        SELECT wanted.id FROM unnest(p_assessments) AS wanted(id)
        EXCEPT
        SELECT o.id FROM public.deployments_assessments_over(p_force, 'infinity') o
    ) THEN
        RAISE EXCEPTION 'an assessment that is younger than the years, or named by a plan, is not deleted'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.deployments_assessment SET replaces_id = NULL
     WHERE force_id = p_force AND replaces_id = ANY(p_assessments);
    DELETE FROM public.deployments_assessmentfile
     WHERE force_id = p_force AND assessment_id = ANY(p_assessments);
    RETURN QUERY DELETE FROM public.deployments_assessment a
                  WHERE a.force_id = p_force AND a.id = ANY(p_assessments) RETURNING a.id;
END $function$
"""  # noqa: S608 - of constants
# One fact for strangers: that a public page was deleted, and when.
PAGE = f"""
CREATE FUNCTION deployments_deleted_page(p_force uuid, p_reference text) RETURNS timestamptz
LANGUAGE sql STABLE {OWNERS} AS $function$
    SELECT deleted_at FROM public.{TABLE}
     WHERE force_id = p_force AND reference = upper(p_reference) AND announced
$function$
"""  # noqa: S608 - of constants
# And what the sums of published results lack.
USES = f"""
CREATE FUNCTION deployments_deleted_results(p_force uuid) RETURNS bigint
LANGUAGE sql STABLE {OWNERS} AS $function$
    SELECT count(*) FROM public.{TABLE}
     WHERE force_id = p_force AND announced AND began AND state IN ('results_published', 'revoked')
$function$
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
    dependencies = [
        ("deployments", "0011_kinds_of_pauses"),
        ("forces", "0002_wall"),
        ("watchlists", "0025_lists_go_with_the_record"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletedDeployment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("reference", models.CharField(max_length=40)),
                ("window_start", models.DateTimeField()),
                ("state", models.CharField(max_length=20)),
                ("rehearsal", models.BooleanField()),
                ("decided", models.BooleanField()),
                ("began", models.BooleanField()),
                ("announced", models.BooleanField()),
                ("closed_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("window_start", "reference"),
                "indexes": [
                    models.Index(fields=["force_id", "window_start"], name="deployments_deleted_window")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "reference"), name="deployments_deleted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("deleted_at__gt", models.F("closed_at"))),
                        name="deployments_deleted_after_it_closed",
                    ),
                ],
            },
        ),
        migrations.AddField("deployment", "log_deleted_at", models.DateTimeField(null=True)),
        tenant_policy(TABLE),
        restrict(TABLE, "SELECT"),
        _function(CLOCK, "deployments_schedule_clock(timestamptz)"),
        _function(YEARS, "deployments_years(integer)"),
        _function(CLOSED, "deployments_over(uuid, timestamptz)"),
        _function(CHECK, "deployments_check_over(uuid, uuid[], boolean)"),
        _function(DELETE, "deployments_delete_records(uuid, uuid[])"),
        _function(ASSESSMENTS_OVER, "deployments_assessments_over(uuid, timestamptz)"),
        _function(DELETE_ASSESSMENTS, "deployments_delete_assessments(uuid, uuid[])"),
        _function(PAGE, "deployments_deleted_page(uuid, text)"),
        _function(USES, "deployments_deleted_results(uuid)"),
    ]
