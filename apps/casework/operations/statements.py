"""That there was none so far: a person says it, of a deployment or of a period, and the day is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.casework.data import CASE_WORDS, CaseKind
from apps.casework.models import NoneStatement
from apps.casework.operations.shared import begun, record
from apps.casework.policies import check_works
from apps.casework.summaries import cases_of_deployments, cases_of_period, totals
from apps.core.clock import london
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id


@dataclass(frozen=True, slots=True)
class OfWhat:
    """A deployment, or the days from `first` to `last`."""

    deployment_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@transaction.atomic
def state_none(*, kinds: Collection[CaseKind], of: OfWhat, actor: Actor, now: datetime) -> None:
    """Say that there is none of these classes. Raises NotFound, NotPermitted, and RuleViolated where there is
    one all the same, or where the period is not over."""
    actor_id = check_works(actor)
    if not kinds:
        raise RuleViolated(["Choose of which classes there was none."], code="kinds")
    begun(of.deployment_id)
    _check_none(kinds, of, now)
    rows = [
        NoneStatement(
            kind=kind,
            deployment_id=of.deployment_id,
            first=of.first,
            last=of.last,
            actor_id=actor_id,
            actor_label=actor.label,
            recorded_at=now,
        )
        for kind in sorted(set(kinds))
    ]
    NoneStatement.objects.bulk_create(rows)
    payload = {
        "kinds": [str(row.kind) for row in rows],
        "first": of.first.isoformat() if of.first else None,
        "last": of.last.isoformat() if of.last else None,
    }
    about = "deployment" if of.deployment_id else "casework"
    record(actor, "none_stated", about, of.deployment_id or current_force_id(), payload, now)


def _check_none(kinds: Collection[CaseKind], of: OfWhat, now: datetime) -> None:
    if of.deployment_id is not None:
        found = totals(cases_of_deployments([of.deployment_id], now)[of.deployment_id])
    else:
        if of.first is None or of.last is None or not of.first <= of.last <= london(now).date():
            raise RuleViolated(
                ["Give a first and a last day, in this order, and none that is still to come."], code="period"
            )
        found = totals(cases_of_period(of.first, of.last, now))
    there = [f"{CASE_WORDS[kind]}: {found[kind]} recorded, so it cannot be said that there was none."
             for kind in sorted(set(kinds)) if found[kind]]  # fmt: skip
    if there:
        raise RuleViolated(there, code="there")
