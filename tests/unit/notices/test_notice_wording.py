"""Dates as people say them in London, and plain words for every code there is."""

from datetime import UTC, datetime

import pytest

from apps.deployments.data import UseCase
from apps.notices.data import NoticeStatus
from apps.notices.wording import (
    CATEGORY_WORDS,
    STATUS_BANNERS,
    STATUS_HISTORY,
    STATUS_WORDS,
    USE_CASE_WORDS,
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
    assert set(STATUS_BANNERS) == set(NoticeStatus) - {NoticeStatus.SCHEDULED, NoticeStatus.PUBLISHED}
    assert set(STATUS_HISTORY) == set(STATUS_BANNERS)
