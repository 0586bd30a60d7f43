"""What people of a force are told of purges that would fail, or are late."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("retention", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="PurgeAlarm",
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
                ("data_class", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("count", models.PositiveIntegerField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("since", models.DateTimeField()),
                ("overdue_since", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("due_at", "data_class"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "data_class"), name="retention_one_alarm_a_class"
                    )
                ],
            },
        ),
        tenant_policy("retention_purgealarm"),
        restrict("retention_purgealarm", "SELECT", "INSERT", "UPDATE", "DELETE"),
    ]
