"""What people of a force record about a deployment after the day (domain.md §8, questions 16, 21 and 23).

Closed lists with their words, and what the scrutiny report reads: numbers, and no words of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class HoursRole(StrEnum):
    """For whose work hours are recorded: the duties of a deployment, and everything else in one line."""

    PLANNER = "planner"
    AUTHORISING = "authorising"
    SILVER = "silver"
    OPERATOR = "operator"
    ENGAGEMENT = "engagement"
    ENGINEER = "engineer"
    OTHER = "other"


HOURS_LABELS: Mapping[HoursRole, str] = MappingProxyType(
    {
        HoursRole.PLANNER: "Planners",
        HoursRole.AUTHORISING: "Authorising officers",
        HoursRole.SILVER: "Silver commanders",
        HoursRole.OPERATOR: "LFR operators",
        HoursRole.ENGAGEMENT: "LFR engagement officers",
        HoursRole.ENGINEER: "System engineers",
        HoursRole.OTHER: "Everybody else",
    }
)


class Result(StrEnum):
    """What came of an arrest."""

    CHARGED = "charged"
    NO_FURTHER_ACTION = "no_further_action"
    OUT_OF_COURT = "out_of_court"
    UNDER_INVESTIGATION = "under_investigation"
    RECALLED_OR_REMANDED = "recalled_or_remanded"
    OTHER = "other"


RESULT_LABELS: Mapping[Result, str] = MappingProxyType(
    {
        Result.CHARGED: "Charged",
        Result.NO_FURTHER_ACTION: "No further action",
        Result.OUT_OF_COURT: "Caution or another disposal out of court",
        Result.UNDER_INVESTIGATION: "Bailed or under investigation",
        Result.RECALLED_OR_REMANDED: "Recalled or remanded by a court",
        Result.OTHER: "Another lawful disposal",
    }
)


class Offence(StrEnum):
    """Groups of offences, the most serious first."""

    TERRORISM = "terrorism"
    SERIOUS_VIOLENCE = "serious_violence"
    SEXUAL = "sexual"
    WEAPONS = "weapons"
    ROBBERY_BURGLARY = "robbery_burglary"
    DRUGS_SUPPLY = "drugs_supply"
    COURT = "court"
    OTHER_INDICTABLE = "other_indictable"
    SUMMARY_ONLY = "summary_only"


OFFENCE_LABELS: Mapping[Offence, str] = MappingProxyType(
    {
        Offence.TERRORISM: "Terrorism",
        Offence.SERIOUS_VIOLENCE: "Homicide or serious violence",
        Offence.SEXUAL: "Sexual offence",
        Offence.WEAPONS: "Firearm, knife or another weapon",
        Offence.ROBBERY_BURGLARY: "Robbery or burglary",
        Offence.DRUGS_SUPPLY: "Supply of drugs",
        Offence.COURT: "Warrant, recall, broken court order or bail",
        Offence.OTHER_INDICTABLE: "Another offence that the Crown Court can try",
        Offence.SUMMARY_ONLY: "Offence for a magistrates' court only",
    }
)


class ComplaintState(StrEnum):
    RECEIVED = "received"
    UNDER_REVIEW = "under_review"
    UPHELD = "upheld"
    NOT_UPHELD = "not_upheld"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"


COMPLAINT_STATE_LABELS: Mapping[ComplaintState, str] = MappingProxyType(
    {
        ComplaintState.RECEIVED: "Received",
        ComplaintState.UNDER_REVIEW: "Under review",
        ComplaintState.UPHELD: "Upheld",
        ComplaintState.NOT_UPHELD: "Not upheld",
        ComplaintState.RESOLVED: "Resolved",
        ComplaintState.WITHDRAWN: "Withdrawn",
        ComplaintState.REFERRED: "Referred to the Independent Office for Police Conduct",
    }
)


class How(StrEnum):
    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    LETTER = "letter"
    ONLINE = "online"
    THROUGH_ANOTHER = "through_another"


HOW_LABELS: Mapping[How, str] = MappingProxyType(
    {
        How.IN_PERSON: "In person",
        How.TELEPHONE: "By telephone",
        How.LETTER: "By letter",
        How.ONLINE: "By e-mail or online form",
        How.THROUGH_ANOTHER: "Through another body or a representative",
    }
)


class About(StrEnum):
    STOP = "stop"
    IDENTIFICATION = "identification"
    FORCE_USED = "force_used"
    SIGNS = "signs"
    DATA = "data"
    DISCRIMINATION = "discrimination"
    CONDUCT = "conduct"
    OTHER = "other"


ABOUT_LABELS: Mapping[About, str] = MappingProxyType(
    {
        About.STOP: "A stop or a search",
        About.IDENTIFICATION: "Taken for somebody else",
        About.FORCE_USED: "Force that was used",
        About.SIGNS: "Signs or the notice",
        About.DATA: "What happens to data",
        About.DISCRIMINATION: "Discrimination",
        About.CONDUCT: "Conduct of somebody in the force",
        About.OTHER: "Something else",
    }
)


class BreachKind(StrEnum):
    """The first is a personal-data breach of DPA 2018 Part 3; the others are of what bound the deployment."""

    PERSONAL_DATA = "personal_data"
    AUTHORITY = "authority"
    RULES = "rules"


BREACH_LABELS: Mapping[BreachKind, str] = MappingProxyType(
    {
        BreachKind.PERSONAL_DATA: "Personal data: lost, disclosed, changed or not available",
        BreachKind.AUTHORITY: "Something was done outside the written authority",
        BreachKind.RULES: "Policy, code of practice or law was not kept",
    }
)


class Risk(StrEnum):
    """To the rights and freedoms of people (DPA 2018 ss.67 and 68)."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


