"""Whom nobody lists lightly: children, people with a disability, victims and witnesses (domain.md §4). Pure.

Each needs the planner's written reason and the signature of an authorising officer for this person; without
either the entry is not on the list. Unknown age counts as under 18.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from apps.watchlists.data import Category

ADULT_AGE_YEARS = 18
CHILD_AGE_YEARS = 13
ENTRY_FORMAT = "lfr-watchlist-entry-1"


class Group(StrEnum):
    UNDER_13 = "under_13"
    UNDER_18 = "under_18"
    AGE_UNKNOWN = "age_unknown"
    DISABILITY = "disability"
    VICTIM = "victim"
    WITNESS = "witness"


GROUP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Group.UNDER_13: "under 13",
        Group.UNDER_18: "under 18",
        Group.AGE_UNKNOWN: "age unknown, which counts as under 18",
        Group.DISABILITY: "disability",
        Group.VICTIM: "victim",
        Group.WITNESS: "witness",
    }
)
BY_CATEGORY: Mapping[str, Group] = {Category.VICTIM: Group.VICTIM, Category.WITNESS: Group.WITNESS}
# Found, they are helped: nobody detains them for being on the list.
WELFARE = frozenset({Category.VICTIM, Category.WITNESS, Category.MISSING, Category.RISK_OF_HARM})


def age_on(born: date, day: date) -> int:
    """Whole years on `day`; somebody born on 29 February comes of age on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def groups_of(*, category: str, born: date | None, disability: bool, day: date) -> tuple[Group, ...]:
    """The groups that ask for a signature, the youngest first. A volunteer of unknown age is none of them:
    consenting members of staff are adults."""
    found: list[Group] = []
    if born is None:
        if category != Category.BLUE_LIST:
            found.append(Group.AGE_UNKNOWN)
    elif (age := age_on(born, day)) < ADULT_AGE_YEARS:
        found += [Group.UNDER_13] * (age < CHILD_AGE_YEARS) + [Group.UNDER_18]
    if disability:
        found.append(Group.DISABILITY)
    if category in BY_CATEGORY:
        found.append(BY_CATEGORY[category])
    return tuple(found)


def joined(groups: Iterable[Group]) -> str:
    """As it is stored."""
    return ",".join(groups)


def split(stored: str) -> tuple[Group, ...]:
    return tuple(Group(each) for each in stored.split(",") if each)


def entry_hash(person: Mapping[str, str], pictures: Iterable[Sequence[str]]) -> str:
    """SHA-256 (hex) of what an officer signs for: the person as listed, and each picture by where it is from
    and what was measured on it."""
    content = [ENTRY_FORMAT, sorted(person.items()), sorted(map(list, pictures))]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def unsigned_words(number: int) -> tuple[str, ...]:
    """Why a list is not sealed."""
    people = "1 person on the list needs" if number == 1 else f"{number} people on the list need"
    return (f"{people} the signature of an authorising officer. Have them signed for, or leave them out.",)
