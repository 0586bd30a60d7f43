"""What the pages of casework show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from apps.casework.data import BreachKind, CaseKind, HoursRole, LineData, RequestKind, Risk
from apps.deployments.data import DeploymentData


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list. `what` and `state` are words; `due` says by when, `is_overdue` that it is past."""

    kind: CaseKind
    id: UUID
    number: int
    reference: str
    what: str
    state: str
    is_open: bool
    came: str
    due: str
    is_overdue: bool
    deployment_reference: str
    deployment_id: UUID | None


@dataclass(frozen=True, slots=True)
class StepRow:
    label: str
    words: str
    by: str
    at: datetime
    no_part: bool = False


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case: what came in as pairs of label and words, its steps, and the steps that somebody may take."""

    row: CaseRow
    facts: tuple[tuple[str, str], ...]
    steps: tuple[StepRow, ...]
    can: frozenset[str]
    # Why a step that is theirs by role is not theirs here.
    refusal: str = ""
    # Whoever ends it says that they had no part in what it is about.
    asks_part: bool = False


@dataclass(frozen=True, slots=True)
class Afterwards:
    """How the casework of one deployment stands, in words of a line each."""

    hours: str
    arrests: str
    complaints: str


@dataclass(frozen=True, slots=True)
class BreachPage:
    """What a breach's page shows beside the rest: what was done, for its form."""

    page: CasePage
    kind: BreachKind
    risk: Risk
    became_aware_at: datetime
    tell_by: datetime | None
    ico_told_at: datetime | None
    ico_reason: str
    people_told: bool | None
    people_reason: str
    measures: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    page: CasePage
    kind: RequestKind
    due_on: date


@dataclass(frozen=True, slots=True)
class HoursVersionRow:
    number: int
    reason: str
    by: str
    at: datetime
    lines: tuple[LineData, ...]

    @property
    def hours(self) -> Decimal:
        return sum((line.hours for line in self.lines), Decimal())


@dataclass(frozen=True, slots=True)
class ArrestVersionRow:
    number: int
    result: str
    result_code: str
    decided_on: date
    offence: str
    offence_code: str
    on_purpose: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ArrestRow:
    """An arrest of an alert; without versions its result is not recorded."""

    alert_number: int
    versions: tuple[ArrestVersionRow, ...]

    @property
    def latest(self) -> ArrestVersionRow | None:
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of cases of a deployment: how many, and when somebody said that there is none."""

    kind: CaseKind
    words: str
    total: int
    stated_at: datetime | None
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class DeploymentPage:
    deployment: DeploymentData
    hours: tuple[HoursVersionRow, ...]
    arrests: tuple[ArrestRow, ...]
    classes: tuple[ClassRow, ...]

    @property
    def latest_hours(self) -> HoursVersionRow | None:
        return self.hours[-1] if self.hours else None

    @property
    def typed(self) -> Mapping[HoursRole, LineData]:
        """The lines that hold, for the form that corrects them."""
        return {line.role: line for line in self.latest_hours.lines} if self.latest_hours else {}


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A deployment of the list, with what is not recorded of it."""

    deployment: DeploymentData
    hours_recorded: bool
    arrests: int
    without: int


@dataclass(frozen=True, slots=True)
class Board:
    overdue: tuple[CaseRow, ...]
    open: tuple[CaseRow, ...]
    deployments: tuple[MissingRow, ...]
    older: str | None
    newer: str | None
