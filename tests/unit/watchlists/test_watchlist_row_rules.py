"""Which rows may be on a list, before anybody looks at a picture (domain.md §4)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from apps.watchlists.data import Category, Criteria, EntryRow, Refused
from apps.watchlists.policies import row_problems
from apps.watchlists.special import age_on
from tests.support.consents import AGREED

NOW = datetime(2026, 6, 15, 9, 0, tzinfo=UTC)
REHEARSAL = Criteria(
    frozenset({"blue_list"}), 10, blue_list_only=True, pack_id="p", min_quality=0.3, consents=AGREED
)
OPERATION = Criteria(
    frozenset({"court_warrant", "blue_list"}),
    10,
    blue_list_only=False,
    pack_id="p",
    min_quality=0.3,
    consents=AGREED,
)

WHY = "Asked for by the safeguarding board on 1 June"
HOW = "By an officer in plain clothes, with the social worker"
WANTED = EntryRow(
    reference="W-1",
    display_name="Test Subject One",
    category=Category.COURT_WARRANT,
    offence="failing to appear",
    legal_basis="warrant 1/26",
    source_system="custody",
    source_record="C-1",
    captured_date=date(2025, 1, 1),
    lawfully_held=True,
    selected_by="DS Example",
    selected_reason="outstanding warrant",
    status_checked_at=NOW - timedelta(hours=1),
    date_of_birth=date(1990, 1, 1),
    consent_reference=None,
    picture_name="w1.jpg",
    custody_disposal="retained",
)
VOLUNTEER = replace(
    WANTED,
    reference="B-1",
    category=Category.BLUE_LIST,
    offence="",
    status_checked_at=None,
    date_of_birth=None,
    consent_reference="consent 7",
)


def codes(row, criteria=OPERATION, now=NOW):
    return [problem.code for problem in row_problems(row, criteria=criteria, now=now)]


def test_complete_rows_are_accepted():
    assert codes(WANTED) == []
    assert codes(VOLUNTEER) == []
    assert codes(VOLUNTEER, REHEARSAL) == []


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.BLUE_LIST])
def test_a_rehearsal_lists_nobody_but_the_blue_list(category):
    everything = replace(REHEARSAL, categories=frozenset(Category))
    row = replace(WANTED, category=category, consent_reference="x", special_reason=WHY, approach_plan=HOW)
    assert codes(row, everything) == [Refused.BLUE_LIST_ONLY]


@pytest.mark.parametrize("consent", [None, "", "   "])
@pytest.mark.parametrize("criteria", [REHEARSAL, OPERATION])
def test_the_blue_list_needs_consent(consent, criteria):
    assert codes(replace(VOLUNTEER, consent_reference=consent), criteria) == [Refused.CONSENT_MISSING]


def test_a_missing_consent_is_told_once_where_nobody_agreed():
    """With AGREED every reference is one that holds, also an empty one: in a real force none is."""
    nobody = replace(REHEARSAL, consents={})
    assert codes(replace(VOLUNTEER, consent_reference=""), nobody) == [Refused.CONSENT_MISSING]
    assert codes(replace(VOLUNTEER, consent_reference="C-9"), nobody) == [Refused.CONSENT_NOT_IN_FORCE]


def test_a_category_outside_the_authority_is_refused():
    row = replace(WANTED, category=Category.WITNESS, special_reason=WHY, approach_plan=HOW)
    assert codes(row) == [Refused.CATEGORY_NOT_AUTHORISED]


@pytest.mark.parametrize("category", ["other", "", "BLUE_LIST", "court warrant"])
def test_there_is_no_other_category(category):
    assert Refused.CATEGORY_UNKNOWN in codes(replace(WANTED, category=category))


@pytest.mark.parametrize(
    "name",
    [
        "reference",
        "display_name",
        "offence",
        "legal_basis",
        "source_system",
        "source_record",
        "selected_by",
        "selected_reason",
        "picture_name",
    ],
)
@pytest.mark.parametrize("blank", ["", "  "])
def test_every_entry_says_who_selected_it_and_on_what_basis(name, blank):
    problems = row_problems(replace(WANTED, **{name: blank}), criteria=OPERATION, now=NOW)
    assert [problem.code for problem in problems] == [Refused.FIELD_MISSING]
    assert name in problems[0].reason


def test_a_picture_without_a_date_or_of_tomorrow_is_refused():
    assert codes(replace(WANTED, captured_date=None)) == [Refused.FIELD_MISSING]
    assert codes(replace(WANTED, captured_date=date(2026, 6, 16))) == [Refused.CAPTURED_IN_FUTURE]
    assert codes(replace(WANTED, captured_date=date(2026, 6, 15))) == []


def test_a_picture_that_may_not_be_held_is_refused():
    assert codes(replace(WANTED, lawfully_held=False)) == [Refused.NOT_LAWFULLY_HELD]


def test_an_unknown_age_counts_as_under_18():
    assert codes(replace(WANTED, date_of_birth=None)) == [Refused.AGE_UNKNOWN]


def test_eighteen_on_the_day_is_adult_and_a_day_less_is_not():
    assert codes(replace(WANTED, date_of_birth=date(2008, 6, 15))) == []
    assert codes(replace(WANTED, date_of_birth=date(2008, 6, 16))) == [Refused.UNDER_18]


def test_the_birthday_is_the_london_day():
    just_before_midnight_utc = datetime(2026, 6, 14, 23, 30, tzinfo=UTC)
    row = replace(WANTED, date_of_birth=date(2008, 6, 15), status_checked_at=just_before_midnight_utc)
    assert codes(row, now=just_before_midnight_utc) == []


def test_a_child_is_refused_on_the_blue_list_too():
    assert codes(replace(VOLUNTEER, date_of_birth=date(2015, 1, 1)), REHEARSAL) == [Refused.UNDER_18]


def test_somebody_born_on_a_leap_day_comes_of_age_on_the_first_of_march():
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, []), (24, []), (24.01, [Refused.STATUS_STALE]), (-0.05, []), (-1, [Refused.STATUS_UNVERIFIED])],
)
def test_the_status_was_checked_within_a_day(hours, expected):
    assert codes(replace(WANTED, status_checked_at=NOW - timedelta(hours=hours))) == expected


def test_an_unverifiable_status_is_refused():
    assert codes(replace(WANTED, status_checked_at=None)) == [Refused.STATUS_UNVERIFIED]


def test_an_expired_entry_is_refused():
    assert codes(replace(WANTED, expires_at=NOW)) == [Refused.ENTRY_EXPIRED]
    assert codes(replace(WANTED, expires_at=NOW + timedelta(seconds=1))) == []


def test_what_the_database_could_not_store_is_refused_with_a_reason():
    assert codes(replace(WANTED, reference="x" * 65)) == [Refused.FIELD_INVALID]
    assert codes(replace(WANTED, display_name="a\x00b")) == [Refused.FIELD_INVALID]


@pytest.mark.parametrize(
    ("category", "criteria", "words"),
    [
        ("other", REHEARSAL, "'other' is not a category of this deployment: it allows only blue_list"),
        (
            "suspected",
            REHEARSAL,
            "'suspected' is not a category of this deployment: it allows only blue_list",
        ),
        (
            "witness",
            OPERATION,
            "'witness' is not a category of this deployment: it allows only blue_list, court_warrant",
        ),
        ("", REHEARSAL, "an empty cell is not a category of this deployment: it allows only blue_list"),
    ],
    ids=["unknown", "no volunteer", "not in the authority", "empty"],
)
def test_a_refused_category_is_told_what_this_deployment_allows(category, criteria, words):
    row = replace(WANTED, category=category, consent_reference="x")
    assert words in [problem.reason for problem in row_problems(row, criteria=criteria, now=NOW)]


def test_all_reasons_are_given_at_once():
    bad = replace(WANTED, category=Category.VICTIM, lawfully_held=False, date_of_birth=None)
    assert codes(bad) == [
        Refused.CATEGORY_NOT_AUTHORISED,
        Refused.NOT_LAWFULLY_HELD,
        Refused.AGE_UNKNOWN,
        Refused.APPROACH_PLAN_MISSING,
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", [Refused.DISPOSAL_MISSING]),
        ("retained", []),
        ("deletion_requested", []),
        ("deletion_granted", [Refused.CUSTODY_DELETED]),
        (" deletion_granted ", [Refused.CUSTODY_DELETED]),
        ("Deletion granted", [Refused.FIELD_INVALID]),
        ("deleted", [Refused.FIELD_INVALID]),
    ],
)
def test_a_custody_picture_whose_deletion_was_granted_is_refused_whatever_else_is_right(said, expected):
    assert codes(replace(WANTED, custody_disposal=said)) == expected


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Custody system", [Refused.DISPOSAL_MISSING]),
        ("NSPIS", [Refused.DISPOSAL_MISSING]),
        ("PND", [Refused.DISPOSAL_MISSING]),
        ("passport office", []),
        ("studio", []),
    ],
)
def test_a_custody_picture_says_what_was_decided_about_its_deletion(system, expected):
    assert codes(replace(WANTED, source_system=system, custody_disposal="")) == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date_of_birth": date(2008, 6, 16)}, Refused.UNDER_18),
        ({"date_of_birth": date(2020, 1, 1)}, Refused.UNDER_18),
        ({"date_of_birth": None}, Refused.AGE_UNKNOWN),
        ({"disability": True}, Refused.SPECIAL_REASON_MISSING),
    ],
    ids=["under-18", "under-13", "age-unknown", "disability"],
)
def test_whoever_is_listed_by_signature_only_needs_a_written_reason_first(changes, code):
    row = replace(WANTED, **changes)
    assert codes(row) == [code]
    assert codes(replace(row, special_reason=" " * 40 + "too short")) == [code]
    assert codes(replace(row, special_reason=WHY)) == []
    assert codes(replace(row, special_reason="x" * 2001)) == [Refused.FIELD_INVALID]


@pytest.mark.parametrize("category", [Category.VICTIM, Category.WITNESS])
def test_victims_and_witnesses_need_a_reason_and_a_plan_of_how_they_are_spoken_to(category):
    allowed = replace(OPERATION, categories=frozenset({category}))
    row = replace(WANTED, category=category)
    assert codes(row, allowed) == [Refused.SPECIAL_REASON_MISSING, Refused.APPROACH_PLAN_MISSING]
    assert codes(replace(row, special_reason=WHY), allowed) == [Refused.APPROACH_PLAN_MISSING]
    assert codes(replace(row, special_reason=WHY, approach_plan=HOW), allowed) == []


@pytest.mark.parametrize("category", [Category.MISSING, Category.RISK_OF_HARM])
def test_whoever_is_missing_or_at_risk_is_welfare_and_needs_a_plan(category):
    allowed = replace(OPERATION, categories=frozenset({category}))
    assert codes(replace(WANTED, category=category), allowed) == [Refused.APPROACH_PLAN_MISSING]
    assert codes(replace(WANTED, category=category, approach_plan=HOW), allowed) == []


def test_no_reason_puts_a_child_on_the_blue_list():
    child = replace(VOLUNTEER, date_of_birth=date(2015, 1, 1), special_reason=WHY)
    assert codes(child, REHEARSAL) == [Refused.UNDER_18]
    adult = replace(VOLUNTEER, disability=True)
    assert codes(adult, REHEARSAL) == [Refused.SPECIAL_REASON_MISSING]
