"""Taking out of free text what others must not read: names, of listed people and of staff, and how to reach
somebody (domain.md §1 and §6). Patterns, not a reader: a person still looks before anything is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from apps.core.contact import ADDRESS, NUMBER

REMOVED = "[name removed]"
ADDRESS_REMOVED = "[e-mail address removed]"
NUMBER_REMOVED = "[number removed]"
DOTS = str.maketrans({"\u0130": "i", "\u0131": "i"})
WORD = re.compile(r"\w+")
# A shorter last name is too often a word of its own.
LAST_NAME = 4


class Names:
    """Names to look for in many texts, read once: a text then costs by its own words, and not by theirs."""

    def __init__(self, names: Iterable[str]) -> None:
        self._under: dict[str, list[tuple[frozenset[str], str]]] = {}
        self._wordless: list[str] = []
        self._among: frozenset[str] | None = None
        for name in set(names):
            words = _last_words(name)
            if not words:
                self._wordless.append(name)
                continue
            # Under the word that fewest share: of a reference that is its number.
            rarest = min(words, key=lambda word: len(self._under.get(word, ())))
            self._under.setdefault(rarest, []).append((words, name))

    def only(self, names: Iterable[str]) -> Names:
        """Of these the ones that are among `names`; shares what was read."""
        some = Names(())
        some._under, some._wordless, some._among = self._under, self._wordless, frozenset(names)
        return some

    def that_may_stand_in(self, words: Set[str]) -> set[str]:
        """Whose last name's words are all among these."""
        found = {
            name
            for word in words
            for needed, name in self._under.get(word, ())
            if (self._among is None or name in self._among) and needed <= words
        }
        wordless = (name for name in self._wordless if self._among is None or name in self._among)
        return found.union(wordless)


def redact(text: str, names: Iterable[str] | Names, *, staff: Iterable[str] = ()) -> str:
    """`text` without e-mail addresses, telephone numbers, and any of `names` (of listed people, and their
    references) and `staff`: whole, however spaced and written, or the last name as it is written.

    A member of staff of one name only goes where it is written so: it may be an ordinary word.
    """
    text = NUMBER.sub(NUMBER_REMOVED, ADDRESS.sub(ADDRESS_REMOVED, text))
    words = _words(text)
    # Of thousands on a list hardly anybody stands in a text: only who may stand in it is looked for.
    known = names if isinstance(names, Names) else Names(names)
    whole = known.that_may_stand_in(words) | {
        name for name in staff if len(name.split()) > 1 and _last_words(name) <= words
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


def _last_words(name: str) -> frozenset[str]:
    parts = name.split()
    return frozenset(_words(parts[-1])) if parts else frozenset()


def _without(text: str, parts: list[str]) -> str:
    if not parts:
        return text
    text = _whole_words(r"\s+".join(re.escape(part) for part in parts), re.IGNORECASE).sub(REMOVED, text)
    if len(parts) > 1 and len(parts[-1]) >= LAST_NAME:
        text = _whole_words(re.escape(parts[-1])).sub(REMOVED, text)
    return text


def _whole_words(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags)
