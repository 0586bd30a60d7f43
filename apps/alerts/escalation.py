"""An alert waits and nobody who may decide on it is at a console: everybody at the deployment is told.

Looked at by the sweep, every few seconds. It ends by itself: somebody came, or nothing waits any more. It
changes nothing of the alert, whose time goes on and ends in "no stop".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from apps.alerts.data import UNDECIDED, AlertState, Step
from apps.alerts.models import Alert, Decision, Escalation
from apps.alerts.presence import Present, present
from apps.audit import api as audit
from apps.core import events
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.core.wording import say_clock
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.forces import api as forces

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
    """One alert that waits: its number, since when, and whoever has decided on it, whose turn it is not."""

    number: int
    since: datetime
    not_for: frozenset[UUID]


def escalate(*, now: datetime) -> int:
    """Open and end what is due in the open force. Returns how many began. Two queries where nothing waits.

    While nobody can say who is there (Valkey is away), what has escalated stays, and nothing else begins.
    """
    waiting = _waiting(now)
    standing = {(row.deployment_id, Step(row.step)): row for row in _open_rows()}
    there = {
        deployment_id: _there(deployment_id, now)
        for deployment_id in {key[0] for key in (*waiting, *standing)}
    }
    began = 0
    for key in {*waiting, *standing}:
        people, row = there[key[0]], standing.get(key)
        if people is None:
            continue
        alone = [waits for waits in waiting.get(key, ()) if not _is_served(waits, key[1], people.present)]
        if row is not None and (people.over or not alone):
            _end(row.id, now)
        elif row is None and alone and not people.over and _is_late(*key, alone, now):
            began += _begin(*key, alone, now)
    return began


@dataclass(frozen=True)
class _There:
    """Who is at the consoles of a deployment; `over`: nobody has to be any more."""

    present: tuple[Present, ...] = ()
    over: bool = False


def _there(deployment_id: UUID, now: datetime) -> _There | None:
    """None while nobody can say."""
    if deployments.get(deployment_id=deployment_id).state not in RUNNING:
        return _There(over=True)
    found = present(deployment_id=deployment_id, now=now)
    return None if found is None else _There(found)


def _is_served(waits: _Waits, step: Step, there: Sequence[Present]) -> bool:
    """Whether somebody is there who may decide on this very alert: an "unsure" is another operator's."""
    return any(step in person.steps and person.person_id not in waits.not_for for person in there)


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


def _waiting(now: datetime) -> Mapping[tuple[UUID, Step], list[_Waits]]:
    """What waits now, by number. Whose time is over waits for nobody, also when no sweep has said so yet; nor
    does what was dispatched and has no pictures any more: nobody can engage on it."""
    rows = (
        Alert.objects.filter(state__in=UNDECIDED, expires_at__gt=now, decoy=False)
        .filter(purged_at__isnull=True, purge_due_at__gt=now)
        # What asks since when: the last decision, or the raising.
        .annotate(asked_at=Coalesce(Max("decisions__decided_at"), F("raised_at")))
    )
    found = list(rows.order_by("number").values_list("id", "deployment_id", "state", "number", "asked_at"))
    decided = _deciders(alert_id for alert_id, _, state, *_ in found if state != AlertState.RAISED)
    waits: dict[tuple[UUID, Step], list[_Waits]] = defaultdict(list)
    for alert_id, deployment_id, state, number, asked_at in found:
        key = (deployment_id, STEP_OF[AlertState(state)])
        waits[key].append(_Waits(number, asked_at, frozenset(decided[alert_id])))
    return waits


def _deciders(alert_ids: Iterable[UUID]) -> Mapping[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if ids := list(alert_ids):
        for alert_id, actor_id in Decision.objects.filter(alert_id__in=ids).values_list(
            "alert_id", "actor_id"
        ):
            found[alert_id].add(actor_id)
    return found


def _is_late(deployment_id: UUID, step: Step, waits: Collection[_Waits], now: datetime) -> bool:
    rules = deployments.rules_of(deployments.get(deployment_id=deployment_id))
    after_s: float = rules.escalation_s
    if step is Step.OPERATOR:
        after_s = forces.first_told_after_s(rules.escalation_s, rules.decision_expiry_s)
    return now - min(each.since for each in waits) >= timedelta(seconds=after_s)


@transaction.atomic
def _begin(deployment_id: UUID, step: Step, waits: Collection[_Waits], now: datetime) -> bool:
    """Whether this call opened it: of two sweeps at once one does."""
    first = min(waits, key=lambda each: (each.since, each.number))
    row = Escalation(
        deployment_id=deployment_id,
        step=step,
        waits_since=first.since,
        first_number=first.number,
        waiting=len(waits),
        began_at=now,
    )
    Escalation.objects.bulk_create([row], ignore_conflicts=True)
    if not Escalation.objects.filter(id=row.id).exists():
        return False
    payload = {"step": step.value, "number": first.number, "waiting": len(waits)}
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
