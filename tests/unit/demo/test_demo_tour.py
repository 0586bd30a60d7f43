"""The guided pages lead somewhere, for everybody, and the story is one that can be played."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import override_settings
from django.urls import resolve

from apps.core.clock import london
from apps.demo import eastmere, hertfordshire, present, seed, story, tour
from apps.demo.people import CAST, new_password
from apps.demo.story import Ending

HISTORIES = {"hertfordshire": hertfordshire.HISTORY, "eastmere": eastmere.HISTORY}


def fake_story() -> dict[str, object]:
    """What `make demo` writes, with every deployment that a step may lead to."""
    keys = [past.key for past in hertfordshire.HISTORY if past.key]
    keys += ["live", *(scene.key for scene in present.HERTFORDSHIRE)]
    deployment = {"reference": "LFR-2026-001", "place": "A place", "cameras": {"Corner": str(uuid4())}}
    return {
        "url": "http://127.0.0.1:8000",
        "ws_url": "ws://127.0.0.1:8000",
        "film": "var/film.mp4",
        "forces": [
            {
                "name": "North Police",
                "slug": "north",
                "people": {name: f"{name}@north.example" for name, _, _ in CAST},
                "deployments": {key: {"id": str(uuid4()), **deployment} for key in keys},
            }
        ],
    }


@pytest.mark.parametrize("slug", [found.slug for found in tour.TOURS])
def test_every_step_of_a_role_leads_to_a_page(slug):
    found = tour.find(slug)
    steps = tour.steps_of(found, fake_story())
    assert 5 <= len(steps) <= 11
    for step in steps:
        assert step.href or step.command, step.title
        with override_settings(ROOT_URLCONF="tests.support.demo_urls"):
            if step.href:
                resolve(step.href)


@pytest.fixture(autouse=True)
def _with_the_guided_pages(settings):
    settings.ROOT_URLCONF = "tests.support.demo_urls"


def test_nobody_is_without_a_page():
    assert set(tour.ROLE_PAGES) == {name for name, _, _ in CAST}


def test_without_its_history_a_step_has_no_address_rather_than_a_wrong_one():
    bare = fake_story()
    forces = bare["forces"]
    for past in hertfordshire.HISTORY:
        forces[0]["deployments"].pop(past.key, None)
    steps = tour.steps_of(tour.find("oversight"), bare)
    assert [bool(step.href) for step in steps] == [True, False, False, False, False, False, True]


def test_the_relays_command_names_the_camera_that_has_none():
    shown = [step.command for step in tour.steps_of(tour.find("system-engineer"), fake_story())]
    (command,) = [each for each in shown if each]
    assert "LFR_RELAY_KEY=KEY" in command
    assert "{" not in command


@pytest.mark.parametrize("force", sorted(HISTORIES))
def test_a_year_has_every_kind_of_ending_and_of_trouble(force):
    pasts = HISTORIES[force]
    endings = [past.ending for past in pasts]
    assert set(endings) == set(Ending)
    assert endings.count(Ending.REVIEWED) * 2 >= len(pasts)
    events = {seen.event for past in pasts for seen in past.seen}
    assert {story.Event.REJECTED, story.Event.FALSE, story.Event.EXPIRED, story.Event.CONFIRMED} <= events
    assert any(past.returned for past in pasts)
    assert any(past.narrowed for past in pasts)
    assert any(past.pause for past in pasts)
    assert any(past.blind for past in pasts)


@pytest.mark.parametrize("force", sorted(HISTORIES))
def test_past_deployments_lie_apart_and_within_the_year(force):
    """Nobody is seen while suspended, after the end, or twice within a minute; no two overlap."""
    pasts = HISTORIES[force]
    days = [past.days_ago for past in pasts]
    assert days == sorted(days, reverse=True)
    assert all(later + 21 <= earlier for earlier, later in itertools.pairwise(days))
    assert max(days) < seed.ONBOARDED.days - 25
    for past in pasts:
        assert len({past.place.name for past in pasts}) == len(pasts)
        for seen in past.seen:
            assert 0 < seen.minute < past.hours * 60 - 10
            assert not past.pause or not 0 <= seen.minute - past.pause.minute <= past.pause.minutes
            assert not past.narrowed or seen.camera == 0, "the other camera was left out"


@pytest.mark.parametrize("days", range(7))
def test_nobody_rehearses_at_a_weekend(days):
    day = date(2026, 11, 23) + timedelta(days=days)
    for step in (-1, 1):
        found = story.working_day(day, step=step)
        assert found.weekday() < 5
        assert found == day or day.weekday() >= 5


@pytest.mark.parametrize("month", [3, 10], ids=("spring", "autumn"))
def test_a_time_of_day_is_london_time_over_both_clock_changes(month):
    day = date(2026, month, 29 if month == 3 else 25)
    for shift in (-1, 0, 1):
        at = story.on_day(day + timedelta(days=shift), "10:00")
        assert london(at).strftime("%H:%M") == "10:00"


def test_a_window_that_has_just_begun_has_begun():
    for minute in range(60):
        now = datetime(2026, 11, 25, 13, minute, 31).astimezone()
        start, end = present.just_begun(now, timedelta(hours=8))
        assert timedelta(minutes=5) <= now - start < timedelta(minutes=11)
        assert end - start == timedelta(hours=8)


def test_passwords_are_long_enough_and_not_the_same():
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) >= 14 for password in made)
