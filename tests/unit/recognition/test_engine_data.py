"""Value objects check their shapes, and never show what they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from apps.recognition.engine.data import Detections, EnrolmentFace, Frame, Probe, Quality

GOOD = Quality(score=0.9, sharpness=0.3, size_px=100, yaw_proxy=0, brightness=0.5)


def unit(dimension: int = 128) -> np.ndarray:
    return np.full(dimension, dimension**-0.5, np.float32)


def probe(**changes: object) -> Probe:
    fields = {
        "camera_id": "cam",
        "track_id": "0" * 32,
        "captured_at": 1.0,
        "template": unit(),
        "face_bgr": np.full((8, 8, 3), 201, np.uint8),
        "box": (0.0, 0.0, 8.0, 8.0),
        "quality": GOOD,
    }
    return Probe(**(fields | changes))  # type: ignore[arg-type]  # wrong types are what is tested


@given(
    boxes=hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6)),
    landmarks=hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6)),
    scores=hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=6)),
)
def test_it_takes_well_formed_detections_only(boxes, landmarks, scores):
    try:
        found = Detections(boxes, landmarks, scores)
    except ValueError:
        return
    count = len(found)
    assert (boxes.shape, landmarks.shape, scores.shape) == ((count, 4), (count, 5, 2), (count,))
    assert np.isfinite(boxes).all()
    assert (found.sizes > 0).all()


@given(count=st.integers(0, 5), data=st.data())
def test_detections_of_equal_length_are_taken_and_can_be_selected(count, data):
    corners = data.draw(hnp.arrays(np.float32, (count, 2), elements=st.floats(-500, 500, width=32)))
    boxes = np.concatenate([corners, corners + 16], axis=1)
    found = Detections(boxes, np.zeros((count, 5, 2), np.float32), np.ones(count, np.float32))
    rows = data.draw(st.lists(st.integers(0, count - 1)) if count else st.just([]))
    chosen = found.select(rows)
    assert len(chosen) == len(rows)
    np.testing.assert_array_equal(chosen.boxes, boxes[np.array(rows, int)])


@pytest.mark.parametrize(
    "change",
    [
        {"boxes": np.zeros((1, 4), np.float32)},
        {"boxes": np.array([[0, 0, 5, 5]], np.float64)},
        {"boxes": np.array([[0, 0, np.nan, 5]], np.float32)},
        {"scores": np.ones(2, np.float32)},
        {"scores": [1.0]},
        {"landmarks": np.full((1, 5, 2), np.inf, np.float32)},
    ],
)
def test_it_refuses_what_is_no_detection_and_says_what_it_expected(change):
    fields = {
        "boxes": np.array([[0, 0, 5, 5]], np.float32),
        "landmarks": np.zeros((1, 5, 2), np.float32),
        "scores": np.ones(1, np.float32),
    }
    Detections(**fields)
    with pytest.raises(ValueError, match=r"expected .*, got "):
        Detections(**(fields | change))


@pytest.mark.parametrize(
    "template",
    [unit() * 2, unit().astype(np.float64), unit()[None], np.zeros(128, np.float32), unit() * np.nan],
)
def test_a_probe_needs_a_normalised_template(template):
    with pytest.raises(ValueError, match=r"Probe\.template"):
        probe(template=template)


@pytest.mark.parametrize("at", [np.nan, np.inf])
def test_a_frame_needs_a_time(at):
    with pytest.raises(ValueError, match="captured_at"):
        Frame("cam", 1, at, np.zeros((4, 4, 3), np.uint8))


def test_no_representation_shows_a_face_or_a_template():
    """These objects end up in log lines and tracebacks (domain.md §6, first row)."""
    face = np.full((8, 8, 3), 201, np.uint8)
    shown = "".join(
        repr(x)
        for x in (
            probe(),
            Frame("cam", 1, 1.0, face),
            EnrolmentFace(unit(), GOOD, (0, 0, 1, 1), (), b"\xff\xd8secret"),
            Detections(np.array([[0, 0, 77, 77]], np.float32), np.zeros((1, 5, 2), np.float32), unit(1)),
        )
    )
    for secret in ("201", "0.088", "secret", "array", "77"):
        assert secret not in shown
