"""Hours, results of arrests, complaints, breaches, requests, and that there was none."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy


def _row() -> list[tuple[str, models.Field]]:
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
    ]


def _recorded() -> list[tuple[str, models.Field]]:
    return [
        *_row(),
        ("actor_id", models.UUIDField()),
        ("actor_label", models.CharField(max_length=254)),
        ("recorded_at", models.DateTimeField()),
    ]


def _case() -> list[tuple[str, models.Field]]:
    return [
        *_recorded(),
        ("number", models.PositiveIntegerField()),
        ("deployment_id", models.UUIDField(db_index=True, null=True)),
        ("deployment_reference", models.CharField(blank=True, max_length=40)),
        ("own_reference", models.CharField(blank=True, max_length=40)),
        ("summary", models.TextField(blank=True)),
        ("closed_at", models.DateTimeField(null=True)),
    ]


def _kind() -> models.Field:
    kinds = ("complaint", "breach", "request")
    return models.CharField(choices=[(kind, kind) for kind in kinds], max_length=24)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                *_recorded(),
                ("kind", _kind()),
                ("case_id", models.UUIDField(db_index=True)),
                ("step", models.CharField(max_length=24)),
                ("words", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("recorded_at",),
            },
        ),
        migrations.CreateModel(
            name="ArrestResult",
            fields=[
                *_recorded(),
                ("deployment_id", models.UUIDField()),
                ("alert_number", models.PositiveIntegerField()),
                ("number", models.PositiveIntegerField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("charged", "charged"),
                            ("no_further_action", "no_further_action"),
                            ("out_of_court", "out_of_court"),
                            ("under_investigation", "under_investigation"),
                            ("recalled_or_remanded", "recalled_or_remanded"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("decided_on", models.DateField()),
                (
                    "offence",
                    models.CharField(
                        choices=[
                            ("terrorism", "terrorism"),
                            ("serious_violence", "serious_violence"),
                            ("sexual", "sexual"),
                            ("weapons", "weapons"),
                            ("robbery_burglary", "robbery_burglary"),
                            ("drugs_supply", "drugs_supply"),
                            ("court", "court"),
                            ("other_indictable", "other_indictable"),
                            ("summary_only", "summary_only"),
                        ],
                        max_length=24,
                    ),
                ),
                ("on_purpose", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("alert_number", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("deployment_id", "alert_number", "number"), name="casework_result_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number", 1), ("reason__gt", ""), _connector="OR"),
                        name="casework_result_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseCounter",
            fields=[
                *_row(),
                ("kind", _kind()),
                ("last_number", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "kind"), name="casework_counter_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                *_case(),
                ("received_on", models.DateField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("in_person", "in_person"),
                            ("telephone", "telephone"),
                            ("letter", "letter"),
                            ("online", "online"),
                            ("through_another", "through_another"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("stop", "stop"),
                            ("identification", "identification"),
                            ("force_used", "force_used"),
                            ("signs", "signs"),
                            ("data", "data"),
                            ("discrimination", "discrimination"),
                            ("conduct", "conduct"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("alert_number", models.PositiveIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("under_review", "under_review"),
                            ("upheld", "upheld"),
                            ("not_upheld", "not_upheld"),
                            ("resolved", "resolved"),
                            ("withdrawn", "withdrawn"),
                            ("referred", "referred"),
                        ],
                        max_length=24,
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
                "indexes": [models.Index(fields=["force_id", "received_on"], name="casework_complaint_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "number"), name="casework_complaint_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("alert_number__isnull", True), ("deployment_id__isnull", False), _connector="OR"
                        ),
                        name="casework_alert_of_deployment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DataBreach",
            fields=[
                *_case(),
                ("became_aware_at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("personal_data", "personal_data"),
                            ("authority", "authority"),
                            ("rules", "rules"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        choices=[("unlikely", "unlikely"), ("risk", "risk"), ("high", "high")], max_length=24
                    ),
                ),
                ("tell_by", models.DateTimeField(null=True)),
                ("ico_told_at", models.DateTimeField(null=True)),
                ("ico_reason", models.TextField(blank=True)),
                ("people_told", models.BooleanField(null=True)),
                ("people_reason", models.TextField(blank=True)),
                ("measures", models.TextField(blank=True)),
                ("state", models.CharField(choices=[("open", "open"), ("closed", "closed")], max_length=24)),
            ],
            options={
                "ordering": ("-number",),
                "indexes": [models.Index(fields=["force_id", "became_aware_at"], name="casework_breach_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "number"), name="casework_breach_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ico_told_at__isnull", True),
                            ("ico_told_at__gte", models.F("became_aware_at")),
                            _connector="OR",
                        ),
                        name="casework_told_after_aware",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HoursVersion",
            fields=[
                *_recorded(),
                ("deployment_id", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("deployment_id", "number"), name="casework_hours_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number", 1), ("reason__gt", ""), _connector="OR"),
                        name="casework_hours_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoneStatement",
            fields=[
                *_recorded(),
                ("kind", _kind()),
                ("deployment_id", models.UUIDField(db_index=True, null=True)),
                ("first", models.DateField(null=True)),
                ("last", models.DateField(null=True)),
            ],
            options={
                "ordering": ("recorded_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("deployment_id__isnull", False),
                                ("first__isnull", True),
                                ("last__isnull", True),
                            ),
                            models.Q(
                                ("deployment_id__isnull", True),
                                ("first__isnull", False),
                                ("last__gte", models.F("first")),
                            ),
                            _connector="OR",
                        ),
                        name="casework_none_of_what",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RightsRequest",
            fields=[
                *_case(),
                ("received_on", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "access"),
                            ("rectification", "rectification"),
                            ("erasure", "erasure"),
                            ("foi", "foi"),
                        ],
                        max_length=24,
                    ),
                ),
                ("due_on", models.DateField()),
                ("answered_on", models.DateField(null=True)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("in_full", "in_full"),
                            ("in_part", "in_part"),
                            ("refused", "refused"),
                            ("nothing_held", "nothing_held"),
                        ],
                        max_length=24,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("answered", "answered"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=24,
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
                "indexes": [models.Index(fields=["force_id", "received_on"], name="casework_request_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("force_id", "number"), name="casework_request_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer__gt", ""),
                                ("answered_on__gte", models.F("received_on")),
                                ("state", "answered"),
                            ),
                            models.Q(
                                models.Q(("state", "answered"), _negated=True),
                                ("answer", ""),
                                ("answered_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="casework_answered_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HoursLine",
            fields=[
                *_row(),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("planner", "planner"),
                            ("authorising", "authorising"),
                            ("silver", "silver"),
                            ("operator", "operator"),
                            ("engagement", "engagement"),
                            ("engineer", "engineer"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("people", models.PositiveSmallIntegerField()),
                ("hours", models.DecimalField(decimal_places=2, max_digits=8)),
                ("cost", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="casework.hoursversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version", "role"), name="casework_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hours__gt", 0),
                            ("people__gt", 0),
                            models.Q(("cost__isnull", True), ("cost__gte", 0), _connector="OR"),
                        ),
                        name="casework_line_counts",
                    ),
                ],
            },
        ),
    ]
