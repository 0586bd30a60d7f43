"""An alert waits and nobody who may decide on it is at a console: everybody at the deployment is told.

Looked at by the sweep, every few seconds. It ends by itself: somebody came, or nothing waits any more. It
changes nothing of the alert, whose time goes on and ends in "no stop".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from apps.alerts.data import AlertState, Step
from apps.alerts.models import Alert, Escalation
from apps.alerts.presence import missing_steps, present
from apps.audit import api as audit
from apps.core import events
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.core.wording import say_clock
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState

RUNNING = frozenset({DeploymentState.LIVE, DeploymentState.SUSPENDED})
WHO = {Step.OPERATOR: "an operator", Step.ENGAGEMENT: "an engagement officer"}
STEP_OF = {
    AlertState.RAISED: Step.OPERATOR,
    AlertState.UNSURE: Step.OPERATOR,
    AlertState.DISPATCHED: Step.ENGAGEMENT,
}


@dataclass(frozen=True)
class OpenEscalation:
    """That alerts of one step have waited for nobody since `waits_since`; `waiting` is of when it began."""

    deployment_id: UUID
    step: Step
    first_number: int
    waiting: int
    waits_since: datetime
    began_at: datetime

    @property
    def words(self) -> str:
        return (
            f"Alert {self.first_number} or a later one has waited for {WHO[self.step]} since"
            f" {say_clock(self.waits_since)}, and nobody who may decide is at a console."
        )


@dataclass(frozen=True)
class _Waits:
    """What waits on one step: the number of the first, since when, and how many."""

    first_number: int
    since: datetime
    count: int


def escalate(*, now: datetime) -> int:
    """Open and end what is due in the open force. Returns how many began. One query where nothing waits."""
    waiting = _waiting(now)
    standing = {(row.deployment_id, Step(row.step)): row for row in _open_rows()}
    missing = {
        deployment_id: _missing(deployment_id, now)
        for deployment_id in {key[0] for key in (*waiting, *standing)}
    }
    due = {
        key: waits
        for key, waits in waiting.items()
        if key[1] in missing[key[0]] and (key in standing or _is_late(key[0], waits, now))
    }
    for key, row in standing.items():
        if key not in due:
            _end(row.id, now)
    return sum(_begin(*key, waits, now) for key, waits in due.items() if key not in standing)


def _missing(deployment_id: UUID, now: datetime) -> frozenset[Step]:
    """After the end nobody has to sit at a console."""
    if deployments.get(deployment_id=deployment_id).state not in RUNNING:
        return frozenset()
    return missing_steps(present(deployment_id=deployment_id, now=now))


def open_escalations(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[OpenEscalation, ...]]:
    """By deployment, the operators' first. One query."""
    found: dict[UUID, tuple[OpenEscalation, ...]] = defaultdict(tuple)
    for row in _open_rows().filter(deployment_id__in=deployment_ids).order_by("-step"):
        found[row.deployment_id] += (
            OpenEscalation(
                deployment_id=row.deployment_id,
                step=Step(row.step),
                first_number=row.first_number,
                waiting=row.waiting,
                waits_since=row.waits_since,
                began_at=row.began_at,
            ),
        )
    return found


def escalation_words(escalations: Sequence[OpenEscalation]) -> str:
    """For a banner; empty when nothing has escalated."""
    return " ".join(each.words for each in escalations)


def _open_rows() -> QuerySet[Escalation]:
    return Escalation.objects.filter(ended_at__isnull=True)


def _waiting(now: datetime) -> dict[tuple[UUID, Step], _Waits]:
    """What waits now. Whose time is over waits for nobody, also when no sweep has said so yet."""
    undecided = Q(state__in=[AlertState.RAISED, AlertState.UNSURE], expires_at__gt=now)
    rows = Alert.objects.filter(undecided | Q(state=AlertState.DISPATCHED), decoy=False).annotate(
        # What asks since when: the last decision, or the raising.
        asked_at=Coalesce(Max("decisions__decided_at"), F("raised_at"))
    )
    found: dict[tuple[UUID, Step], _Waits] = {}
    for deployment_id, state, number, asked_at in rows.order_by("number").values_list(
        "deployment_id", "state", "number", "asked_at"
    ):
        key = (deployment_id, STEP_OF[AlertState(state)])
        before = found.get(key)
        if before is None or asked_at < before.since:
            found[key] = _Waits(number, asked_at, (before.count if before else 0) + 1)
        else:
            found[key] = _Waits(before.first_number, before.since, before.count + 1)
    return found


def _is_late(deployment_id: UUID, waits: _Waits, now: datetime) -> bool:
    rules = deployments.rules_of(deployments.get(deployment_id=deployment_id))
    return now - waits.since >= timedelta(seconds=rules.escalation_s)


@transaction.atomic
def _begin(deployment_id: UUID, step: Step, waits: _Waits, now: datetime) -> bool:
    """Whether this call opened it: of two sweeps at once one does."""
    row = Escalation(
        deployment_id=deployment_id,
        step=step,
        waits_since=waits.since,
        first_number=waits.first_number,
        waiting=waits.count,
        began_at=now,
    )
    Escalation.objects.bulk_create([row], ignore_conflicts=True)
    if not Escalation.objects.filter(id=row.id).exists():
        return False
    payload = {"step": step.value, "number": waits.first_number, "waiting": waits.count}
    _record(deployment_id, "alert.escalated", payload, now)
    events.emit(kind="alert.escalated", subject_id=deployment_id, payload=payload, now=now)
    return True


@transaction.atomic
def _end(escalation_id: UUID, now: datetime) -> None:
    row = Escalation.objects.select_for_update().filter(id=escalation_id, ended_at__isnull=True).first()
    if row is None:
        return
    row.ended_at = max(now, row.began_at)
    row.save(update_fields=["ended_at"])
    lasted = int((row.ended_at - row.began_at).total_seconds())
    _record(row.deployment_id, "alert.escalation_ended", {"step": row.step, "seconds": lasted}, now)


def _record(deployment_id: UUID, verb: str, payload: Mapping[str, object], now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="escalation"),
        verb=verb,
        object_type="deployment",
        object_id=deployment_id,
        payload=dict(payload),
        now=now,
    )
