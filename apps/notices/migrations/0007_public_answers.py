"""Questions and recommendations on a force's page. Anybody may read what is published, only its force write
it: the written exemption from the wall, as for a notice."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import CURRENT_FORCE, restrict

TABLE = "notices_publicanswer"
OWN = f"force_id = {CURRENT_FORCE}"
STANDINGS = ["accepted", "partly_accepted", "not_accepted", "done", "not_done"]


class Migration(migrations.Migration):
    dependencies = [("notices", "0006_districts_and_reminders"), ("forces", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="PublicAnswer",
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
                ("kind", models.CharField(max_length=20)),
                ("number", models.PositiveIntegerField()),
                ("reference", models.CharField(blank=True, max_length=40)),
                ("slug", models.CharField(blank=True, max_length=40)),
                ("text", models.TextField()),
                ("reply", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("replied_at", models.DateTimeField()),
                ("standing", models.CharField(blank=True, max_length=20)),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-published_at", "-number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "kind", "number"), name="notices_answer_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "question"), ("standing", ""))
                        | models.Q(("kind", "recommendation"), ("standing__in", STANDINGS)),
                        name="notices_answer_standing",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            sql=[
                f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY",
                f"CREATE POLICY published_or_own ON {TABLE} FOR SELECT"
                f" USING ({OWN} OR published_at IS NOT NULL)",
                f"CREATE POLICY own_insert ON {TABLE} FOR INSERT WITH CHECK ({OWN})",
                f"CREATE POLICY own_update ON {TABLE} FOR UPDATE USING ({OWN}) WITH CHECK ({OWN})",
                f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_force_fk"
                " FOREIGN KEY (force_id) REFERENCES forces_force (id) DEFERRABLE INITIALLY DEFERRED",
            ],
            reverse_sql=[
                f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_force_fk",
                f"DROP POLICY own_update ON {TABLE}",
                f"DROP POLICY own_insert ON {TABLE}",
                f"DROP POLICY published_or_own ON {TABLE}",
                f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY",
            ],
        ),
        # What was public is not rewritten, by nobody who comes through the application.
        restrict(TABLE, "SELECT", "INSERT", "UPDATE (standing)"),
    ]
