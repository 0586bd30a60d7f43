"""A field that is withheld stands nowhere in what is given out, and the reader sees that it was there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import RuleViolated
from apps.scrutiny.exports.report import Chart, Column, Report, Section, Table
from apps.scrutiny.foi.withholding import EXEMPTIONS, Withheld, fields_of, parse, withhold

WHY = "Few people decide, and each could be told apart."
COLUMNS = (Column("Who"), Column("Said yes", True))
PEOPLE = Table("Acceptance", COLUMNS, (("Sgt P-AB12", "17"), ("PC P-CD34", "23")))
REPORT = Report(
    title="25 answers",
    force="North Police",
    period_words="2026",
    name="answers",
    sections=(
        Section(
            "1. Who?", ("The secret words of the first.",), tables=(PEOPLE,), notes=("Source: records.",)
        ),
        Section("2. How many?", charts=(Chart("rising", "<svg/>", ("17",), PEOPLE),), tables=(PEOPLE,)),
    ),
    data={"rows": [17, 23]},
)
KEYS = [field.key for field in fields_of(REPORT)]


def said(report):
    return report.canonical().decode()


def test_every_paragraph_and_column_is_a_field():
    assert KEYS == [
        "1.text", "1.acceptance.who", "1.acceptance.said-yes", "2.acceptance.who", "2.acceptance.said-yes",
    ]  # fmt: skip


def test_what_is_withheld_is_marked_in_its_place_and_listed_with_its_reason():
    given_out = withhold(REPORT, [Withheld("1.acceptance.who", "40", WHY), Withheld("1.text", "31", WHY)])
    first = given_out.sections[0]
    assert first.paragraphs == ("[withheld: FOIA section 31]",)
    assert {row[0] for row in first.tables[0].rows} == {"[withheld: FOIA section 40]"}
    assert [row[1] for row in first.tables[0].rows] == ["17", "23"]
    assert first.notes == ("Source: records.",)
    told = given_out.sections[-1]
    assert told.tables[0].rows == (
        ("1. The text of the answer", EXEMPTIONS["31"], WHY),
        ("1. Acceptance: Who", EXEMPTIONS["40"], WHY),
    )
    assert "Information Commissioner" in " ".join(told.paragraphs)
    assert "secret words" not in said(given_out)


def test_nothing_goes_out_beside_the_tables_and_no_chart_shows_what_they_withhold():
    given_out = withhold(REPORT, [Withheld("2.acceptance.said-yes", "40", WHY)])
    assert all(section.charts == () for section in given_out.sections)
    assert "rows" not in given_out.data
    assert "Nothing is withheld." in withhold(REPORT, []).sections[-1].paragraphs


@given(st.sets(st.sampled_from(KEYS)))
def test_of_the_withheld_columns_no_cell_is_left_and_of_the_others_every_one(chosen):
    given_out = withhold(REPORT, [Withheld(key, "40", WHY) for key in chosen])
    for number, section in enumerate(given_out.sections[:-1], 1):
        for table in section.tables:
            for place, name in enumerate(("who", "said-yes")):
                held = f"{number}.acceptance.{name}" in chosen
                cells = [row[place] for row in table.rows]
                assert cells == (
                    ["[withheld: FOIA section 40]"] * 2 if held else [row[place] for row in PEOPLE.rows]
                )
    assert len(given_out.data["foi"]["withheld"]) == len(chosen)


@pytest.mark.parametrize(
    ("withheld", "words"),
    [
        ([Withheld("9.text", "40", WHY)], "no field 9.text"),
        ([Withheld("1.text", "99", WHY)], "no exemption"),
        ([Withheld("1.text", "31", "secret")], "public interest was weighed"),
        ([Withheld("1.text", "31", WHY), Withheld("1.text", "40", WHY)], "withheld once"),
    ],
)
def test_a_wrong_choice_is_named(withheld, words):
    with pytest.raises(RuleViolated, match=words):
        withhold(REPORT, withheld)


def test_the_commands_words_are_a_field_its_section_and_why():
    assert parse(f"1.acceptance.who=40:{WHY}") == Withheld("1.acceptance.who", "40", WHY)
    for wrong in ("", "1.acceptance.who", "1.acceptance.who=40", "who=40:why", "1.text=40:"):
        with pytest.raises(RuleViolated, match="FIELD=SECTION:WHY"):
            parse(wrong)
