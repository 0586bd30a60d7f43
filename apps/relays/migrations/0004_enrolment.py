"""One-time codes, the box behind a key, open connections, and what a relay says of itself.

`relays_box_lent_elsewhere` is the only look past the wall between forces: a box id goes in, one bit comes out.
The lock makes two forces that claim one box at the same moment take turns.
"""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, tenant_policy

LENT_ELSEWHERE = """
CREATE FUNCTION relays_box_lent_elsewhere(p_box text, p_deployment uuid, p_over text[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('relays.box:' || p_box, 0));
    RETURN EXISTS (
        SELECT FROM public.relays_relay r
        JOIN public.deployments_deployment d ON d.id = r.deployment_id
        WHERE r.box_id = p_box AND r.box_id <> '' AND r.revoked_at IS NULL
          AND r.deployment_id <> p_deployment AND NOT d.state = ANY (p_over)
    );
END $function$;
REVOKE ALL ON FUNCTION relays_box_lent_elsewhere(text, uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION relays_box_lent_elsewhere(text, uuid, text[]) TO lfr_app;
"""
NOT_LENT = "DROP FUNCTION relays_box_lent_elsewhere(text, uuid, text[])"


def _id():
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("relays", "0003_heard_at"), ("deployments", "0011_kinds_of_pauses")]

    operations = [
        migrations.AddField(
            "relay", "box_id", models.CharField(blank=True, db_index=True, default="", max_length=64)
        ),
        migrations.AddField("relay", "session_id", models.UUIDField(null=True)),
        migrations.AddField("relay", "report", models.JSONField(null=True)),
        migrations.AddField("relay", "reported_at", models.DateTimeField(null=True)),
        migrations.AddField("ingesttally", "refusals", models.JSONField(default=dict)),
        migrations.CreateModel(
            name="EnrolmentCode",
            fields=[
                ("id", _id()),
                (
                    "force_id",
                    models.UUIDField(
                        db_index=True, default=apps.core.tenancy.current_force_id, editable=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("code_sha256", models.BinaryField(max_length=32, unique=True)),
                ("deployment_id", models.UUIDField(db_index=True)),
                ("camera_ids", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(null=True)),
                ("relay_id", models.UUIDField(null=True)),
                ("refused", models.JSONField(default=list)),
            ],
            options={"ordering": ("created_at", "id")},
        ),
        tenant_policy("relays_enrolmentcode"),
        restrict("relays_enrolmentcode", "SELECT", "INSERT", "UPDATE"),
        migrations.RunSQL(sql=LENT_ELSEWHERE, reverse_sql=NOT_LENT),
    ]
