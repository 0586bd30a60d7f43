import uuid

from django.db import migrations, models

import apps.core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Relay",
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
                ("name", models.CharField(max_length=100)),
                ("key_id", models.CharField(max_length=16, unique=True)),
                ("key_sha256", models.BinaryField(max_length=32)),
                ("deployment_id", models.UUIDField(db_index=True)),
                ("camera_ids", models.JSONField()),
                ("enrolled_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("refusals", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ("enrolled_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="IngestTally",
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
                ("deployment_id", models.UUIDField()),
                ("camera_id", models.UUIDField()),
                ("received", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("dropped", models.BigIntegerField(default=0)),
                ("last_received_at", models.DateTimeField(null=True)),
                ("clock_offset_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("deployment_id", "camera_id"), name="relays_tally_once_per_camera"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dropped__gte", 0), ("received__gte", 0), ("refused__gte", 0)),
                        name="relays_tally_never_negative",
                    ),
                ],
            },
        ),
    ]
