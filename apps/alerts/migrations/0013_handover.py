"""Copies handed over: as evidence after an arrest, or kept safe for somebody who asks (docs/domain.md §6)."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0012_looks_erased"),
    ]

    operations = [
        migrations.AddField(
            model_name="engagement",
            name="handover_late_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="HandOverRecipient",
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
                    "to",
                    models.CharField(
                        choices=[
                            ("case_system", "case_system"),
                            ("professional_standards", "professional_standards"),
                        ],
                        max_length=24,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("pem", models.TextField()),
                ("subject", models.CharField(max_length=300)),
                ("fingerprint", models.CharField(max_length=64)),
                ("not_after", models.DateTimeField()),
                ("asked_by_id", models.UUIDField()),
                ("asked_by", models.CharField(max_length=254)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_by_id", models.UUIDField(null=True)),
                ("confirmed_by", models.CharField(blank=True, max_length=254)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=254)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "alerts_handover_recipient",
                "ordering": ("asked_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at__isnull", False), ("ended_at__isnull", True)),
                        fields=("force_id", "to"),
                        name="handover_recipient_one_in_force",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("confirmed_at__isnull", True), ("ended_at__isnull", True)),
                        fields=("force_id", "to"),
                        name="handover_recipient_one_waits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("confirmed_by_id__isnull", True)),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by_id__isnull", False),
                                models.Q(("confirmed_by_id", models.F("asked_by_id")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="handover_recipient_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
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
                    "kind",
                    models.CharField(
                        choices=[("evidential", "evidential"), ("restriction", "restriction")], max_length=12
                    ),
                ),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[("person_stopped", "person_stopped"), ("complaint", "complaint")],
                        max_length=16,
                    ),
                ),
                ("complaint_reference", models.CharField(blank=True, max_length=80)),
                ("reason", models.TextField()),
                ("requested_by_id", models.UUIDField()),
                ("requested_by", models.CharField(max_length=254)),
                ("requested_at", models.DateTimeField()),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=254)),
                ("decided_at", models.DateTimeField(null=True)),
                ("approved", models.BooleanField(null=True)),
                ("refusal", models.TextField(blank=True)),
                ("collections", models.PositiveIntegerField(default=0)),
                ("collected_at", models.DateTimeField(null=True)),
                ("collected_sha256", models.CharField(blank=True, max_length=64)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by", models.CharField(blank=True, max_length=254)),
                ("their_reference", models.CharField(blank=True, max_length=80)),
                ("texts_due_at", models.DateTimeField()),
                ("texts_erased_at", models.DateTimeField(null=True)),
                (
                    "alert",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hand_overs",
                        to="alerts.alert",
                    ),
                ),
            ],
            options={
                "db_table": "alerts_handover",
                "ordering": ("requested_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("approved__isnull", True), ("approved", True), _connector="OR"),
                        fields=("alert", "kind"),
                        name="handover_one_of_a_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved__isnull", True),
                                ("decided_at__isnull", True),
                                ("decided_by_id__isnull", True),
                            ),
                            models.Q(
                                ("approved__isnull", False),
                                ("decided_at__isnull", False),
                                ("decided_by_id__isnull", False),
                                models.Q(("decided_by_id", models.F("requested_by_id")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="handover_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ground", ""), ("kind", "evidential")),
                            models.Q(("kind", "restriction"), models.Q(("ground", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="handover_restriction_has_a_ground",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("collected_at__isnull", True), ("collections", 0)),
                            models.Q(
                                ("approved", True), ("collected_at__isnull", False), ("collections__gt", 0)
                            ),
                            _connector="OR",
                        ),
                        name="handover_collected_once_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledged_at__isnull", True), ("collections__gt", 0), _connector="OR"
                        ),
                        name="handover_acknowledged_once_collected",
                    ),
                ],
            },
        ),
        tenant_policy("alerts_handover_recipient"),
        tenant_policy("alerts_handover"),
        # Rows are kept: only their free words go.
        restrict("alerts_handover_recipient", "SELECT", "INSERT", "UPDATE"),
        restrict("alerts_handover", "SELECT", "INSERT", "UPDATE"),
        same_force("alerts_handover", "alert_id", "alerts_alert"),
    ]
