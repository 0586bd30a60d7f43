"""A force vouches for who signs in: a new password by one force's link puts the roles of every other to sleep."""

import uuid

from django.db import migrations, models

# One epoch a person, not one for all: an AddField evaluates its default once.
EPOCHS = (
    "UPDATE accounts_user SET credential_epoch = gen_random_uuid()",
    "UPDATE accounts_rolegrant g SET credential_epoch = u.credential_epoch FROM accounts_user u"
    " WHERE u.id = g.user_id",
)
FORCES_OF = (
    "CREATE OR REPLACE FUNCTION accounts_forces_of(person uuid) RETURNS TABLE (force_id uuid)"
    " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS"
    " $$ SELECT DISTINCT g.force_id FROM public.accounts_rolegrant g"
    " JOIN public.accounts_user u ON u.id = g.user_id"
    " WHERE g.user_id = person AND g.revoked_at IS NULL AND u.is_active{} $$"
)
AWAKE = " AND g.credential_epoch = u.credential_epoch"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_people_wall")]

    operations = [
        migrations.AddField("user", "credential_epoch", models.UUIDField(default=uuid.uuid4)),
        migrations.AddField(
            "rolegrant", "reason", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField(
            "rolegrant", "revoked_reason", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField("rolegrant", "credential_epoch", models.UUIDField(null=True)),
        migrations.AddField("invitation", "kind", models.CharField(default="join", max_length=10)),
        migrations.AddField("invitation", "roles", models.JSONField(default=list)),
        migrations.AddField(
            "invitation",
            "display_name",
            models.CharField(blank=True, default="", max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            "invitation",
            "rank",
            models.CharField(blank=True, default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            "invitation", "reason", models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField("invitation", "clear_second_factors", models.BooleanField(default=False)),
        migrations.RunSQL(sql=EPOCHS, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=FORCES_OF.format(AWAKE), reverse_sql=FORCES_OF.format("")),
    ]
