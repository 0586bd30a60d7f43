import uuid

from django.db import migrations, models

import apps.core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CameraTally",
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
                ("frames", models.BigIntegerField(default=0)),
                ("undecodable", models.BigIntegerField(default=0)),
                ("dropped", models.BigIntegerField(default=0)),
                ("faces", models.BigIntegerField(default=0)),
                ("tracks", models.BigIntegerField(default=0)),
                ("searches", models.BigIntegerField(default=0)),
                ("alerts", models.BigIntegerField(default=0)),
                ("processing_us", models.BigIntegerField(default=0)),
                ("last_frame_at", models.DateTimeField(null=True)),
                ("silent_since", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("deployment_id", "camera_id"), name="live_tally_once_per_camera"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShardLease",
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
                ("shard", models.PositiveSmallIntegerField()),
                ("token", models.BigIntegerField(default=0)),
                ("holder", models.CharField(blank=True, max_length=200)),
                ("heartbeat_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("blind_since", models.DateTimeField(null=True)),
                ("blind_reason", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("deployment_id", "shard"), name="live_one_lease_per_shard"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token__gte", 0)), name="live_token_never_negative"
                    ),
                ],
            },
        ),
    ]
