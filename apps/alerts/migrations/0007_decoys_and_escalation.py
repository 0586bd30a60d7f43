"""Decoys of the Blue List, which can never be dispatched, and alerts that wait for nobody (domain.md §5)."""

import uuid

from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0006_counted_apart"),
        ("forces", "0002_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
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
                ("deployment_id", models.UUIDField(db_index=True)),
                (
                    "step",
                    models.CharField(
                        choices=[("operator", "operator"), ("engagement", "engagement")], max_length=12
                    ),
                ),
                ("waits_since", models.DateTimeField()),
                ("first_number", models.PositiveIntegerField()),
                ("waiting", models.PositiveIntegerField()),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("began_at",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_purged_has_no_blobs",
        ),
        migrations.AddField(
            model_name="alert",
            name="decoy",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="alert",
            name="decoy_subject_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="alert",
            name="state",
            field=models.CharField(
                choices=[
                    ("raised", "raised"),
                    ("unsure", "unsure"),
                    ("dispatched", "dispatched"),
                    ("not_a_match", "not_a_match"),
                    ("expired", "expired"),
                    ("engaged", "engaged"),
                    ("not_engaged", "not_engaged"),
                    ("outcome_recorded", "outcome_recorded"),
                    ("decoy_answered", "decoy_answered"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "raised",
                            "unsure",
                            "dispatched",
                            "not_a_match",
                            "expired",
                            "engaged",
                            "not_engaged",
                            "outcome_recorded",
                            "decoy_answered",
                        ],
                    )
                ),
                name="alert_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("purged_at__isnull", True),
                        models.Q(
                            models.Q(("probe_blob_id__isnull", False), ("template_blob_id__isnull", False)),
                            models.Q(
                                ("decoy", True),
                                ("probe_blob_id__isnull", False),
                                ("template_blob_id__isnull", True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("purged_at__isnull", False),
                        ("probe_blob_id__isnull", True),
                        ("template_blob_id__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="alert_purged_has_no_blobs",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("counted_apart", True),
                        ("decoy", True),
                        ("decoy_subject_id__isnull", False),
                        ("state__in", ["raised", "expired", "decoy_answered"]),
                    ),
                    models.Q(
                        ("decoy", False),
                        ("decoy_subject_id__isnull", True),
                        models.Q(("state", "decoy_answered"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="alert_decoy_never_dispatched",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("deployment_id", "step"),
                name="alert_escalation_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True), ("ended_at__gte", models.F("began_at")), _connector="OR"
                ),
                name="alert_escalation_ends_after",
            ),
        ),
        tenant_policy("alerts_escalation"),
        restrict("alerts_escalation", "SELECT", "INSERT", "UPDATE"),
    ]
