"""What may not stand in a text that can become public. It is refused and said, never silently changed.

The words of the oversight body are not compared with any list: a refusal would tell it who is listed. Nor are
those of an administrator, who reads no list either. Those who read lists are told what of one they wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.contact import ADDRESS, NUMBER
from apps.core.data import Actor
from apps.core.text import prose_problems
from apps.watchlists import api as watchlists

SHORTEST, LONGEST = 10, 4_000
# What police systems number a person by: PNC and CRO numbers, National Insurance numbers.
PERSON_NUMBER = re.compile(
    r"(?<![\w/-])(?:\d{2,4}/\d{1,7}[A-Z]|[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]|\d{1,6}/\d{2}[A-Z])(?![\w/])"
)
CODE = re.compile(rf"(?<![\w-]){audit.PSEUDONYM.pattern.replace('(?:P-?)?', 'P-')}(?!\w)", re.IGNORECASE)
TITLES = (
    r"PC|DC|PS|DS|Sgt|Sergeant|Insp|Inspector|DI|DCI|Ch Insp|Chief Inspector|Supt|Superintendent|Ch Supt"
    r"|Chief Superintendent|Constable|Officer|Mr|Mrs|Ms|Miss|Dr"
)
SHOWN = 3


def text_problems(label: str, text: str, *, actor: Actor) -> list[str]:
    """What is wrong with a text of `actor`, one line each. At most three queries."""
    found = prose_problems([(label, text)])
    length = len(" ".join(text.split()))
    if not SHORTEST <= length <= LONGEST:
        found.append(f"{label}: write {SHORTEST} to {LONGEST:,} characters; it has {length}.")
    found += _looks(label, text)
    if staff := sorted(set(_staff_in(text))):
        found.append(f"{label}: name nobody who works for the force, write rank or role ({_some(staff)}).")
    if listed := listed_in(text, actor=actor):
        found.append(
            f"{label}: take out the names and references of people who are or were listed ({_some(listed)})."
        )
    return found


def listed_in(text: str, *, actor: Actor) -> tuple[str, ...]:
    """Names and references of listed people in it, for somebody who reads lists; nothing for others."""
    return watchlists.names_in(text=text) if actor.reads_reasons else ()


def _looks(label: str, text: str) -> Iterator[str]:
    """By pattern alone: nothing is looked up."""
    kinds: tuple[tuple[Callable[[str], Iterable[str]], str], ...] = (
        (ADDRESS.findall, "take out the e-mail address"),
        (_wholes(NUMBER), "take out the telephone number"),
        (_wholes(PERSON_NUMBER), "take out the number of a person"),
        (_wholes(CODE), "take out the code of a person; give it to the administrator of the force"),
    )
    for find, words in kinds:
        if seen := list(find(text)):
            yield f"{label}: {words} ({_some(seen)})."


def _wholes(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    return lambda text: [match.group() for match in pattern.finditer(text)]


def _staff_in(text: str) -> Iterator[str]:
    """The whole name, however written, or a rank or title before the last name: a last name alone is too
    often a place or a word of its own to refuse it."""
    for person in accounts.staff():
        parts = [re.escape(part) for part in person.display_name.split()]
        if not parts:
            continue
        titles = f"{re.escape(person.rank)}|{TITLES}" if person.rank else TITLES
        patterns = [rf"(?:{titles})\.?\s+(?:\w\.?\s+)?{parts[-1]}"]
        if len(parts) > 1:
            patterns.append(r"\s+".join(parts))
        for pattern in patterns:
            if match := re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE):
                yield " ".join(match.group().split())


def _some(found: Iterable[str]) -> str:
    return ", ".join(f"“{each}”" for each in list(found)[:SHOWN])
