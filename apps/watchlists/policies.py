"""Who may do what to a watchlist, and which rows may be on one. `check_*` raises, `can_*` is its twin.

The rules of a row are pure functions of the row, the authority's criteria and the time, so that a dry run, an
import and a screen tell the same story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import current_force_id
from apps.core.text import unseen_characters
from apps.core.twins import twin
from apps.watchlists import special
from apps.watchlists.data import Category, Criteria, Disposal, EntryRow, Refused
from apps.watchlists.special import GROUP_WORDS, WELFARE, Group

IMPORTERS = frozenset({Role.PLANNER})
ACCEPTERS = frozenset({Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER})
SIGNERS = frozenset({Role.AUTHORISING_OFFICER})
COMPARERS = IMPORTERS | {Role.AUTHORISING_OFFICER}
# "Anyone on duty" may take a person off (domain.md §2), but for those who may never see who is listed.
REMOVERS = frozenset(
    {
        Role.PLANNER,
        Role.AUTHORISING_OFFICER,
        Role.URGENT_AUTHORISING_OFFICER,
        Role.SILVER_COMMANDER,
        Role.OPERATOR,
        Role.ENGAGEMENT_OFFICER,
    }
)
# The deadline only ever moves forward in time, so whoever ends a deployment may bring it forward.
SHORTENERS = REMOVERS | {Role.SYSTEM}

ONLY_THE_UPLOADER = (
    "Pictures with a warning are looked at by the person who uploaded them. Import without these pictures, or"
    " discard the upload and upload the list yourself."
)
# Listed for an offence, and so only for one that the force has named, where it has named any.
FOR_AN_OFFENCE = frozenset({Category.SUSPECTED.value, Category.COURT_WARRANT.value})
SHOWN_OFFENCES = 5
STATUS_VALID_FOR = timedelta(hours=24)
CLOCK_TOLERANCE = timedelta(minutes=5)
MIN_SPECIAL_REASON = 20
# How forces name the system; a picture of one always has an answer to "may it still be held?".
CUSTODY = re.compile(r"custody|\bNSPIS\b|\bPND\b|mug ?shot", re.IGNORECASE)
REQUIRED_TEXT = (
    "reference",
    "display_name",
    "offence",
    "legal_basis",
    "source_system",
    "source_record",
    "selected_by",
    "selected_reason",
    "picture_name",
)
# The columns' sizes: a longer value is refused with a reason instead of failing the import in the database.
LONGEST = {
    "reference": 64,
    "display_name": 200,
    "offence": 300,
    "legal_basis": 300,
    "source_system": 100,
    "source_record": 100,
    "selected_by": 200,
    "selected_reason": 2000,
    "consent_reference": 100,
    "special_reason": 2000,
    "approach_plan": 2000,
    "picture_name": 255,
}

WITHOUT_REASON = {
    Group.UNDER_13: Refused.UNDER_18,
    Group.UNDER_18: Refused.UNDER_18,
    Group.AGE_UNKNOWN: Refused.AGE_UNKNOWN,
}
# A name that turns round half-way reads as another's on an officer's card.
READ_BY_PEOPLE = ("reference", "display_name", "offence", "source_system", "source_record", "selected_by")


def check_role(actor: Actor, allowed: frozenset[Role], what: str) -> None:
    """Raises NotPermitted for somebody without such a role in the open force."""
    if actor.force_id != current_force_id():
        raise NotPermitted(f"{actor.label} belongs to another force")
    if not actor.has(*allowed):
        raise NotPermitted(f"{actor.label} may not {what}")


def check_import(actor: Actor) -> None:
    check_role(actor, IMPORTERS, "import a watchlist")


can_import = twin(check_import)


def check_look(actor: Actor, *, uploader_id: UUID | None) -> None:
    """A picture in doubt is looked at by whoever uploaded it, and by nobody else."""
    check_import(actor)
    if actor.id is None or actor.id != uploader_id:
        raise NotPermitted(ONLY_THE_UPLOADER)


can_look = twin(check_look)


def check_compare(actor: Actor) -> None:
    """The two pictures of one face are for whoever decides about them, and for the second person."""
    check_role(actor, COMPARERS, "compare the pictures of an upload")


def check_sign(actor: Actor) -> None:
    """For one person who may not be listed otherwise: a superintendent's word, never a stand-in's."""
    check_role(actor, SIGNERS, "sign for a person on a watchlist")


def check_accept(actor: Actor) -> None:
    check_role(actor, ACCEPTERS, "accept a watchlist")


can_accept = twin(check_accept)


def check_remove(actor: Actor) -> None:
    check_role(actor, REMOVERS, "remove a person from a watchlist")


can_remove = twin(check_remove)


def check_shorten(actor: Actor) -> None:
    check_role(actor, SHORTENERS, "bring the deletion of a watchlist forward")


can_shorten = twin(check_shorten)


@dataclass(frozen=True)
class Problem:
    code: str
    reason: str


def _category(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    allowed = {Category.BLUE_LIST.value} if criteria.blue_list_only else criteria.categories
    if row.category in allowed & criteria.categories:
        return
    code = Refused.CATEGORY_NOT_AUTHORISED
    if row.category not in set(Category):
        code = Refused.CATEGORY_UNKNOWN
    elif criteria.blue_list_only and row.category != Category.BLUE_LIST:
        code = Refused.BLUE_LIST_ONLY
    found = f"{row.category!r} is" if row.category.strip() else "an empty cell is"
    names = ", ".join(sorted(allowed & criteria.categories)) or "none"
    yield Problem(code, f"{found} not a category of this deployment: it allows only {names}")


def _consent(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    if row.category == Category.BLUE_LIST and not (row.consent_reference or "").strip():
        yield Problem(Refused.CONSENT_MISSING, "a Blue List subject needs a consent reference")
    elif _folded(row.consent_reference or "") in criteria.withdrawn:
        yield Problem(Refused.CONSENT_WITHDRAWN, "this consent was withdrawn: nobody is listed by it")
    elif row.category == Category.BLUE_LIST and not consent_ends_at(row, criteria, now):
        yield Problem(
            Refused.CONSENT_NOT_IN_FORCE,
            "no consent with this reference is in force now and on the day: have it recorded first",
        )


def folded_consent(row: EntryRow) -> str:
    """By what consent somebody of the Blue List is listed, as it is compared; empty for everybody else."""
    return _folded(row.consent_reference or "") if row.category == Category.BLUE_LIST else ""


def consent_ends_at(row: EntryRow, criteria: Criteria, now: datetime) -> datetime | None:
    """When the consent ends by which somebody of the Blue List is listed; None where none holds now."""
    term = criteria.consents.get(_folded(row.consent_reference or ""))
    return term.ends_at if term is not None and term.covers(now) else None


def entry_ends_at(row: EntryRow, criteria: Criteria, now: datetime) -> datetime | None:
    """When an entry expires by itself: of the Blue List with its consent at the latest."""
    if row.category != Category.BLUE_LIST:
        return row.expires_at
    ends = [end for end in (row.expires_at, consent_ends_at(row, criteria, now)) if end is not None]
    return min(ends, default=None)


def _complete(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    optional = {"offence"} if row.category == Category.BLUE_LIST else set()
    missing = [name for name in REQUIRED_TEXT if name not in optional and not getattr(row, name).strip()]
    if row.captured_date is None:
        missing.append("captured_date")
    if missing:
        yield Problem(Refused.FIELD_MISSING, "missing: " + ", ".join(missing))


def _storable(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    for name, longest in LONGEST.items():
        value = getattr(row, name) or ""
        if len(value) > longest:
            yield Problem(Refused.FIELD_INVALID, f"{name} is longer than {longest} characters")
        elif "\x00" in value and name not in READ_BY_PEOPLE:
            yield Problem(Refused.FIELD_INVALID, f"{name} is not text")
    for name in READ_BY_PEOPLE:
        if unseen := unseen_characters(getattr(row, name) or ""):
            yield Problem(Refused.FIELD_INVALID, f"{name} has characters nobody sees: {', '.join(unseen)}")


def _picture_source(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    if not row.lawfully_held:
        yield Problem(Refused.NOT_LAWFULLY_HELD, "the picture is not recorded as lawfully held")
    if row.captured_date is not None and row.captured_date > london(now).date():
        yield Problem(Refused.CAPTURED_IN_FUTURE, f"captured on {row.captured_date}, in the future")


def is_custody(source_system: str) -> bool:
    """Whether the picture comes out of a custody system, by the words for it."""
    return bool(CUSTODY.search(source_system))


def _disposal(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    """A custody picture whose deletion was granted may not be there at all (domain.md §4)."""
    said = row.custody_disposal.strip()
    if not said and is_custody(row.source_system):
        yield Problem(
            Refused.DISPOSAL_MISSING,
            "a custody picture needs custody_disposal: what the custody system says about its deletion",
        )
    if said == Disposal.DELETION_GRANTED:
        yield Problem(
            Refused.CUSTODY_DELETED,
            "the deletion of this custody picture was granted: it may not be used, and should not be kept."
            " Choose another picture",
        )
    elif said and said not in set(Disposal):
        known = ", ".join(Disposal)
        yield Problem(Refused.FIELD_INVALID, f"custody_disposal is empty or one of: {known}")


class Described(Protocol):
    """A row of a file, or an entry of a list."""

    @property
    def category(self) -> str: ...
    @property
    def date_of_birth(self) -> date | None: ...
    @property
    def disability(self) -> bool: ...


def groups_of(row: Described, now: datetime) -> tuple[Group, ...]:
    """The groups of a row that ask for an officer's signature."""
    return special.groups_of(
        category=row.category,
        born=row.date_of_birth,
        disability=row.disability,
        day=london(now).date(),
    )


