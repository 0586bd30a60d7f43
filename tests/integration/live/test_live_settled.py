"""Once somebody's alert is raised there is no purpose left for which their face could be processed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from apps.live import api as live
from tests.support.live_stage import make_live_stage
from tests.support.walkers import Camera, person, running, wait_for, walk

pytestmark = pytest.mark.usefixtures("real_db")


def tallies(stage):
    with stage.context():
        return live.tallies(deployment_id=stage.deployment_id)


def test_a_face_whose_alert_is_raised_is_searched_no_more(photos, valkey):
    """Although every further view of it is better: one passing makes one alert, so there is no purpose."""
    stage = make_live_stage({"TEST-A": (photos / "subject_a_1.jpg").read_bytes()})
    subject = person(photos / "subject_a_2.jpg")
    camera = Camera(stage, stage.camera_id, valkey)
    sizes = np.linspace(0.45, 1.0, 12)
    nearer = [walk(cv2.resize(subject, (0, 0), fx=size, fy=size), steps=1)[0] for size in sizes]
    with running(stage):
        camera.play(nearer)
        wait_for(lambda: [row for row in tallies(stage) if row.frames >= len(nearer)])
    (row,) = tallies(stage)
    assert (row.alerts, row.searches) == (1, 2)