RISK_LABELS: Mapping[Risk, str] = MappingProxyType(
    {
        Risk.UNLIKELY: "A risk to anybody is unlikely",
        Risk.RISK: "There is a risk",
        Risk.HIGH: "There is a high risk",
    }
)


class BreachState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class RequestKind(StrEnum):
    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    FOI = "foi"


REQUEST_LABELS: Mapping[RequestKind, str] = MappingProxyType(
    {
        RequestKind.ACCESS: "Subject access (DPA 2018, section 45)",
        RequestKind.RECTIFICATION: "Rectification (section 46)",
        RequestKind.ERASURE: "Erasure or restriction (section 47)",
        RequestKind.FOI: "Freedom of information",
    }
)


class RequestState(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Answer(StrEnum):
    IN_FULL = "in_full"
    IN_PART = "in_part"
    REFUSED = "refused"
    NOTHING_HELD = "nothing_held"


ANSWER_LABELS: Mapping[Answer, str] = MappingProxyType(
    {
        Answer.IN_FULL: "Given or done in full",
        Answer.IN_PART: "In part",
        Answer.REFUSED: "Refused",
        Answer.NOTHING_HELD: "Nothing is held",
    }
)


class CaseKind(StrEnum):
    """Classes of cases: each counts its own numbers, and "none so far" is said of each."""

    COMPLAINT = "complaint"
    BREACH = "breach"
    REQUEST = "request"


CASE_LETTERS: Mapping[CaseKind, str] = MappingProxyType(
    {CaseKind.COMPLAINT: "C", CaseKind.BREACH: "B", CaseKind.REQUEST: "R"}
)
CASE_WORDS: Mapping[CaseKind, str] = MappingProxyType(
    {
        CaseKind.COMPLAINT: "Complaints",
        CaseKind.BREACH: "Breaches",
        CaseKind.REQUEST: "Requests for data and information",
    }
)


def reference(kind: CaseKind, number: int) -> str:
    """For instance "C-0001"."""
    return f"{CASE_LETTERS[kind]}-{number:04d}"


@dataclass(frozen=True, slots=True)
class LineData:
    """One line of hours. `hours` are those of all `people` together; `cost` is in pounds."""

    role: HoursRole
    people: int
    hours: Decimal
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class HoursData:
    """The latest version of a deployment's hours. Cost is optional: `costed` says of how many lines it is."""

    version: int
    recorded_at: datetime
    lines: tuple[LineData, ...]

    @property
    def hours(self) -> Decimal:
        return sum((line.hours for line in self.lines), Decimal())

    @property
    def cost(self) -> Decimal | None:
        """Of the lines that have one; None where none has."""
        known = [line.cost for line in self.lines if line.cost is not None]
        return sum(known, Decimal()) if known else None

    @property
    def costed(self) -> int:
        return sum(line.cost is not None for line in self.lines)


@dataclass(frozen=True, slots=True)
class ArrestCounts:
    """The arrests of a deployment, volunteers left out. `without` are numbers of alerts whose arrest has no
    result recorded: they are in no other count."""

    total: int = 0
    by_result: Mapping[Result, int] = field(default_factory=dict)
    by_offence: Mapping[Offence, int] = field(default_factory=dict)
    on_purpose: int = 0
    off_purpose: int = 0
    without: tuple[int, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether every arrest has its result; of a deployment without arrests there is nothing to record."""
        return not self.without


@dataclass(frozen=True, slots=True)
class ComplaintCounts:
    """`stated_none_at`: when somebody last said that there was none, of this very deployment or period."""

    total: int = 0
    by_state: Mapping[ComplaintState, int] = field(default_factory=dict)
    by_about: Mapping[About, int] = field(default_factory=dict)
    stated_none_at: datetime | None = None

    @property
    def recorded(self) -> bool:
        """Whether the number may be told: nought is one only where somebody said so."""
        return self.total > 0 or self.stated_none_at is not None


@dataclass(frozen=True, slots=True)
class BreachCounts:
    """Of those that the Commissioner is told of: within 72 hours, later, with written reasons not at all, or
    overdue, which is neither told nor reasoned. The rest is not due yet or need not be told. `was_overdue` is
    apart from these: whose risk was lowered only when it was overdue."""

    total: int = 0
    by_kind: Mapping[BreachKind, int] = field(default_factory=dict)
    open: int = 0
    told_in_time: int = 0
    told_late: int = 0
    not_told: int = 0
    overdue: int = 0
    was_overdue: int = 0
    stated_none_at: datetime | None = None

    @property
    def recorded(self) -> bool:
        return self.total > 0 or self.stated_none_at is not None


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """`overdue` are open past their day; `late` were answered after it."""

    total: int = 0
    by_kind: Mapping[RequestKind, int] = field(default_factory=dict)
    by_answer: Mapping[Answer, int] = field(default_factory=dict)
    open: int = 0
    withdrawn: int = 0
    late: int = 0
    overdue: int = 0
    stated_none_at: datetime | None = None

    @property
    def recorded(self) -> bool:
        return self.total > 0 or self.stated_none_at is not None


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Cases of a deployment or of a period, by class."""

    complaints: ComplaintCounts = field(default_factory=ComplaintCounts)
    breaches: BreachCounts = field(default_factory=BreachCounts)
    requests: RequestCounts = field(default_factory=RequestCounts)


@dataclass(frozen=True, slots=True)
class CaseworkSummary:
    """What was recorded about one deployment. `hours` None: not recorded. No words, no people."""

    deployment_id: UUID
    hours: HoursData | None = None
    arrests: ArrestCounts = field(default_factory=ArrestCounts)
    cases: CaseCounts = field(default_factory=CaseCounts)


@dataclass(frozen=True, slots=True)
class PeriodCasework:
    """Cases that came in on the days from `first` to `last`, of a deployment or of none."""

    first: date
    last: date
    cases: CaseCounts = field(default_factory=CaseCounts)
