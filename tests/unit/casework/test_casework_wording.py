"""What a form refuses: how somebody can be reached, and whoever seems to be named."""

import pytest

from apps.casework.wording import check_reference, check_words, needed
from apps.core.errors import RuleViolated


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Write to jo.reed@example.org about it", "e-mail address"),
        ("JO@EXAMPLE.CO.UK", "e-mail address"),
        ("jo (at) example.org", "e-mail address"),
        ("Ring 01438 123456 after six", "telephone number"),
        ("07700 900123", "telephone number"),
        ("+44 7700 900123", "telephone number"),
        ("(020) 7946 0018", "telephone number"),
        ("Mrs Reed was stopped twice", "name somebody"),
        ("said by Mr. O'Brien", "name somebody"),
        ("Ms Müller complained", "name somebody"),
        ("words\u202ewith a turn", "nobody sees"),
        ("a\u200bb", "nobody sees"),
        ("x" * 2_001, "at most"),
    ],
)
def test_words_that_are_refused(text, says):
    with pytest.raises(RuleViolated, match=says) as refused:
        check_words({"In words": text})
    assert all("“In words”" in reason for reason in refused.value.reasons)
    assert text not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The complainant was kept for 30 minutes on 4 March 2026 at 14:02.",
        "Alert 17 of 2026-000123, see PSD/123/26; 12 officers, £4,500.00.",
        "The master list was wrong; the lady at the sign misunderstood it.",
        "Nothing was\nfound.",
    ],
)
def test_words_that_are_taken(text):
    check_words({"In words": text})


def test_everything_wrong_is_said_at_once():
    with pytest.raises(RuleViolated) as refused:
        check_words({"One": "a@b.example", "Two": "07700 900123"})
    assert len(refused.value.reasons) == 2


@pytest.mark.parametrize("reference", ["", "PSD/123/26", "CO-2026.17", "123456"])
def test_a_reference_of_the_force(reference):
    check_reference("Reference", reference)


@pytest.mark.parametrize(
    "reference", ["Jo Reed", "Reed", "jo@example.org", "07700900123", "PSD 12", "../12", "1" * 41, "12\n"]
)
def test_a_reference_is_no_name(reference):
    with pytest.raises(RuleViolated, match="never a name"):
        check_reference("Reference", reference)


def test_spaces_are_no_words():
    assert needed("Why", "  a   b  ")
    assert not needed("Why", "ten letters")
