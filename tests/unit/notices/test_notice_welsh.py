"""The Welsh of dates and of the retention table, as it stands in the catalogue."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.utils.translation import override

from apps.core.retention import public_table
from apps.core.wording import say_moment, say_window
from apps.notices.languages import say_kept, stored
from lfrplatform.translations import catalogues

# A full date says "Dydd Iau": after a preposition it would be "ddydd Iau", so none stands before it.
DATES = r"%\((?:at|date|moment|later|since|until|first|last|window|start|end)\)s"
AFTER_A_WORD = re.compile(r"[^\W\d_]\s+" + DATES)
# What stands there is a time of the day alone.
TIMES_ONLY = {
    "It may start at any time until %(until)s.",
    "It ends at %(until)s at the latest.",
    "No faces are compared at the moment. It may go on until %(until)s.",
    "Paused from %(start)s: %(reason)s.",
    "Paused from %(start)s to %(end)s (%(length)s): %(reason)s.",
    "Paused from %(start)s.",
    "Paused from %(start)s to %(end)s (%(length)s).",
    "%(first)s, %(start)s to %(end)s",
    # Not dates at all: the last of a list.
    "%(first)s and %(last)s",
}


def test_no_date_stands_after_a_word_that_would_change_it():
    ((_, welsh),) = catalogues()
    said = {
        message.id: message.string
        for message in welsh
        if isinstance(message.id, str) and message.id not in TIMES_ONLY
    }
    assert sum(bool(re.search(DATES, text)) for text in said.values()) > 10
    assert [text for text in said.values() if AFTER_A_WORD.search(text)] == []


def test_a_window_over_midnight_has_both_dates_as_they_stand_alone():
    start, end = datetime(2026, 11, 26, 22, tzinfo=UTC), datetime(2026, 11, 27, 2, tzinfo=UTC)
    with override("cy"):
        assert say_moment(start).startswith("Dydd Iau 26 Tachwedd 2026")
        assert "– Dydd Gwener 27 Tachwedd 2026" in say_window(start, end)


def test_every_row_of_the_retention_table_is_there_in_welsh():
    with override("cy"):
        rows = [
            (stored(row.title), stored(row.kept.replace("%(span)s", "10 years"))) for row in public_table()
        ]
    assert len(rows) > 15
    assert [text for row in rows for text in row if "lang=" in text or "years" in text] == []


@pytest.mark.parametrize(
    ("english", "welsh"),
    [
        ("By the schedule of the force: 1 year", "Yn ôl amserlen yr heddlu: 1 flwyddyn"),
        ("By the schedule of the force: 10 years", "Yn ôl amserlen yr heddlu: 10 o flynyddoedd"),
        # What an older notice was stored with stays English, and says so.
        (
            "By the schedule of the force, 7 years by default",
            "By the schedule of the force, 7 years by default",
        ),
        ("", ""),
    ],
)
def test_the_number_of_the_force_is_said_in_welsh(english, welsh):
    with override("cy"):
        assert say_kept(english) == welsh
    assert say_kept(english) == english


def test_an_older_row_says_that_it_is_english():
    with override("cy"):
        assert stored("By the schedule of the force, 7 years by default").startswith('<span lang="en-GB">')
