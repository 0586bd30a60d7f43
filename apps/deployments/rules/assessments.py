"""Which assessments a plan rests on, whether they are in force, and which lapse soon (domain.md §2 and §9).

Nothing here reads the database or a clock.
"""

from __future__ import annotations

import re
import unicodedata
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
# Together with a folder still short enough for every file system.
LONGEST_NAME = 120
CHOOSE_ANOTHER = "The planner chooses another one; that needs a new approval."
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
    def file_name(self) -> str:
        """What somebody finds again among their downloads, for instance "dpia-vans-in-towns-2.1.pdf"."""
        return file_name(self.kind, self.title, self.version)

    @property
    def ref(self) -> AssessmentRef:
        """How an authority names it."""
        return AssessmentRef(self.kind, self.id, self.sha256)

    def is_in_force(self, day: date) -> bool:
        return self.in_force_from <= day <= self.in_force_until

    def covers(self, start: datetime, end: datetime) -> bool:
        """Whether it is in force on every day of a window."""
        return all(self.is_in_force(day) for day in window_days(start, end))


def file_name(kind: str, title: str, version: str) -> str:
    """Letters of every country become plain ones or go; nothing in it can end the header that carries it."""
    plain = unicodedata.normalize("NFKD", f"{kind}-{title}-{version}").encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+(?:\.[0-9]+)*", plain.lower()))[:LONGEST_NAME] + ".pdf"


@dataclass(frozen=True)
class Chosen:
    """An assessment as an authority names it, with what is on record about it; `row` is None where that is
    not the same file."""

    ref: AssessmentRef
    row: AssessmentData | None

    @property
    def kind_words(self) -> str:
        return KIND_WORDS.get(self.ref.kind, self.ref.kind)

    @property
    def name(self) -> str:
        """For instance "Vans in town centres, version 2"."""
        return "not among the assessments of the force" if self.row is None else self.row.name

    @property
    def in_force(self) -> str:
        """For instance "in force from 1 March 2026 to 28 February 2027"; empty where that is not known."""
        if self.row is None:
            return ""
        early = f", ended early: {self.row.end_reason.rstrip('.')}" if self.row.end_reason else ""
        return f"in force {_span(self.row)}{early}"


def chosen(authority: Authority, known: Mapping[UUID, AssessmentData]) -> tuple[Chosen, ...]:
    """Every assessment that the authority names, in its order."""
    return tuple(Chosen(ref, _found(ref, known)) for ref in authority.assessments)


def no_longer_assessed(authority: Authority, known: Mapping[UUID, AssessmentData]) -> list[str]:
    """What the authority rested on when it was approved and can rest on no more, in words for those who have
    to mend it: an assessment that was ended, or replaced, before the window is over."""
    reasons = []
    named = {ref.kind for ref in authority.assessments}
    # What is not needed may have lapsed when it was approved already.
    for kind in (kind for kind in needed(authority) if kind in named):
        rows = [row for row in _chosen(authority, known) if row.kind == kind]
        days = window_days(authority.window_start, authority.window_end)
        if rows and all(any(row.is_in_force(day) for row in rows) for day in days):
            continue
        reasons.append(_no_more(kind, rows))
    return reasons


def _no_more(kind: str, rows: list[AssessmentData]) -> str:
    words = KIND_WORDS.get(kind, "assessment")
    if not rows:
        return f"The {words} that was approved is not among those of the force any more. {CHOOSE_ANOTHER}"
    last = max(rows, key=lambda row: row.in_force_until)
    why = f" ({last.end_reason.rstrip('.')})" if last.end_reason else ""
    until = f"is in force until {_day(last.in_force_until)} only{why}"
    return f"The {words} that was approved, {last.name}, {until}. {CHOOSE_ANOTHER}"


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
        Lack(
            f"The {KIND_WORDS.get(ref.kind, 'assessment')} of this plan is not among those of the force. "
            "Choose it again.",
            FIELD,
            ref.kind if ref.kind in KIND_WORDS else "",
        )
        for ref, row in zip(authority.assessments, chosen, strict=True)
        if row is None
    ]
    present = [row for row in chosen if row is not None]
    for kind in needed(authority):
        found = _lacking(kind, [row for row in present if row.kind == kind], authority)
        reasons += [Lack(words, FIELD, kind) for words in found]
    return reasons


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
