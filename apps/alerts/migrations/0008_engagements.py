"""Engagements with their stops and receipts, and who entered for another (docs/domain.md §5)."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0007_decoys_and_escalation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Engagement",
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
                ("engaged_at", models.DateTimeField()),
                ("escalates_at", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "power",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("none", "none"),
                            ("arrest", "arrest"),
                            ("warrant", "warrant"),
                            ("bail_broken", "bail_broken"),
                            ("bail_unanswered", "bail_unanswered"),
                            ("search_articles", "search_articles"),
                            ("search_drugs", "search_drugs"),
                            ("search_firearms", "search_firearms"),
                            ("search_terrorism", "search_terrorism"),
                            ("search_authorised", "search_authorised"),
                            ("name_and_address", "name_and_address"),
                            ("breach_of_the_peace", "breach_of_the_peace"),
                            ("mental_health", "mental_health"),
                            ("child_protection", "child_protection"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("power_other", models.CharField(blank=True, max_length=120)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("searched", models.BooleanField(null=True)),
                (
                    "search_power",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("articles", "articles"),
                            ("on_arrest", "on_arrest"),
                            ("drugs", "drugs"),
                            ("firearms", "firearms"),
                            ("terrorism", "terrorism"),
                            ("authorised", "authorised"),
                            ("other", "other"),
                        ],
                        max_length=24,
                    ),
                ),
                ("search_other", models.CharField(blank=True, max_length=120)),
                ("force_used", models.BooleanField(null=True)),
                ("force_kinds", models.JSONField(blank=True, default=list)),
                ("force_other", models.CharField(blank=True, max_length=120)),
                ("body_worn", models.CharField(blank=True, max_length=120)),
                ("avoided", models.BooleanField(null=True)),
                ("child_at", models.DateTimeField(null=True)),
                (
                    "adult",
                    models.CharField(
                        blank=True,
                        choices=[("sought", "sought"), ("present", "present"), ("not_found", "not_found")],
                        max_length=12,
                    ),
                ),
                (
                    "ethnicity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("white_north", "white_north"),
                            ("white_south", "white_south"),
                            ("black", "black"),
                            ("asian", "asian"),
                            ("east_asian", "east_asian"),
                            ("middle_eastern", "middle_eastern"),
                            ("not_apparent", "not_apparent"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "sex",
                    models.CharField(
                        blank=True,
                        choices=[("female", "female"), ("male", "male"), ("not_apparent", "not_apparent")],
                        max_length=16,
                    ),
                ),
                (
                    "age_band",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("under_13", "under_13"),
                            ("13_17", "13_17"),
                            ("18_24", "18_24"),
                            ("25_34", "25_34"),
                            ("35_49", "35_49"),
                            ("50_over", "50_over"),
                        ],
                        max_length=12,
                    ),
                ),
                ("recorded_at", models.DateTimeField(null=True)),
                ("recorded_by", models.CharField(blank=True, max_length=254)),
                ("entered_by", models.CharField(blank=True, max_length=254)),
                ("examined_at", models.DateTimeField(null=True)),
                ("examined_by", models.CharField(blank=True, max_length=254)),
                ("examined_words", models.TextField(blank=True)),
                ("texts_due_at", models.DateTimeField()),
                ("texts_erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("engaged_at",),
            },
        ),
        migrations.CreateModel(
            name="Receipt",
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
                ("given_at", models.DateTimeField()),
                ("given_by", models.CharField(max_length=254)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddField(
            model_name="alertoutcome",
            name="entered_by",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="alertoutcome",
            name="entered_by_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="entered_by",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="decision",
            name="entered_by_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("entered_by_id__isnull", True),
                    models.Q(
                        ("step", "engagement"),
                        models.Q(("entered_by_id", models.F("actor_id")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="alert_decision_entered_by_another",
            ),
        ),
        migrations.AddField(
            model_name="engagement",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="engagements", to="alerts.alert"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="engagement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="alerts.engagement"
            ),
        ),
        migrations.AddIndex(
            model_name="engagement",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True), ("escalated_at__isnull", True), ("finished_at__isnull", True)
                ),
                fields=["escalates_at"],
                name="engagement_to_escalate",
            ),
        ),
        migrations.AddConstraint(
            model_name="engagement",
            constraint=models.UniqueConstraint(fields=("alert",), name="engagement_one_an_alert"),
        ),
        migrations.AddConstraint(
            model_name="engagement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    models.Q(("ended_at__gte", models.F("started_at")), ("started_at__isnull", False)),
                    _connector="OR",
                ),
                name="engagement_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="engagement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("force_used__isnull", True),
                    models.Q(("force_kinds", []), ("force_used", False)),
                    models.Q(("force_used", True), models.Q(("force_kinds", []), _negated=True)),
                    _connector="OR",
                ),
                name="engagement_force_has_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(fields=("engagement",), name="receipt_one_an_engagement"),
        ),
        tenant_policy("alerts_engagement"),
        tenant_policy("alerts_receipt"),
        restrict("alerts_engagement", "SELECT", "INSERT", "UPDATE"),
        # A receipt is deleted when its time is over.
        restrict("alerts_receipt", "SELECT", "INSERT", "DELETE"),
        same_force("alerts_engagement", "alert_id", "alerts_alert"),
        same_force("alerts_receipt", "engagement_id", "alerts_engagement"),
    ]
