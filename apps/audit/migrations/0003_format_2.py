"""Format 2: content that can be erased while the chain still verifies, and anchors.

The application role still only inserts and reads. Emptying content is a function of the owner: for the open
force, never for what is younger than a year, and never for the events that say what was emptied.
"""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import APPLICATION_ROLE, restrict, tenant_policy

ERASE = """
CREATE FUNCTION audit_erase_due(p_force uuid, p_keep_days integer, p_limit integer)
RETURNS TABLE (erased bigint, erased_before timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
DECLARE
    v_before timestamptz := now() - make_interval(days => p_keep_days);
    v_erased bigint;
BEGIN
    IF p_force IS NULL OR p_force IS DISTINCT FROM nullif(current_setting('app.force_id', true), '')::uuid THEN
        RAISE EXCEPTION 'the record of another force than the open one is not erased'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_keep_days IS NULL OR p_keep_days < 365 OR p_limit IS NULL OR p_limit NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'what is younger than a year is not erased' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH due AS (
        SELECT id FROM public.audit_auditevent
         WHERE force_id = p_force AND erased_at IS NULL AND recorded_at < v_before
           AND verb <> 'audit.content_erased'
         ORDER BY ordinal LIMIT p_limit
    )
    UPDATE public.audit_auditevent e
       SET actor_label = '', origin = '', reason = '', payload = '{}'::jsonb, salt = ''::bytea, erased_at = now()
      FROM due WHERE e.id = due.id;
    GET DIAGNOSTICS v_erased = ROW_COUNT;
    RETURN QUERY SELECT v_erased, v_before;
END $function$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
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
                ("sequence", models.BigIntegerField()),
                ("position", models.BigIntegerField()),
                ("taken_at", models.DateTimeField()),
                ("line", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "sequence"), name="audit_anchor_sequence")
                ]
            },
        ),
        migrations.AddField(
            "auditevent",
            "rank",
            models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            "auditevent", "content_digest", models.BinaryField(default=b""), preserve_default=False
        ),
        migrations.AddField("auditevent", "erased_at", models.DateTimeField(null=True)),
        migrations.AlterField("auditevent", "ordinal", models.BigIntegerField()),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["force_id", "ordinal"], name="audit_event_ordinal_force")
        ),
        tenant_policy("audit_auditanchor", foreign_key=False),
        restrict("audit_auditanchor", "SELECT", "INSERT"),
        migrations.RunSQL(
            sql=[
                ERASE,
                "REVOKE EXECUTE ON FUNCTION audit_erase_due(uuid, integer, integer) FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION audit_erase_due(uuid, integer, integer) TO {APPLICATION_ROLE}",
            ],
            reverse_sql="DROP FUNCTION audit_erase_due(uuid, integer, integer)",
        ),
    ]
