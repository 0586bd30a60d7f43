"""Urgent approvals with their confirmation, conditions of an approval, when an approval lapses, reports."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from apps.core.rls import restrict, same_force, tenant_policy
from apps.core.tenancy import current_force_id

CONDITION = "deployments_approvalcondition"
APPROVED = ["approved", "list_sealed", "live", "notice_published", "ready", "suspended"]
RUNNING = ["live", "suspended"]


def _field(name, field):
    return migrations.AddField(model_name="deployment", name=name, field=field)


def _constraint(condition, name):
    return migrations.AddConstraint(
        model_name="deployment", constraint=models.CheckConstraint(condition=condition, name=name)
    )


class Migration(migrations.Migration):
    dependencies = [("deployments", "0004_settings_version")]

    operations = [
        _field("lapses_at", models.DateTimeField(null=True)),
        _field("urgent", models.BooleanField(default=False)),
        migrations.RunSQL(
            "UPDATE deployments_deployment SET"
            " lapses_at = coalesce((authority->>'starts_by')::timestamptz, window_end),"
            " urgent = coalesce(authority->>'urgent_grounds', '') <> ''",
            migrations.RunSQL.noop,
        ),
        # PostgreSQL alters no table that has rows of this transaction waiting for their constraints.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(model_name="deployment", name="lapses_at", field=models.DateTimeField()),
        _field("confirm_by", models.DateTimeField(null=True)),
        _field("confirmed_at", models.DateTimeField(null=True)),
        _field("confirmer_id", models.UUIDField(null=True)),
        _field("confirmer_label", models.CharField(max_length=254, blank=True, default="")),
        _field("refused_afterwards_at", models.DateTimeField(null=True)),
        _field("cancel_done", models.TextField(blank=True, default="")),
        _field("cancel_collected", models.TextField(blank=True, default="")),
        migrations.RemoveConstraint(model_name="deployment", name="deployments_runs_after_notice"),
        _constraint(
            ~Q(state__in=RUNNING)
            | Q(notice_verified_at__isnull=False)
            | Q(urgent=True, notice_published_at__isnull=False),
            "deployments_runs_after_notice",
        ),
        _constraint(Q(confirm_by__isnull=True) | Q(urgent=True), "deployments_only_urgent_confirmed"),
        _constraint(
            Q(confirmer_id__isnull=True)
            | (~Q(confirmer_id=F("approver_id")) & ~Q(confirmer_id=F("planner_id"))),
            "deployments_confirmed_by_another",
        ),
        _constraint(
            Q(refused_afterwards_at__isnull=True) | (Q(confirmed_at__isnull=True) & ~Q(state__in=APPROVED)),
            "deployments_refused_is_over",
        ),
        migrations.CreateModel(
            name="ApprovalCondition",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("force_id", models.UUIDField(db_index=True, default=current_force_id, editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=500)),
                ("set_by", models.CharField(max_length=254)),
                ("set_at", models.DateTimeField()),
                ("met_by_id", models.UUIDField(null=True)),
                ("met_by", models.CharField(blank=True, max_length=254)),
                ("met_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                ("lapsed_at", models.DateTimeField(null=True)),
                (
                    "deployment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deployments.deployment",
                    ),
                ),
            ],
            options={"ordering": ("set_at", "number")},
        ),
        migrations.AddConstraint(
            model_name="approvalcondition",
            constraint=models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(met_by_id__isnull=False, note__gt=""),
                name="deployments_condition_met_how",
            ),
        ),
        tenant_policy(CONDITION),
        same_force(CONDITION, "deployment_id", "deployments_deployment"),
        restrict(CONDITION, "SELECT", "INSERT", "UPDATE"),
    ]
