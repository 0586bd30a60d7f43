import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy


class Migration(migrations.Migration):
    dependencies = [("watchlists", "0013_special_and_status_wall")]

    operations = [
        migrations.CreateModel(
            name="PictureDecision",
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
                ("first_line", models.PositiveIntegerField()),
                ("second_line", models.PositiveIntegerField()),
                ("choice", models.CharField(max_length=16)),
                ("reason", models.TextField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by_id", models.UUIDField()),
                ("decided_by_label", models.CharField(max_length=200)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="picture_decisions",
                        to="watchlists.importjob",
                    ),
                ),
            ],
            options={
                "ordering": ("decided_at", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("job", "first_line", "second_line"), name="watchlists_picture_decided_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("choice__in", ["first", "second", "both", "neither"])),
                        name="watchlists_keep_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_line__lt", models.F("second_line"))),
                        name="watchlists_lines_in_order",
                    ),
                ],
            },
        ),
    ]
