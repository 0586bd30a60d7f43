"""Names of listed people are taken out however they are written; other words stay."""

import pytest

from apps.scrutiny.redaction import redact
from apps.scrutiny.texts import Kept, digest, without_names

NAMES = ("Wilhelmina Thistlewood", "TS-001", "Al Po", "Zoë O'Brien-Smith")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Wilhelmina Thistlewood was seen.", "[name removed] was seen."),
        ("WILHELMINA\n thistlewood was seen.", "[name removed] was seen."),
        ("Mrs Thistlewood’s car", "Mrs [name removed]’s car"),
        ("(TS-001), ts-001; TS-0012", "([name removed]), [name removed]; TS-0012"),
        ("Zoë O'Brien-Smith", "[name removed]"),
        # Two letters are too often a word, but the whole name is a name.
        ("The river Po and al Po.", "The river Po and [name removed]."),
        ("a thistlewood hedge", "a thistlewood hedge"),
        ("Thistlewoods", "Thistlewoods"),
        ("Nothing to see.", "Nothing to see."),
        ("", ""),
    ],
)
def test_it_takes_out_names_and_nothing_else(text, left):
    assert redact(text, NAMES) == left


def test_a_name_of_blanks_takes_nothing_out():
    assert redact("Every word stays.", (" ", "")) == "Every word stays."


def test_what_was_kept_without_names_is_used_for_that_very_text_only():
    kept = {"necessity": Kept(of=digest("Seen: A B."), text="Seen: [name removed].")}
    assert (
        without_names({"necessity": "Seen: A B."}, names=(), kept=kept)["necessity"] == kept["necessity"].text
    )
    assert without_names({"necessity": "Another."}, names=(), kept=kept)["necessity"] == "Another."
