"""Taking out of free text what others must not read: names, of listed people and of staff, and how to reach
somebody (domain.md §1 and §6). Patterns, not a reader: a person still looks before anything is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from apps.core.contact import ADDRESS, NUMBER

REMOVED = "[name removed]"
ADDRESS_REMOVED = "[e-mail address removed]"
NUMBER_REMOVED = "[number removed]"
DOTS = str.maketrans({"\u0130": "i", "\u0131": "i"})
WORD = re.compile(r"\w+")
# A shorter last name is too often a word of its own.
LAST_NAME = 4


def redact(text: str, names: Iterable[str], *, staff: Iterable[str] = ()) -> str:
    """`text` without e-mail addresses, telephone numbers, and any of `names` (of listed people, and their
    references) and `staff`: whole, however spaced and written, or the last name as it is written.

    A member of staff of one name only goes where it is written so: it may be an ordinary word.
    """
    text = NUMBER.sub(NUMBER_REMOVED, ADDRESS.sub(ADDRESS_REMOVED, text))
    words = _words(text)
    # Of thousands on a list hardly anybody stands in a text: only who may stand in it is looked for.
    whole = {
        name
        for name in (*names, *(name for name in staff if len(name.split()) > 1))
        if _words(name.split()[-1] if name.split() else "") <= words
    }
    for name in sorted(whole, key=lambda name: (-len(name), name)):
        text = _without(text, name.split())
    for name in staff:
        if len(name.split()) == 1 and len(name.strip()) >= LAST_NAME:
            text = _whole_words(re.escape(name.strip())).sub(REMOVED, text)
    return text


def _words(text: str) -> set[str]:
    """As a pattern that ignores case takes them for the same: it also takes an i without its dot for one."""
    return {word.casefold() for word in WORD.findall(text.translate(DOTS))}


def _without(text: str, parts: list[str]) -> str:
    if not parts:
        return text
    text = _whole_words(r"\s+".join(re.escape(part) for part in parts), re.IGNORECASE).sub(REMOVED, text)
    if len(parts) > 1 and len(parts[-1]) >= LAST_NAME:
        text = _whole_words(re.escape(parts[-1])).sub(REMOVED, text)
    return text


def _whole_words(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags)
