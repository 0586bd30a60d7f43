"""Approving and administering take two: such a role, and training for it, waits until a second one confirms."""

from django.db import migrations, models

# What was given before this rule goes on working.
CONFIRMED = (
    "UPDATE accounts_rolegrant SET confirmed_at = granted_at",
    "UPDATE accounts_trainingcertificate SET confirmed_at = recorded_at",
)
FORCES_OF = (
    "CREATE OR REPLACE FUNCTION accounts_forces_of(person uuid) RETURNS TABLE (force_id uuid)"
    " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
    " $$ SELECT DISTINCT g.force_id FROM public.accounts_rolegrant g"
    " JOIN public.accounts_user u ON u.id = g.user_id"
    " WHERE g.user_id = person AND g.revoked_at IS NULL AND u.is_active"
    " AND g.credential_epoch = u.credential_epoch{} $$"
)
TAKES_EFFECT = " AND g.confirmed_at IS NOT NULL"


def _confirmed(model: str) -> list[migrations.AddField]:
    return [
        migrations.AddField(model, "requested_by_id", models.UUIDField(null=True)),
        migrations.AddField(model, "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            model,
            "confirmed_by",
            models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(model, "confirmed_by_id", models.UUIDField(null=True)),
    ]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_sign_on_by_two")]

    operations = [
        *_confirmed("rolegrant"),
        *_confirmed("trainingcertificate"),
        migrations.AddField("invitation", "created_by_id", models.UUIDField(null=True)),
        migrations.RunSQL(sql=CONFIRMED, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=FORCES_OF.format(TAKES_EFFECT), reverse_sql=FORCES_OF.format("")),
    ]