def _special(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    """Without the planner's reason nobody of these groups is listed; with it an officer signs (domain.md §4).
    A child is no volunteer, whatever anybody writes."""
    groups = groups_of(row, now)
    if not groups:
        return
    words = ", ".join(GROUP_WORDS[group] for group in groups)
    if row.category == Category.BLUE_LIST and Group.UNDER_18 in groups:
        yield Problem(Refused.UNDER_18, f"{words}: nobody under 18 is on the Blue List")
    elif len(" ".join(row.special_reason.split())) < MIN_SPECIAL_REASON:
        yield Problem(
            WITHOUT_REASON.get(groups[0], Refused.SPECIAL_REASON_MISSING),
            f"{words}: needs a special_reason of at least {MIN_SPECIAL_REASON} characters, and then the"
            " signature of an authorising officer for this person",
        )


def _approach(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    """Victim, witness, missing, at risk: welfare, not detention, and so a plan of how they are spoken to."""
    if row.category in WELFARE and len(" ".join(row.approach_plan.split())) < MIN_SPECIAL_REASON:
        yield Problem(
            Refused.APPROACH_PLAN_MISSING,
            f"this category is welfare, not detention: it needs an approach_plan of at least"
            f" {MIN_SPECIAL_REASON} characters that says how officers speak to the person",
        )


def _status(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    if row.category == Category.BLUE_LIST:
        return
    if row.status_checked_at is None or row.status_checked_at > now + CLOCK_TOLERANCE:
        yield Problem(Refused.STATUS_UNVERIFIED, "no believable time at which the status was checked")
    elif now - row.status_checked_at > STATUS_VALID_FOR:
        yield Problem(Refused.STATUS_STALE, "the status was checked more than 24 hours ago")


def _expiry(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    if row.expires_at is not None and row.expires_at <= now:
        yield Problem(Refused.ENTRY_EXPIRED, "the entry has already expired")


def _serious(row: EntryRow, criteria: Criteria, now: datetime) -> Iterable[Problem]:
    """A force may list only the offences that it has named as serious (domain.md §4)."""
    if not criteria.offences or row.category not in FOR_AN_OFFENCE or not row.offence.strip():
        return
    if _folded(row.offence) not in {_folded(offence) for offence in criteria.offences}:
        yield Problem(
            Refused.OFFENCE_NOT_LISTED,
            f"{row.offence!r} is not on the force's list of serious offences. Use its words:"
            f" {'; '.join(criteria.offences[:SHOWN_OFFENCES])}",
        )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


ROW_RULES: tuple[Callable[[EntryRow, Criteria, datetime], Iterable[Problem]], ...] = (
    _category,
    _consent,
    _complete,
    _storable,
    _picture_source,
    _disposal,
    _special,
    _approach,
    _status,
    _expiry,
    _serious,
)


def row_problems(row: EntryRow, *, criteria: Criteria, now: datetime) -> list[Problem]:
    """Every reason why this row may not be listed, before anybody looks at its picture."""
    return [problem for rule in ROW_RULES for problem in rule(row, criteria, now)]
