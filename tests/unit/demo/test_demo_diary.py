"""When people act: office hours, working days, and enough time for everything, whatever the time of day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from apps.core.clock import LONDON, london
from apps.demo import places
from apps.demo.diary import Diary, workdays_later
from apps.demo.plan import Place, rehearsal_texts
from apps.demo.story import Ending, Event, Past, Seen
from apps.deployments.rules.authority import MIN_TEXT

PLACES = [place for place in vars(places).values() if isinstance(place, Place)]
BEFORE_CHECKS = timedelta(minutes=57)


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("month", [1, 7])
def test_a_list_is_ready_in_office_hours_and_within_a_day_of_any_start(month, hour):
    for minute in range(0, 60, 5):
        start = datetime(2026, month, 15, hour, minute, tzinfo=LONDON)
        times = Diary(f"{hour}:{minute}").list_times(start)
        moments = [times.imported, times.sealed, times.accepted]
        assert all(time(7) <= london(at).time() <= time(21) for at in moments)
        assert timedelta(hours=-24) <= times.imported - start
        assert times.imported + timedelta(minutes=10) < times.sealed
        assert times.sealed + timedelta(minutes=10) < times.accepted <= start - BEFORE_CHECKS


@pytest.mark.parametrize("days", range(14))
def test_a_review_comes_on_a_working_day_between_deletion_and_results(days):
    ended = datetime(2026, 3, 20, 14, 3, tzinfo=LONDON) + timedelta(days=days)
    if ended.weekday() < 5:
        found = Diary("any").review_day(ended)
        assert found.weekday() < 5
        assert 2 <= (found - ended.date()).days <= 4


def test_working_days_are_counted_over_weekends():
    friday = date(2026, 11, 20)
    assert workdays_later(friday, 0) == friday
    assert workdays_later(friday, 1) == date(2026, 11, 23)
    assert workdays_later(friday, 6) == date(2026, 11, 30)


def test_the_same_story_is_told_each_time():
    first, again, other = (Diary(key).minutes(0, 60) for key in ("a", "a", "b"))
    assert first == again != other


@pytest.mark.parametrize("place", PLACES, ids=[place.name for place in PLACES])
def test_each_place_speaks_for_itself(place):
    texts = rehearsal_texts(place, cameras=len(place.cameras), hours=4)
    assert all(len(text) >= MIN_TEXT for text in texts.values())
    for other in PLACES:
        if other is not place:
            assert {other.tests, other.here, other.around}.isdisjoint({place.tests, place.here, place.around})


@pytest.mark.parametrize(
    ("passes", "words"),
    [
        (2, "1 was recognised and confirmed, 1 led to an alert that was not resolved, and none were missed"),
        (3, "and 1 was missed"),
        (5, "and 3 were missed"),
    ],
)
def test_what_was_counted_is_said_in_words(passes, words):
    events = (Event.CONFIRMED, Event.FALSE, Event.REJECTED, Event.EXPIRED)
    seen = tuple(Seen(minute, "TEST-A", event) for minute, event in enumerate(events))
    past = Past(9, "10:00", 2, PLACES[0], Ending.REVIEWED, "", seen=seen, passes=passes)
    assert words in past.counted
