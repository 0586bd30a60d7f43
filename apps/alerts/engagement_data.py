"""An engagement: what an officer records of it, closed lists with their words, and what others are told.

The words of powers and outcomes stand on a receipt, which has a Welsh page: they are marked for translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from django.utils.translation import gettext_noop as _

from apps.alerts.data import Outcome


class Power(StrEnum):
    """The law by which a person was kept from leaving, England and Wales. An alert is none of them."""

    NONE = "none"
    ARREST = "arrest"
    WARRANT = "warrant"
    BAIL_BROKEN = "bail_broken"
    BAIL_UNANSWERED = "bail_unanswered"
    SEARCH_ARTICLES = "search_articles"
    SEARCH_DRUGS = "search_drugs"
    SEARCH_FIREARMS = "search_firearms"
    SEARCH_TERRORISM = "search_terrorism"
    SEARCH_AUTHORISED = "search_authorised"
    NAME_AND_ADDRESS = "name_and_address"
    BREACH_OF_THE_PEACE = "breach_of_the_peace"
    MENTAL_HEALTH = "mental_health"
    CHILD_PROTECTION = "child_protection"
    OTHER = "other"


POWER_LABELS: Mapping[Power, str] = MappingProxyType(
    {
        Power.NONE: _("No power: asked to talk, and free to go"),
        Power.ARREST: _("Arrest without a warrant: Police and Criminal Evidence Act 1984, section 24"),
        Power.WARRANT: _("Arrest on a warrant"),
        Power.BAIL_BROKEN: _("Arrest for absconding or breaking bail conditions: Bail Act 1976, section 7"),
        Power.BAIL_UNANSWERED: _(
            "Arrest for not answering bail: Police and Criminal Evidence Act 1984, section 46A"
        ),
        Power.SEARCH_ARTICLES: _("Stop and search: Police and Criminal Evidence Act 1984, section 1"),
        Power.SEARCH_DRUGS: _("Stop and search for drugs: Misuse of Drugs Act 1971, section 23"),
        Power.SEARCH_FIREARMS: _("Stop and search for firearms: Firearms Act 1968, section 47"),
        Power.SEARCH_TERRORISM: _("Stop and search: Terrorism Act 2000, section 43"),
        Power.SEARCH_AUTHORISED: _(
            "Stop and search in an authorised area: Criminal Justice and Public Order Act 1994, section 60"
        ),
        Power.NAME_AND_ADDRESS: _("Name and address: Police Reform Act 2002, section 50"),
        Power.BREACH_OF_THE_PEACE: _("To prevent a breach of the peace: common law"),
        Power.MENTAL_HEALTH: _("To a place of safety: Mental Health Act 1983, section 136"),
        Power.CHILD_PROTECTION: _("Police protection of a child: Children Act 1989, section 46"),
        Power.OTHER: _("Another power"),
    }
)


class SearchPower(StrEnum):
    NONE = "none"
    ARTICLES = "articles"
    ON_ARREST = "on_arrest"
    DRUGS = "drugs"
    FIREARMS = "firearms"
    TERRORISM = "terrorism"
    AUTHORISED = "authorised"
    OTHER = "other"


SEARCH_LABELS: Mapping[SearchPower, str] = MappingProxyType(
    {
        SearchPower.NONE: "By no power",
        SearchPower.ARTICLES: _("Police and Criminal Evidence Act 1984, section 1"),
        SearchPower.ON_ARREST: _("After an arrest: Police and Criminal Evidence Act 1984, section 32"),
        SearchPower.DRUGS: _("Misuse of Drugs Act 1971, section 23"),
        SearchPower.FIREARMS: _("Firearms Act 1968, section 47"),
        SearchPower.TERRORISM: _("Terrorism Act 2000, section 43"),
        SearchPower.AUTHORISED: _("Criminal Justice and Public Order Act 1994, section 60"),
        SearchPower.OTHER: _("Another power"),
    }
)


class ForceKind(StrEnum):
    HANDCUFFS = "handcuffs"
    HANDS = "hands"
    SPRAY = "spray"
    BATON = "baton"
    ENERGY_DEVICE = "energy_device"
    SHIELD = "shield"
    DOG = "dog"
    FIREARM = "firearm"
    OTHER = "other"


FORCE_LABELS: Mapping[ForceKind, str] = MappingProxyType(
    {
        ForceKind.HANDCUFFS: "Handcuffs",
        ForceKind.HANDS: "Holding or other unarmed skills",
        ForceKind.SPRAY: "Irritant spray",
        ForceKind.BATON: "Baton",
        ForceKind.ENERGY_DEVICE: "Conducted energy device",
        ForceKind.SHIELD: "Shield",
        ForceKind.DOG: "Dog",
        ForceKind.FIREARM: "Firearm",
        ForceKind.OTHER: "Another kind",
    }
)


class Adult(StrEnum):
    """The appropriate adult of somebody who looks under 18."""

    SOUGHT = "sought"
    PRESENT = "present"
    NOT_FOUND = "not_found"


ADULT_LABELS: Mapping[Adult, str] = MappingProxyType(
    {
        Adult.SOUGHT: "Sought, not here yet",
        Adult.PRESENT: "Present",
        Adult.NOT_FOUND: "Sought and not found",
    }
)


class Ethnicity(StrEnum):
    """As an officer sees somebody they stand before. Never measured, never of a passer-by (domain.md §5)."""

    WHITE_NORTH = "white_north"
    WHITE_SOUTH = "white_south"
    BLACK = "black"
    ASIAN = "asian"
    EAST_ASIAN = "east_asian"
    MIDDLE_EASTERN = "middle_eastern"
    NOT_APPARENT = "not_apparent"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    NOT_APPARENT = "not_apparent"


class AgeBand(StrEnum):
    UNDER_13 = "under_13"
    FROM_13 = "13_17"
    FROM_18 = "18_24"
    FROM_25 = "25_34"
    FROM_35 = "35_49"
    FROM_50 = "50_over"


ETHNICITY_LABELS: Mapping[Ethnicity, str] = MappingProxyType(
    {
        Ethnicity.WHITE_NORTH: "White, North European (IC1)",
        Ethnicity.WHITE_SOUTH: "White, South European (IC2)",
        Ethnicity.BLACK: "Black (IC3)",
        Ethnicity.ASIAN: "Asian (IC4)",
        Ethnicity.EAST_ASIAN: "Chinese, Japanese or South East Asian (IC5)",
        Ethnicity.MIDDLE_EASTERN: "Middle Eastern or Arab (IC6)",
        Ethnicity.NOT_APPARENT: "Not apparent (IC9)",
    }
)
SEX_LABELS: Mapping[Sex, str] = MappingProxyType(
    {Sex.FEMALE: "Female", Sex.MALE: "Male", Sex.NOT_APPARENT: "Not apparent"}
)
AGE_LABELS: Mapping[AgeBand, str] = MappingProxyType(
    {
        AgeBand.UNDER_13: "Under 13",
        AgeBand.FROM_13: "13 to 17",
        AgeBand.FROM_18: "18 to 24",
        AgeBand.FROM_25: "25 to 34",
        AgeBand.FROM_35: "35 to 49",
        AgeBand.FROM_50: "50 or over",
    }
)
# What a receipt says of anybody without a result that may be told. Of somebody who is looked after it says
# the very same, so that whoever finds it learns nothing from the words (domain.md §4).
NO_RESULT = _("An officer spoke with you. No other result stands here.")
RESULT_WORDS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.ARREST: _("You were arrested."),
        Outcome.CONDITIONS_COMPLIANT: _("The conditions that you are under were checked, and kept."),
        Outcome.CONDITIONS_BREACHED: _("The conditions that you are under were checked, and not kept."),
        Outcome.SAFEGUARDED: NO_RESULT,
        Outcome.SAFE_NOT_DISCLOSED: NO_RESULT,
        Outcome.VOLUNTARY: _("You agreed to an interview or an appointment."),
        Outcome.SUMMONS_OR_REPORT: _("You were reported, and may get a summons."),
        Outcome.RELEASED_IDENTITY_WRONG: _(
            "You are not the person who was looked for. The alert was wrong, and is counted as a false one."
        ),
        Outcome.NO_LONGER_WANTED: _("You are no longer looked for."),
        Outcome.NOT_LOCATED: NO_RESULT,
        Outcome.NOT_ENGAGED: NO_RESULT,
        Outcome.TEST_SUBJECT_RECOGNISED: _(
            "You took part in a test of the system, and it recognised you correctly."
        ),
    }
)


@dataclass(frozen=True)
class StopRecord:
    """What an officer writes of an engagement. Times are aware UTC; None and empty mean "not recorded".

    `power` NONE says that the person was free to go: then there was no stop. Texts are given with "other"
    only. `body_worn` is the reference of a recording, not the recording.
    """

    power: Power | None = None
    power_other: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    searched: bool | None = None
    search_power: SearchPower | None = None
    search_other: str = ""
    force_used: bool | None = None
    force_kinds: tuple[ForceKind, ...] = ()
    force_other: str = ""
    body_worn: str = ""
    # They covered their face, turned round or went another way: no ground for a stop, and counted.
    avoided: bool | None = None
    adult: Adult | None = None
    ethnicity: Ethnicity | None = None
    sex: Sex | None = None
    age_band: AgeBand | None = None

    @property
    def is_stop(self) -> bool:
        return self.power not in (None, Power.NONE)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What has to be recorded of an engagement (domain.md §5) and is not. Of somebody who was free to go
        no stop begins; one that was begun all the same has its end."""
        talked = self.power is Power.NONE
        wanted = (
            ("the power or that there was none", self.power is None),
            ("when the stop began", self.started_at is None and not talked),
            ("when it ended", self.ended_at is None and not (talked and self.started_at is None)),
            ("whether the person was searched", self.searched is None),
            ("whether force was used", self.force_used is None),
        )
        return tuple(words for words, missing in wanted if missing)


