"""What people type, where it is shown to others: characters that nobody sees can make it read otherwise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from apps.core.errors import RuleViolated

# Controls, formats (direction overrides, zero width), surrogates, private use.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
# Names in Persian and in Indian scripts are spelt with these two.
JOINERS = frozenset({"\u200c", "\u200d"})
# What somebody types into a box of several lines.
OF_LINES = frozenset({"\n", "\r", "\t"})
# Drawn as nothing, though Unicode calls them letters or marks (DerivedCoreProperties, Default_Ignorable).
BLANK = frozenset(
    {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"}
    | {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810))}
    | {"\u2028", "\u2029"}
)


def unseen_characters(text: str) -> list[str]:
    """The characters of `text` that are not seen, as U+XXXX, each once, in order."""
    found = dict.fromkeys(
        f"U+{ord(character):04X}"
        for character in text
        if unicodedata.category(character) in UNSEEN and character not in JOINERS
    )
    return list(found)


def unseen_in_prose(text: str, *, joiners: bool = True) -> list[str]:
    """The same for text of several lines, and for all that is drawn as nothing; without `joiners` those
    too, as for English words that must match what they are compared with."""
    allowed = OF_LINES | (JOINERS if joiners else frozenset())
    found = dict.fromkeys(
        f"U+{ord(character):04X}"
        for character in text
        if character not in allowed and (unicodedata.category(character) in UNSEEN or character in BLANK)
    )
    return list(found)


def check_prose(**texts: str) -> None:
    """Raises RuleViolated for a text that holds such characters; the label of each is the name it is given
    under, with its underscores as blanks."""
    if problems := prose_problems(
        (name.replace("_", " ").capitalize(), text) for name, text in texts.items()
    ):
        raise RuleViolated(problems, code="unseen_characters")


def prose_problems(texts: Iterable[tuple[str, str]]) -> list[str]:
    """What to say of each (label, text) that holds such characters; empty when none does."""
    return [
        f"{label}: take out the characters that nobody sees ({', '.join(unseen)})."
        for label, text in texts
        if (unseen := unseen_in_prose(text))
    ]


def folded(text: str) -> str:
    """As a reader takes it: letters that look the same are the same (NFKC), whatever their width or style."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


# Written together in Japanese and Korean.
EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"})
# Letters by category that belong to no script of their own, such as the apostrophe of a name.
OF_NONE = frozenset({"", "MODIFIER", "FEMININE", "MASCULINE"})


def script_of(letter: str) -> str:
    """The script that a letter is of, by its Unicode name, such as LATIN; empty for what is of none."""
    first = unicodedata.name(letter, "UNKNOWN").split()[0] if letter.isalpha() else ""
    if first in OF_NONE:
        return ""
    return "CJK" if first in EAST_ASIAN else first


def mixes_scripts(text: str) -> bool:
    """Whether `text` has letters of more than one script, as a name does that pretends to be another."""
    return len({script_of(letter) for letter in text} - {""}) > 1
