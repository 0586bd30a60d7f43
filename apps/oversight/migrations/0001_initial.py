"""Questions and recommendations of the oversight body, and their history: what was written is not changed."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.tenancy
from apps.core.rls import restrict, same_force, tenant_policy

MATTER, ENTRY = "oversight_matter", "oversight_entry"
QUESTION_STATES = ["put", "answered", "published", "withdrawn"]
RECOMMENDATION_STATES = [
    "made", "accepted", "partly_accepted", "not_accepted", "reported_done", "done", "not_done", "withdrawn",
]  # fmt: skip


def own():
    return [
        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
        (
            "force_id",
            models.UUIDField(db_index=True, default=apps.core.tenancy.current_force_id, editable=False),
        ),
    ]


class Migration(migrations.Migration):
    initial = True

    dependencies = [("forces", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="Matter",
            fields=[
                *own(),
                ("kind", models.CharField(max_length=20)),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(max_length=20)),
                ("text", models.TextField()),
                ("deployment_id", models.UUIDField(null=True)),
                ("reference", models.CharField(blank=True, max_length=40)),
                ("first", models.DateField(null=True)),
                ("last", models.DateField(null=True)),
                ("due_on", models.DateField()),
                ("put_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-put_at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("force_id", "kind", "number"), name="oversight_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "question"), ("state__in", QUESTION_STATES))
                        | models.Q(("kind", "recommendation"), ("state__in", RECOMMENDATION_STATES)),
                        name="oversight_state_of_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__isnull", True), ("last__isnull", True))
                        | models.Q(("first__lte", models.F("last"))),
                        name="oversight_days_in_order",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["force_id", "kind", "put_at", "id"], name="oversight_by_kind"),
                    models.Index(fields=["force_id", "deployment_id"], name="oversight_by_deployment"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                *own(),
                ("number", models.PositiveIntegerField()),
                ("step", models.CharField(max_length=20)),
                ("text", models.TextField(blank=True)),
                ("actor_id", models.UUIDField()),
                ("actor_label", models.CharField(max_length=254)),
                ("actor_rank", models.CharField(blank=True, max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="oversight.matter",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("matter", "number"), name="oversight_entry_once")
                ],
            },
        ),
        tenant_policy(MATTER),
        tenant_policy(ENTRY),
        same_force(ENTRY, "matter_id", MATTER),
        restrict(MATTER, "SELECT", "INSERT", "UPDATE (state, published_at)"),
        restrict(ENTRY, "SELECT", "INSERT"),
    ]
