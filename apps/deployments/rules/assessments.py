"""Which assessments a plan rests on, whether they are in force, and which lapse soon (domain.md §2 and §9).

Nothing here reads the database or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.core.clock import london
from apps.core.errors import RuleViolated
from apps.core.wording import say_list
from apps.deployments.data import AssessmentKind, AssessmentRef, Authority
from apps.deployments.rules.authority import Lack
from apps.deployments.rules.staffing import window_days

KIND_WORDS: Mapping[str, str] = {
    AssessmentKind.DPIA: "data protection impact assessment",
    AssessmentKind.EIA: "equality impact assessment",
    AssessmentKind.CIA: "community impact assessment",
    AssessmentKind.BIAS: "bias evidence of the recognition model",
}
# Whoever walks past a rehearsal is measured too, so it needs the first two.
REHEARSAL_KINDS = (AssessmentKind.DPIA, AssessmentKind.EIA)
# The field of a plan in which all of this is put right.
FIELD = "assessments"
# An assessment that ends so soon after the window should be looked at before the next deployment.
LAPSES_SOON = timedelta(days=30)


@dataclass(frozen=True)
class AssessmentData:
    """One version of an assessment. Days of the London calendar, both included."""

    id: UUID
    kind: str
    title: str
    version: str
    in_force_from: date
    in_force_until: date
    pack_id: str
    is_public: bool
    sha256: str
    size: int
    replaces_id: UUID | None
    uploaded_by: str
    uploaded_at: datetime
    ended_by: str = ""
    end_reason: str = ""

    @property
    def name(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def ref(self) -> AssessmentRef:
        """How an authority names it."""
        return AssessmentRef(self.kind, self.id, self.sha256)

    def is_in_force(self, day: date) -> bool:
        return self.in_force_from <= day <= self.in_force_until

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether it is in force on every day of a window."""
        return all(self.is_in_force(day) for day in window_days(start, end))


def needed(authority: Authority) -> tuple[AssessmentKind, ...]:
    return REHEARSAL_KINDS if authority.rehearsal else tuple(AssessmentKind)


def check_assessed(authority: Authority, known: Mapping[UUID, AssessmentData]) -> None:
    """Raises RuleViolated with every assessment that is missing or not in force on a day of the window."""
    reasons = unassessed(authority, known)
    if reasons:
        raise RuleViolated(reasons, code="not_submittable")


def unassessed(authority: Authority, known: Mapping[UUID, AssessmentData]) -> list[Lack]:
    """What keeps the plan from an officer. `known` holds at least the assessments that the plan names."""
    chosen = [_found(ref, known) for ref in authority.assessments]
    reasons = [
        f"The {KIND_WORDS.get(ref.kind, 'assessment')} of this plan is not among those of the force. "
        "Choose it again."
        for ref, row in zip(authority.assessments, chosen, strict=True)
        if row is None
    ]
    present = [row for row in chosen if row is not None]
    for kind in needed(authority):
        reasons += _lacking(kind, [row for row in present if row.kind == kind], authority)
    return [Lack(words, FIELD) for words in reasons]


def _found(ref: AssessmentRef, known: Mapping[UUID, AssessmentData]) -> AssessmentData | None:
    row = known.get(ref.id)
    return row if row is not None and row.ref == ref else None


def _lacking(kind: AssessmentKind, rows: list[AssessmentData], authority: Authority) -> list[str]:
    words = KIND_WORDS[kind]
    if not rows:
        wanted = words if kind is AssessmentKind.BIAS else f"the {words} ({kind.upper()})"
        return [f"Choose {wanted} that is in force on the day: the plan names none."]
    if kind is AssessmentKind.BIAS:
        rows = [row for row in rows if row.pack_id == authority.pack_id]
        if not rows:
            return [f"The {words} is of another model. Choose that of {authority.pack_id}."]
    days = window_days(authority.window_start, authority.window_end)
    open_days = [day for day in days if not any(row.is_in_force(day) for row in rows)]
    if not open_days:
        return []
    spans = say_list([_span(row) for row in rows])
    return [
        f"The {words} is not in force on {_day(open_days[0])}: it is in force {spans}. "
        "Choose another version."
    ]


def lapsing(authority: Authority, known: Mapping[UUID, AssessmentData], *, now: datetime) -> list[str]:
    """What an officer should know although nothing forbids it: what ends before the window or soon after."""
    start, last = (
        london(authority.window_start).date(),
        window_days(authority.window_start, authority.window_end)[-1],
    )
    notes = []
    for row in _chosen(authority, known):
        if row.in_force_until < start:
            when = "has lapsed" if row.in_force_until < london(now).date() else "lapses before the window"
            notes.append(f"{row.name} ({row.kind_words}) {when}: its last day is {_day(row.in_force_until)}.")
        elif row.in_force_until < last + LAPSES_SOON:
            last_day = _day(row.in_force_until)
            notes.append(
                f"{row.name} ({row.kind_words}) lapses soon after the window: its last day is {last_day}."
            )
    return notes


def _chosen(authority: Authority, known: Mapping[UUID, AssessmentData]) -> Iterable[AssessmentData]:
    return (row for ref in authority.assessments if (row := _found(ref, known)) is not None)


def _span(row: AssessmentData) -> str:
    return f"from {_day(row.in_force_from)} to {_day(row.in_force_until)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
