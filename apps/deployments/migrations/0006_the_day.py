"""The day: why it is suspended, duties laid down, looks at signs, engagement log, what a review asks for."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

WRITTEN_ONCE = ("deployments_signcheck", "deployments_engagemententry", "deployments_reviewnote")
KINDS = ("question", "concern", "welcome", "complaint", "avoided", "leaflets", "visit")
CAUSES = (
    "person",
    "check_failed",
    "sign_failed",
    "staffing",
    "cameras_silent",
    "false_alerts",
    "false_alert_rate",
    "unconfirmed",
)


def _of_deployment() -> list[tuple[str, Any]]:
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
        ("actor_id", models.UUIDField()),
        ("actor_label", models.CharField(max_length=254)),
        ("recorded_at", models.DateTimeField()),
        (
            "deployment",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deployments.deployment"
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("deployments", "0005_urgent_and_conditions")]

    operations = [
        migrations.AddField(
            model_name="deployment",
            name="suspended_for",
            field=models.CharField(
                blank=True, choices=[(cause, cause) for cause in CAUSES], default="", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="deployment", name="results_reminded_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="deployment", name="accuracy_from", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="deploymentduty", name="laid_down_at", field=models.DateTimeField(null=True)
        ),
        migrations.CreateModel(
            name="EngagementEntry",
            fields=[
                *_of_deployment(),
                ("kind", models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=20)),
                ("happened_at", models.DateTimeField()),
                ("words", models.TextField()),
            ],
            options={"ordering": ("happened_at", "recorded_at")},
        ),
        migrations.CreateModel(
            name="ReviewNote",
            fields=[
                *_of_deployment(),
                ("lessons", models.TextField(blank=True)),
                ("conditions", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("deployment",), name="deployments_one_review_note")
                ]
            },
        ),
        migrations.CreateModel(
            name="SignCheck",
            fields=[
                *_of_deployment(),
                ("approach", models.CharField(max_length=300)),
                ("passed", models.BooleanField()),
                ("note", models.TextField(blank=True)),
                ("photograph", models.BinaryField(null=True)),
                ("photograph_sha256", models.CharField(blank=True, max_length=64)),
                ("faces_blurred", models.PositiveSmallIntegerField(default=0)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
            ],
            options={
                "ordering": ("recorded_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(passed=False)
                        | models.Q(photograph__isnull=False, latitude__isnull=False, longitude__isnull=False),
                        name="deployments_sign_with_evidence",
                    )
                ],
            },
        ),
        *(tenant_policy(table) for table in WRITTEN_ONCE),
        *(restrict(table, "SELECT", "INSERT") for table in WRITTEN_ONCE),
        *(same_force(table, "deployment_id", "deployments_deployment") for table in WRITTEN_ONCE),
        # A duty is laid down and taken again; who took it first, and when, stays as it was written.
        restrict("deployments_deploymentduty", "SELECT", "INSERT", "UPDATE (laid_down_at)"),
    ]
