"""Hours and cost of a deployment, and what came of its arrests. Versions are added, never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.casework.data import LineData, Offence, Result
from apps.casework.models import ArrestResult, HoursLine, HoursVersion
from apps.casework.operations.shared import begun, check_alert, hold, record
from apps.casework.policies import check_works
from apps.casework.wording import check_words, needed
from apps.core.clock import london
from apps.core.data import Actor
from apps.core.errors import RuleViolated

WHY = "Why it is corrected"
MEANWHILE = "Somebody entered another version meanwhile. Look at it, then correct it if it is still wrong."
# What columns hold, far above any day.
MOST_PEOPLE, MOST_HOURS, MOST_COST = 9_999, Decimal(99_999), Decimal(99_999_999)


@dataclass(frozen=True, slots=True)
class ArrestEntry:
    result: Result
    decided_on: date
    offence: Offence
    on_purpose: bool


@transaction.atomic
def record_hours(
    *,
    deployment_id: UUID,
    lines: Collection[LineData],
    seen_version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Enter the hours of a deployment; returns the version. `seen_version` is the one corrected, 0 of none.

    Raises NotFound, NotPermitted, RuleViolated.
    """
    actor_id = check_works(actor)
    begun(deployment_id)
    hold(f"hours {deployment_id}")
    latest = HoursVersion.objects.filter(deployment_id=deployment_id).order_by("-number").first()
    _check_version(latest.number if latest else 0, seen_version, reason)
    _check_lines(lines)
    row = HoursVersion.objects.create(
        deployment_id=deployment_id,
        number=seen_version + 1,
        reason=reason.strip() if seen_version else "",
        actor_id=actor_id,
        actor_label=actor.label,
        recorded_at=now,
    )
    HoursLine.objects.bulk_create(
        HoursLine(version=row, role=line.role, people=line.people, hours=line.hours, cost=line.cost)
        for line in lines
    )
    payload = {"version": row.number, "hours": str(sum(line.hours for line in lines)), "lines": len(lines)}
    record(actor, "hours_recorded", "deployment", deployment_id, payload, now)
    return int(row.number)


def _check_version(latest: int, seen: int, reason: str) -> None:
    if latest != seen:
        raise RuleViolated([MEANWHILE], code="meanwhile")
    if seen:
        check_words({WHY: reason})
        if problem := needed(WHY, reason):
            raise RuleViolated([problem], code="reason")


def _check_lines(lines: Collection[LineData]) -> None:
    if not lines:
        raise RuleViolated(["Enter the hours of somebody: no line has any."], code="lines")
    if len({line.role for line in lines}) != len(lines):
        raise RuleViolated(["A role has one line."], code="lines")
    for line in lines:
        fits = 0 < line.people <= MOST_PEOPLE and 0 < line.hours <= MOST_HOURS
        if not fits or not 0 <= (line.cost or 0) <= MOST_COST:
            raise RuleViolated(
                ["Every line has at least one person, some hours, and no negative cost."], code="lines"
            )


@transaction.atomic
def record_arrest(
    *,
    deployment_id: UUID,
    alert_number: int,
    entry: ArrestEntry,
    seen_version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Enter what came of an arrest; returns the version. Raises as `record_hours`."""
    actor_id = check_works(actor)
    deployment = begun(deployment_id)
    check_alert(deployment_id, alert_number, arrested=True)
    hold(f"arrest {deployment_id} {alert_number}")
    of_arrest = ArrestResult.objects.filter(deployment_id=deployment_id, alert_number=alert_number)
    latest = of_arrest.order_by("-number").first()
    _check_version(latest.number if latest else 0, seen_version, reason)
    began = deployment.started_at if deployment else None
    if entry.decided_on > london(now).date() or (began and entry.decided_on < london(began).date()):
        raise RuleViolated(
            ["The day of the result is not before the deployment and not to come."], code="decided_on"
        )
    row = ArrestResult.objects.create(
        deployment_id=deployment_id,
        alert_number=alert_number,
        number=seen_version + 1,
        result=entry.result,
        decided_on=entry.decided_on,
        offence=entry.offence,
        on_purpose=entry.on_purpose,
        reason=reason.strip() if seen_version else "",
        actor_id=actor_id,
        actor_label=actor.label,
        recorded_at=now,
    )
    payload = {"alert": alert_number, "version": row.number, "result": str(entry.result)}
    record(actor, "arrest_followed_up", "deployment", deployment_id, payload, now)
    return int(row.number)
