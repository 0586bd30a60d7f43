"""Arrests of a stage, and cases entered as people enter them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from apps.alerts.data import Outcome
from apps.alerts.models import Alert, AlertOutcome
from apps.casework import operations
from apps.casework.data import About, BreachKind, HoursRole, How, LineData, Offence, RequestKind, Result, Risk
from apps.core.clock import london, utc_now
from apps.core.data import Actor, Role
from tests.support.alert_stage import Stage

# Things that a complainant's case is called by the force.
OWN = "PSD/123/26"
WORDS = "The file was read and the officers were asked."
LINES = (
    LineData(HoursRole.SILVER, 1, Decimal("7.50"), Decimal("412.00")),
    LineData(HoursRole.OPERATOR, 3, Decimal(24)),
)


def arrested(stage: Stage, *, volunteer: bool = False) -> int:
    """The number of an alert that ended in an arrest, long enough ago for the next one of the same person."""
    alert = stage.raise_alert(track_id=uuid4().hex)
    now = utc_now()
    with stage.context():
        Alert.objects.filter(id=alert.id).update(
            state="outcome_recorded", raised_at=now - timedelta(hours=1), counted_apart=volunteer
        )
        AlertOutcome.objects.create(
            alert_id=alert.id,
            outcome=Outcome.ARREST,
            actor_id=stage.officer.actor.id,
            actor_label="officer",
            recorded_at=now,
        )
    return alert.number


def worker(stage: Stage, role: Role = Role.FORCE_ADMIN) -> Actor:
    """Somebody of the force who had no duty on the deployment."""
    return stage.person(f"works {role}", role).actor


def do(stage: Stage, operation: Any, *, actor: Actor | None = None, now: Any = None, **asked: Any) -> Any:
    actor = actor or worker(stage)
    return stage.within(operation, actor=actor, now=now or utc_now(), **asked)


def hours(stage: Stage, *, seen: int = 0, reason: str = "", lines: Any = LINES, **more: Any) -> int:
    asked = {"deployment_id": stage.deployment_id, "lines": lines, "seen_version": seen, "reason": reason}
    return int(do(stage, operations.record_hours, **(asked | more)))


def result(stage: Stage, number: int, *, seen: int = 0, reason: str = "", **changes: Any) -> int:
    more = {name: changes.pop(name) for name in ("actor", "now", "deployment_id") if name in changes}
    entry = {
        "result": Result.CHARGED,
        "decided_on": london(utc_now()).date(),
        "offence": Offence.SEXUAL,
        "on_purpose": True,
    }
    asked = {
        "deployment_id": stage.deployment_id,
        "alert_number": number,
        "entry": operations.ArrestEntry(**(entry | changes)),
        "seen_version": seen,
        "reason": reason,
    }
    return int(do(stage, operations.record_arrest, **(asked | more)))


def complaint(stage: Stage, *, actor: Actor | None = None, now: Any = None, **changes: Any) -> UUID:
    entered = {
        "received_on": london(utc_now()).date(),
        "how": How.LETTER,
        "about": About.STOP,
        "own_reference": OWN,
        "deployment_id": stage.deployment_id,
    }
    new = operations.NewComplaint(**(entered | changes))
    return UUID(str(do(stage, operations.enter_complaint, entered=new, actor=actor, now=now)))


def breach(stage: Stage, *, actor: Actor | None = None, now: Any = None, **changes: Any) -> UUID:
    entered = {
        "became_aware_at": utc_now() - timedelta(hours=1),
        "kind": BreachKind.PERSONAL_DATA,
        "risk": Risk.RISK,
        "summary": "A printed list was left on a desk.",
        "deployment_id": stage.deployment_id,
    }
    new = operations.NewBreach(**(entered | changes))
    return UUID(str(do(stage, operations.enter_breach, entered=new, actor=actor, now=now)))


def rights_request(stage: Stage, *, actor: Actor | None = None, now: Any = None, **changes: Any) -> UUID:
    entered = {
        "received_on": london(utc_now()).date(),
        "kind": RequestKind.ACCESS,
        "own_reference": "DP/17/26",
        "deployment_id": stage.deployment_id,
    }
    new = operations.NewRequest(**(entered | changes))
    return UUID(str(do(stage, operations.enter_request, entered=new, actor=actor, now=now)))
