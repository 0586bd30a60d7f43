"""What a worker had in hand when something went wrong is the past afterwards: it is never looked at late."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from apps.core import database_clock as clock
from apps.live import api as live
from apps.live import loop, operations
from apps.relays import api as relays
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage(photos):
    return make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})


def tally(stage):
    with stage.context():
        found = live.tallies(deployment_id=stage.deployment_id)
    return found[0] if found else None


def test_a_frame_taken_while_the_gallery_was_empty_is_not_looked_at_once_it_is_filled(
    stage, photos, valkey, owner_connection, monkeypatch
):
    take, decode, taken, looked = relays.take_newest, loop.decode, [], []

    def empties_after_taking(**asked):
        batch = take(**asked)
        if batch.frames and not taken:
            owner_connection.execute(f"TRUNCATE watchlists_gallery_{stage.deployment_id.hex}")
        taken.extend(frame.sequence for frame in batch.frames)
        return batch

    def notes(frame):
        looked.append(frame.sequence)
        return decode(frame)

    monkeypatch.setattr(relays, "take_newest", empties_after_taking)
    monkeypatch.setattr(loop, "decode", notes)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        wait_for(stage.gaps)  # its start is over
        camera.play(walk(person(photos / "subject_a_2.jpg"), steps=2))
        wait_for(lambda: tally(stage).frames == 1)
        wait_for(lambda: [gap for gap in stage.gaps() if "gallery" in gap.reason])
    assert (taken, looked) == ([1, 2], [2])
    assert tally(stage).dropped == 1


def test_an_alert_that_the_database_could_not_take_is_not_raised_when_it_is_old(
    stage, photos, valkey, monkeypatch
):
    """The attempts themselves take as long as the database lets them."""
    later, asked, raise_alerts = [0.0], [], operations.raise_alerts
    monkeypatch.setattr(loop, "elapsed_s", lambda: clock.elapsed_s() + later[0])

    def slow_to_fail(*, sightings, **others):
        asked.extend(seen.captured_at for seen in sightings)
        if len(asked) == 1:
            later[0] += loop.ROUND_MAX_S + 1
            raise OperationalError("away")
        return raise_alerts(sightings=sightings, **others)

    monkeypatch.setattr(operations, "raise_alerts", slow_to_fail)
    camera = Camera(stage, stage.camera_id, valkey)
    with running(stage):
        camera.play(walk(person(photos / "subject_a_2.jpg")))
        wait_for(lambda: len(asked) > 1 or [gap for gap in stage.gaps() if "database" in gap.reason])
    assert asked
    assert len(set(asked)) == len(asked), "nobody is raised by a picture that was refused before"
