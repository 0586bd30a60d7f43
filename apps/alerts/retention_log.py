"""The decision log's row of the retention table: alerts with what was decided on them go by the years."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from apps.alerts.engagement_retention import erase
from apps.alerts.models import Alert, Engagement
from apps.audit import api as audit
from apps.core import retention as registry
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments

DATA_CLASS = "decision_log"
SHOWN = 20
PUBLIC = registry.PublicRow(
    _(
        "The log of alerts, without pictures or measurements: time, camera, similarity, who decided, and what"
        " became of it"
    ),
    registry.BY_SCHEDULE,
    setting="decision_log_years",
)


def _due(now: datetime) -> list[deployments.Over]:
    """Deployments with a log that is past its years, the earliest first. One with a picture left waits for
    the purge of that: it has a deadline of hours, and is told of as overdue."""
    over = deployments.logs_over(now)
    if not over:
        return []
    ids = [each.id for each in over]
    held = with_pictures(ids)
    logged = set(Alert.objects.filter(deployment_id__in=ids).values_list("deployment_id", flat=True))
    return [each for each in over if each.id in logged - held]


def with_pictures(ids: Collection[UUID]) -> set[UUID]:
    rows = Alert.objects.filter(deployment_id__in=ids, purged_at__isnull=True)
    return set(rows.values_list("deployment_id", flat=True))


def due_count(now: datetime) -> int:
    return len(_due(now))


@transaction.atomic
def purge(now: datetime) -> list[PurgeResult]:
    """The log of up to BATCH deployments; a result for each. The deployments are locked first, so that of two
    schedulers at once only one counts and deletes."""
    due = {each.id: each for each in deployments.lock_over(_due(now)[: deployments.BATCH])}
    if not due:
        return []
    gone = {each: counts for each, counts in delete_logs(list(due), now).items() if counts}
    actor = Actor.system(force_id=current_force_id(), label="decision log purge")
    for deployment_id, counts in gone.items():
        audit.record(
            actor=actor,
            verb="alert.log_deleted",
            object_type="deployment",
            object_id=deployment_id,
            payload={"due_at": due[deployment_id].due_at.isoformat(), "counts": dict(counts)},
            now=now,
        )
    return [PurgeResult(DATA_CLASS, each, dict(counts), due[each].due_at) for each, counts in gone.items()]


def delete_logs(ids: Collection[UUID], now: datetime) -> dict[UUID, dict[str, int]]:
    """By deployment, without those that had none. What the looks add up to is kept before they go."""
    erase(Engagement.objects.filter(deployment_id__in=ids, texts_erased_at__isnull=True), now)
    found = deployments.delete_rows("alerts_delete_logs", ids)
    return {each: deployments.told(counts) for each, counts in found.items()}


def _forget(ids: Collection[UUID], now: datetime) -> Mapping[UUID, Mapping[str, int]]:
    """With the deployment: its counter, and the log where a rule that should have come first has not."""
    gone = delete_logs(ids, now)
    deployments.delete_rows("alerts_delete_counters", ids)
    return gone


def verify(now: datetime) -> list[str]:
    """One line for each of the first logs that should be gone and are not, and for what came back."""
    late = [f"decision log of {each.id}: past its years and not deleted" for each in _due(now)]
    deleted = deployments.logs_deleted()
    back = Alert.objects.filter(deployment_id__in=deleted).order_by().values_list("deployment_id", flat=True)
    return [*late, *(f"decision log of {each}: deleted and here again" for each in back.distinct())][:SHOWN]


def register() -> None:
    registry.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=PUBLIC.title,
            kept=PUBLIC.kept,
            setting=PUBLIC.setting,
            source="docs/domain.md §6; ADR 23; the force's setting decision_log_years",
            models=("alerts.Alert", "alerts.Decision", "alerts.AlertOutcome", "alerts.Escalation"),
            due_count=due_count,
            purge=purge,
            verify=verify,
            verified_how="no alert, decision or outcome past its years is left",
            counted_from=(
                "The last thing that happened on the deployment: its end, or the last decision or"
                " change after it."
            ),
            destroyed_how=(
                "The rows are deleted by a function of the database that counts the years itself. How"
                " people looked stays as sums over all deployments."
            ),
            elsewhere=registry.READABLE,
            batched=True,
        )
    )
    deployments.goes_along(deployments.Companion(name="alerts", forget=_forget, held=with_pictures))
