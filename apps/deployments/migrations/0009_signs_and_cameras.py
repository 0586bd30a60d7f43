"""The day again: photographs that wait for their form, cameras that fell silent, signs nobody looked at in time."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

CAUSES = (
    "person",
    "check_failed",
    "sign_failed",
    "sign_overdue",
    "staffing",
    "cameras_silent",
    "false_alerts",
    "false_alert_rate",
    "unconfirmed",
)
KEPT, STOPPED = "deployments_keptphotograph", "deployments_camerastop"


def _of_deployment() -> list[tuple[str, Any]]:
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
        (
            "deployment",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deployments.deployment"
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("deployments", "0008_operations")]

    operations = [
        migrations.AlterField(
            model_name="deployment",
            name="suspended_for",
            field=models.CharField(
                blank=True, choices=[(cause, cause) for cause in CAUSES], default="", max_length=20
            ),
        ),
        migrations.CreateModel(
            name="KeptPhotograph",
            fields=[
                *_of_deployment(),
                ("approach", models.CharField(max_length=300)),
                ("photograph", models.BinaryField()),
                ("faces_blurred", models.PositiveSmallIntegerField(default=0)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("actor_id", models.UUIDField()),
                ("kept_at", models.DateTimeField()),
                ("purge_due_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["purge_due_at"], name="deployments_kept_until")]},
        ),
        migrations.CreateModel(
            name="CameraStop",
            fields=[
                *_of_deployment(),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.camera",
                    ),
                ),
                ("stopped_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=300)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by_id", models.UUIDField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "ordering": ("stopped_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(released_at__isnull=True),
                        fields=("deployment", "camera"),
                        name="deployments_camera_stopped_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(released_at__isnull=True)
                        | models.Q(released_by_id__isnull=False, released_by__gt=""),
                        name="deployments_camera_released_by",
                    ),
                ],
            },
        ),
        *(tenant_policy(table) for table in (KEPT, STOPPED)),
        # A photograph is replaced by deleting it; that a camera stopped stays as it was written.
        restrict(KEPT, "SELECT", "INSERT", "DELETE"),
        restrict(STOPPED, "SELECT", "INSERT", "UPDATE (released_at, released_by_id, released_by)"),
        *(same_force(table, "deployment_id", "deployments_deployment") for table in (KEPT, STOPPED)),
        same_force(STOPPED, "camera_id", "deployments_camera"),
    ]
