"""What people type, where it is shown to others: characters that nobody sees can make it read otherwise."""

from __future__ import annotations

import unicodedata

# Controls, formats (direction overrides, zero width), surrogates, private use.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
# Names in Persian and in Indian scripts are spelt with these two.
JOINERS = frozenset({"\u200c", "\u200d"})


def unseen_characters(text: str) -> list[str]:
    """The characters of `text` that are not seen, as U+XXXX, each once, in order."""
    found = dict.fromkeys(
        f"U+{ord(character):04X}"
        for character in text
        if unicodedata.category(character) in UNSEEN and character not in JOINERS
    )
    return list(found)
