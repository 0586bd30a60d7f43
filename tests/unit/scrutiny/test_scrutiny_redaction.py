"""Names of listed people are taken out however they are written; other words stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.scrutiny.redaction import Names, _words, redact
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
        without_names({"necessity": "Seen: A B."}, names=(), staff=(), kept=kept)["necessity"]
        == kept["necessity"].text
    )
    another = without_names({"necessity": "Another."}, names=(), staff=(), kept=kept)
    assert another["necessity"] == "Another."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Staff Jo Damson told him", "Staff [name removed] told him"),
        ("PC DAMSON and Mr Damson", "PC DAMSON and Mr [name removed]"),
        ("Asked Silver, a silver car", "Asked [name removed], a silver car"),
        ("call 07700 900123.", "call [number removed]."),
        ("+44 (0)1632 960 001 or 01632-960001", "[number removed] or [number removed]"),
        ("at j.o'neill+x@force.police.uk, now", "at [e-mail address removed], now"),
        ("LFR-2026-016 at 09:30 on 3 December 2026", "LFR-2026-016 at 09:30 on 3 December 2026"),
        ("1,184 faces, threshold 0.4215", "1,184 faces, threshold 0.4215"),
    ],
)
def test_staff_telephone_numbers_and_addresses_go_too(text, left):
    assert redact(text, NAMES, staff=("Jo Damson", "Silver")) == left


letters = st.sampled_from("ai\u0131\u0130IkKs\u017fS\u00df\u00b5-'. _1\u00e9\u0390")
names = st.lists(st.text(letters, min_size=1, max_size=9), max_size=6)


@given(names=names, staff=names, text=st.text(letters, max_size=40), shuffle=st.randoms())
def test_looking_only_for_whoever_may_stand_in_it_takes_out_the_same(names, staff, text, shuffle):
    """Beside the text stands every word of every name, so that there each of them is looked for."""
    text = " ".join(shuffle.sample([text, *names, *staff], len(names) + len(staff) + 1))
    every = "|".join(word for name in (*names, *staff) for word in name.split())
    beside = "\n|\n"
    whole = redact(text + beside + every, names, staff=staff)
    assert redact(text, names, staff=staff) == whole.split(beside)[0]


PARTS = st.sampled_from(["Ann", "O'Neil", "NOM-12", "nom", "12", "İpek", "ı", "Straße", "Li", "—", "", "van"])
SOME_NAMES = st.lists(st.lists(PARTS, max_size=3).map(" ".join), max_size=8)


@given(text=st.lists(PARTS, max_size=8).map(" ".join), names=SOME_NAMES, others=SOME_NAMES)
def test_names_that_were_read_once_take_out_the_same(text, names, others):
    read = Names([*others, *names])
    words = _words(text)
    looked_for = {name for name in names if _words(name.split()[-1] if name.split() else "") <= words}
    assert read.only(names).that_may_stand_in(words) == looked_for
    assert redact(text, read.only(names)) == redact(text, names)
    assert redact(text, read.only([*names, "Nobody Here"])) == redact(text, names)
    assert redact(text, read) == redact(text, [*names, *others])