@dataclass(frozen=True)
class EngagementData:
    """One engaged alert. `finished_at`: an outcome was recorded, or the person was released; until then the
    clock runs, and at `escalates_at` it is everybody's business (`escalated_at`)."""

    id: UUID
    alert_id: UUID
    deployment_id: UUID
    number: int
    engaged_at: datetime
    escalates_at: datetime
    escalated_at: datetime | None
    finished_at: datetime | None
    child_at: datetime | None
    contradicted: bool
    not_located: bool
    record: StopRecord
    recorded_at: datetime | None = None
    recorded_by: str = ""
    entered_by: str = ""
    examined_at: datetime | None = None
    examined_by: str = ""
    examined_words: str = ""
    receipt_until: datetime | None = None
    # That the arrest needs no evidential copy: why, who said so and when.
    no_copy: str = ""
    no_copy_by: str = ""
    no_copy_at: datetime | None = None
    # Of outcomes that were said by radio: who wrote each down.
    outcomes_entered_by: Mapping[Outcome, str] = field(default_factory=dict)

    def is_overdue(self, now: datetime) -> bool:
        """By the clock, whether or not the sweep has said so yet."""
        return self.finished_at is None and self.record.ended_at is None and now >= self.escalates_at

    @property
    def seconds(self) -> int | None:
        """How long the person was kept: of the stop, else from engaging to its outcome."""
        began = self.record.started_at or self.engaged_at
        ended = self.record.ended_at or self.finished_at
        return None if ended is None else max(0, round((ended - began).total_seconds()))

    @property
    def lacks(self) -> tuple[str, ...]:
        """As of its record; nothing where the officer found nobody, and recorded nothing that was done."""
        record = self.record
        done = record.is_stop or record.started_at or record.searched or record.force_used
        return () if self.not_located and not done else record.lacks

    @property
    def located(self) -> bool:
        """Whether anything recorded can only be of somebody whom an officer stood before. Two answers can be
        of nobody too: that no force was used and nobody searched."""
        record = self.record
        kept = record.power or record.started_at or record.searched or record.force_used
        seen = self.child_at or record.adult or record.ethnicity or record.sex or record.age_band
        return bool(kept or seen or self.receipt_until)

    @property
    def to_examine(self) -> bool:
        """Whether the review has to say something of it: it was wrong, or is not recorded."""
        return self.wrong or bool(self.lacks)

    @property
    def wrong(self) -> bool:
        """A false alert, or force or a search by no power."""
        record = self.record
        unlawful = bool((record.force_used or record.searched) and not record.is_stop) or bool(
            record.searched and record.search_power in (None, SearchPower.NONE)
        )
        return self.contradicted or unlawful


@dataclass(frozen=True)
class OpenEngagement:
    """An officer is with somebody: for boards. Nothing of who it is. `stop`: by a power, and not ended."""

    alert_id: UUID
    number: int
    engaged_at: datetime
    escalates_at: datetime
    overdue: bool
    stop: bool


@dataclass(frozen=True)
class FalseEngagement:
    """One false alert that led to an engagement, as a record tells it (domain.md §8, question 15)."""

    number: int
    seconds: int | None
    power: str
    searched: bool | None
    force_used: bool | None
    child: bool
    examined: bool = False


@dataclass(frozen=True)
class EngagementSummary:
    """Of one deployment, volunteers left out. Times in seconds, None where no end is recorded."""

    stops: int = 0
    no_power: int = 0
    not_recorded: int = 0
    median_s: int | None = None
    longest_s: int | None = None
    searches: int = 0
    force_used: int = 0
    children: int = 0
    avoided: int = 0
    # Of how many nobody wrote whether they had avoided the area.
    avoided_unknown: int = 0
    overdue: int = 0
    by_radio: int = 0
    false: tuple[FalseEngagement, ...] = ()
