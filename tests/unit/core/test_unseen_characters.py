"""Names that read otherwise than they are written."""

import pytest

from apps.core.text import unseen_characters


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zoë O’Brien-Núñez", []),
        ("میلاد\u200cنژاد", []),
        ("Anna\u202eztimS", ["U+202E"]),
        ("Anna\u2066 Smith\u2069", ["U+2066", "U+2069"]),
        ("An\u200bna", ["U+200B"]),
        ("Anna\x00\x1b[2J", ["U+0000", "U+001B"]),
        ("Anna\nSmith", ["U+000A"]),
        ("\ufeffAnna", ["U+FEFF"]),
    ],
    ids=["accents", "joiner", "override", "isolate", "zero width", "control", "line", "mark"],
)
def test_what_is_not_seen_is_named(text, found):
    assert unseen_characters(text) == found
