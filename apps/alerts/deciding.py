"""How people decided, over many deployments (domain.md §8, answer 14): how long it took, how often the second
person saw it otherwise, and how often each says yes. Nobody is ranked, and nobody is named here.

Decoys and volunteers of an operational day are in none of it. Needs an open force context.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome, Step
from apps.alerts.models import AlertOutcome, Decision

COUNTED = MappingProxyType({"alert__decoy": False, "alert__counted_apart": False})
YES = frozenset({OperatorDecision.MATCH.value, EngagementDecision.ENGAGE.value})


@dataclass(frozen=True)
class Spread:
    """`number` of times, in seconds: `median_s`, and within `ninth_s` nine of ten. None without any."""

    number: int = 0
    median_s: float | None = None
    ninth_s: float | None = None
    longest_s: float | None = None


@dataclass(frozen=True)
class Accepted:
    """One person in one of the two steps: in how many decisions, and how often they said yes."""

    person_id: UUID
    step: Step
    decisions: int
    yes: int


@dataclass(frozen=True)
class Deciding:
    """`operator` is from the alert to the decision that ended that step, `officer` from there to theirs.

    Of alerts that an operator called a match: `not_engaged` by the officer, `contradicted` by who the person
    was, `ran_out` or waiting without the officer's decision. `second_operator`: alerts that one operator was
    unsure of and another decided.
    """

    operator: Spread
    officer: Spread
    matches: int
    not_engaged: int
    contradicted: int
    unsure: int
    second_operator: int
    ran_out: int
    people: tuple[Accepted, ...]


class _Row(NamedTuple):
    alert_id: UUID
    step: str
    value: str
    actor_id: UUID
    decided_at: datetime
    raised_at: datetime


# How long a decision took, from a number of seconds to below the next; the last band has no end.
BANDS_S = (0, 5, 10, 20, 30, 60, 120)


@dataclass(frozen=True)
class Times:
    """How long the decisions of one step took: as a spread, and how many in each of BANDS_S."""

    spread: Spread
    bands: tuple[int, ...]


def decision_times(*, deployment_id: UUID) -> tuple[Times, Times]:
    """Of one deployment, in one query: the operators' and the engagement officers', as in `Deciding`."""
    found = list(_decisions({"alert__deployment_id": deployment_id}).values())
    matched = [rows for rows in found if _matched(rows)]
    return _times(_operator_s(rows) for rows in found), _times(_officer_s(rows) for rows in matched)


def _times(times: Iterable[float | None]) -> Times:
    known = [max(0.0, each) for each in times if each is not None]
    bands = [0] * len(BANDS_S)
    for each in known:
        bands[bisect_right(BANDS_S, each) - 1] += 1
    return Times(_spread(known), tuple(bands))


def deciding(*, deployment_ids: Collection[UUID]) -> Deciding:
    """In two queries, however many deployments and alerts."""
    of_these = {"alert__deployment_id__in": deployment_ids}
    by_alert = _decisions(of_these)
    wrong = AlertOutcome.objects.filter(**of_these, **COUNTED, outcome=Outcome.RELEASED_IDENTITY_WRONG.value)
    contradicted = set(wrong.values_list("alert_id", flat=True))
    found = list(by_alert.values())
    matched = [rows for rows in found if _matched(rows)]
    unsure = [rows for rows in found if any(row.value == OperatorDecision.UNSURE.value for row in rows)]
    return Deciding(
        operator=_spread(_operator_s(rows) for rows in found),
        officer=_spread(_officer_s(rows) for rows in matched),
        matches=len(matched),
        not_engaged=sum(_last(rows, EngagementDecision.DO_NOT_ENGAGE.value) for rows in matched),
        contradicted=sum(rows[0].alert_id in contradicted for rows in matched),
        unsure=len(unsure),
        second_operator=sum(_operator_s(rows) is not None for rows in unsure),
        ran_out=sum(not _of(rows, Step.ENGAGEMENT) for rows in matched),
        people=_people(row for rows in found for row in rows),
    )


def _decisions(of_these: Mapping[str, Any]) -> Mapping[UUID, list[_Row]]:
    """By alert, each in order of time."""
    rows = Decision.objects.filter(**of_these, **COUNTED).order_by("alert_id", "decided_at")
    names = ("alert_id", "step", "value", "actor_id", "decided_at", "alert__raised_at")
    by_alert: dict[UUID, list[_Row]] = defaultdict(list)
    for values in rows.values_list(*names):
        row = _Row(*values)
        by_alert[row.alert_id].append(row)
    return by_alert


def _of(rows: Sequence[_Row], step: Step) -> list[_Row]:
    return [row for row in rows if row.step == step.value]


def _matched(rows: Sequence[_Row]) -> bool:
    return any(row.value == OperatorDecision.MATCH.value for row in rows)


def _last(rows: Sequence[_Row], value: str) -> bool:
    return bool(rows) and rows[-1].value == value


def _operator_s(rows: Sequence[_Row]) -> float | None:
    """Of an alert that an operator was unsure of and nobody else decided, there is no time."""
    decided = [row for row in _of(rows, Step.OPERATOR) if row.value != OperatorDecision.UNSURE.value]
    return (decided[0].decided_at - decided[0].raised_at).total_seconds() if decided else None


def _officer_s(rows: Sequence[_Row]) -> float | None:
    matched = next(row for row in rows if row.value == OperatorDecision.MATCH.value)
    officers = _of(rows, Step.ENGAGEMENT)
    return (officers[-1].decided_at - matched.decided_at).total_seconds() if officers else None


def _spread(times: Iterable[float | None]) -> Spread:
    found = sorted(max(0.0, each) for each in times if each is not None)
    if not found:
        return Spread()
    # Of so few, nine of ten are all but the longest at most: the value that stands there, none in between.
    return Spread(len(found), found[(len(found) - 1) // 2], found[-(-9 * len(found) // 10) - 1], found[-1])


def _people(rows: Iterable[_Row]) -> tuple[Accepted, ...]:
    """In no order of how often they say yes: by the person's id, which says nothing."""
    found: dict[tuple[UUID, str], list[bool]] = defaultdict(list)
    for row in rows:
        found[row.actor_id, row.step].append(row.value in YES)
    return tuple(
        Accepted(person, Step(step), len(said), sum(said)) for (person, step), said in sorted(found.items())
    )
