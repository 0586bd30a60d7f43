"""Dates as people say them in London, and plain words for every code there is."""

from datetime import UTC, datetime

import pytest

from apps.deployments.data import UseCase
from apps.notices.data import NoticeContent, NoticeStatus
from apps.notices.states import CALLED_OFF, NOTICES, PUBLISH
from apps.notices.wording import (
    CATEGORY_WORDS,
    FIELD_WORDS,
    STATUS_BANNERS,
    STATUS_WORDS,
    STEP_HISTORY,
    USE_CASE_WORDS,
    say_countdown,
    say_moment,
    say_window,
)
from apps.watchlists.data import Category


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-12-10 10:00", "Thursday 10 December 2026 at 10am"),
        ("2026-12-10 16:30", "Thursday 10 December 2026 at 4:30pm"),
        ("2026-12-10 12:00", "Thursday 10 December 2026 at midday"),
        ("2026-12-10 12:05", "Thursday 10 December 2026 at 12:05pm"),
        ("2026-12-10 00:00", "Thursday 10 December 2026 at midnight"),
        ("2026-12-10 00:07", "Thursday 10 December 2026 at 12:07am"),
        # Summer time: the day has already changed in London.
        ("2026-06-30 23:30", "Wednesday 1 July 2026 at 12:30am"),
        # The hour that happens twice needs its zone; the hours around it do not.
        ("2026-10-25 00:30", "Sunday 25 October 2026 at 1:30am (BST)"),
        ("2026-10-25 01:30", "Sunday 25 October 2026 at 1:30am (GMT)"),
        ("2026-10-25 02:00", "Sunday 25 October 2026 at 2am"),
        ("2026-03-29 00:59", "Sunday 29 March 2026 at 12:59am"),
        ("2026-03-29 01:00", "Sunday 29 March 2026 at 2am"),
    ],
)
def test_a_moment(instant, said):
    assert say_moment(at(instant)) == said


def test_a_window_on_one_day():
    said = say_window(at("2026-06-10 09:00"), at("2026-06-10 15:30"))
    assert said == "Wednesday 10 June 2026, 10am to 4:30pm"


def test_a_window_over_midnight_names_both_days():
    said = say_window(at("2026-12-10 22:00"), at("2026-12-11 02:00"))
    assert said == "10pm on Thursday 10 December 2026 to 2am on Friday 11 December 2026"


def test_every_code_has_plain_words():
    assert set(CATEGORY_WORDS) == set(Category)
    assert set(USE_CASE_WORDS) == set(UseCase)
    assert set(STATUS_WORDS) == set(NoticeStatus)
    assert set(STATUS_BANNERS) == CALLED_OFF
    assert set(STEP_HISTORY) == {step.name for step in NOTICES} - {PUBLISH}
    # The history names every part of the page that can change with the plan or the force's settings.
    fixed = {"force_name", "force_slug", "reference", "notice_minimum_days", "results_due_at"}
    # Written by a step of its own, with an entry of its own.
    fixed |= {"refused_afterwards"}
    assert set(FIELD_WORDS) == set(NoticeContent.__dataclass_fields__) - fixed


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-12-04 10:00", "in 6 days"),
        # By the calendar, as people count: not "in 5 days" because an hour is missing.
        ("2026-12-04 23:30", "in 6 days"),
        ("2026-12-08 00:00", "in 2 days"),
        ("2026-12-09 23:59", "tomorrow"),
        ("2026-12-09 00:00", "tomorrow"),
        ("2026-12-10 00:00", "today, in 10 hours"),
        ("2026-12-10 08:30", "today, in 90 minutes"),
        ("2026-12-10 09:59", "today, in 1 minute"),
    ],
)
def test_the_countdown_in_words(now, said):
    assert say_countdown(at("2026-12-10 10:00"), at(now)) == said


def test_the_countdown_counts_london_days_and_not_utc_days():
    # 23:30 UTC in summer is half past midnight of the next day in London: the same day as the start.
    assert say_countdown(at("2026-07-01 09:00"), at("2026-06-30 23:30")) == "today, in 9 hours"
    # Over the night in which the clocks go back.
    assert say_countdown(at("2026-10-25 10:00"), at("2026-10-24 22:59")) == "tomorrow"
