"""Alerts, decisions, outcomes and the counter of each deployment."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
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
                ("deployment_id", models.UUIDField(unique=True)),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("last_revision", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Alert",
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
                ("number", models.PositiveIntegerField()),
                ("revision", models.PositiveBigIntegerField()),
                ("raised_revision", models.PositiveBigIntegerField()),
                ("camera_id", models.UUIDField()),
                ("track_id", models.CharField(max_length=64)),
                ("subject_id", models.UUIDField()),
                ("captured_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "raised"),
                            ("unsure", "unsure"),
                            ("dispatched", "dispatched"),
                            ("not_a_match", "not_a_match"),
                            ("expired", "expired"),
                            ("engaged", "engaged"),
                            ("not_engaged", "not_engaged"),
                            ("outcome_recorded", "outcome_recorded"),
                        ],
                        max_length=20,
                    ),
                ),
                ("cosine_similarity", models.FloatField()),
                ("threshold", models.FloatField()),
                ("key_id", models.UUIDField(unique=True)),
                ("probe_blob_id", models.UUIDField(null=True)),
                ("template_blob_id", models.UUIDField(null=True)),
                ("purge_due_at", models.DateTimeField()),
                ("purged_at", models.DateTimeField(null=True)),
                ("first_shown_at", models.DateTimeField(null=True)),
                ("identity_established_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("deployment_id", "number"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["raised", "unsure"])),
                        fields=["expires_at"],
                        name="alert_undecided",
                    ),
                    models.Index(
                        condition=models.Q(("purged_at__isnull", True)),
                        fields=["purge_due_at"],
                        name="alert_to_purge",
                    ),
                    models.Index(
                        fields=["deployment_id", "subject_id", "raised_at"], name="alert_of_subject"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("deployment_id", "track_id"), name="alert_one_per_track"),
                    models.UniqueConstraint(fields=("deployment_id", "number"), name="alert_number_once"),
                    models.UniqueConstraint(fields=("deployment_id", "revision"), name="alert_revision_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cosine_similarity__gte", -1),
                            ("cosine_similarity__lte", 1),
                            ("threshold__gte", -1),
                            ("cosine_similarity__gte", models.F("threshold")),
                        ),
                        name="alert_at_or_over_threshold",
                    ),
                    models.CheckConstraint(
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
                                ],
                            )
                        ),
                        name="alert_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("purged_at__isnull", True),
                                ("probe_blob_id__isnull", False),
                                ("template_blob_id__isnull", False),
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
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertOutcome",
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
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("arrest", "arrest"),
                            ("conditions_compliant", "conditions_compliant"),
                            ("conditions_breached", "conditions_breached"),
                            ("safeguarded", "safeguarded"),
                            ("safe_not_disclosed", "safe_not_disclosed"),
                            ("voluntary", "voluntary"),
                            ("summons_or_report", "summons_or_report"),
                            ("released_identity_wrong", "released_identity_wrong"),
                            ("no_longer_wanted", "no_longer_wanted"),
                            ("not_located", "not_located"),
                            ("not_engaged", "not_engaged"),
                        ],
                        max_length=32,
                    ),
                ),
                ("actor_id", models.UUIDField()),
                ("actor_label", models.CharField(max_length=254)),
                ("recorded_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="alerts.alert",
                    ),
                ),
            ],
            options={
                "db_table": "alerts_outcome",
                "ordering": ("recorded_at",),
                "constraints": [
                    models.UniqueConstraint(fields=("alert", "outcome"), name="alert_outcome_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                [
                                    "arrest",
                                    "conditions_compliant",
                                    "conditions_breached",
                                    "safeguarded",
                                    "safe_not_disclosed",
                                    "voluntary",
                                    "summons_or_report",
                                    "released_identity_wrong",
                                    "no_longer_wanted",
                                    "not_located",
                                    "not_engaged",
                                ],
                            )
                        ),
                        name="alert_outcome_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                (
                    "step",
                    models.CharField(
                        choices=[("operator", "operator"), ("engagement", "engagement")], max_length=12
                    ),
                ),
                ("value", models.CharField(max_length=16)),
                ("reason", models.TextField(blank=True)),
                ("actor_id", models.UUIDField()),
                ("actor_label", models.CharField(max_length=254)),
                ("decided_at", models.DateTimeField()),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="alerts.alert",
                    ),
                ),
            ],
            options={
                "ordering": ("decided_at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("alert", "actor_id"), name="alert_decision_one_per_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value__in", ["match", "not_a_match", "unsure", "engage", "do_not_engage"])
                        ),
                        name="alert_decision_known",
                    ),
                ],
            },
        ),
    ]
