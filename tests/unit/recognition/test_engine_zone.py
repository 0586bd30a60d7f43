"""The zone of recognition: whoever is outside it is not followed, not counted, and no template is made."""

from __future__ import annotations

import numpy as np
import pytest
from recognition_scenes import Walker, across, film, render, standing_at

from apps.recognition.engine.data import Detections, Frame
from apps.recognition.engine.pipeline import ShardPipeline
from apps.recognition.engine.zone import Zone

LEFT_HALF = Zone(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
# Not convex: an L, whose missing corner is the upper right.
CORNER = Zone(((0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.9, 0.5), (0.9, 0.9), (0.1, 0.9)))


class Recorded:
    """The real pack, and the size of each picture that it searched."""

    def __init__(self, pack) -> None:
        self._pack, self.searched, self.embedded = pack, [], 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def detect(self, image, *, max_side):
        self.searched.append((image.shape[1], image.shape[0], max_side))
        return self._pack.detect(image, max_side=max_side)

    def embed(self, aligned):
        self.embedded += len(aligned)
        return self._pack.embed(aligned)


def faces_at(*middles: tuple[float, float], size: float = 40) -> Detections:
    centres = np.array(middles, np.float32)
    boxes = np.concatenate([centres - size / 2, centres + size / 2], axis=1)
    return Detections(boxes, np.repeat(centres[:, None], 5, axis=1), np.ones(len(middles), np.float32))


def test_nobody_outside_the_zone_is_followed_counted_or_embedded(pack, people):
    watched = Recorded(pack)
    outside = [
        Walker(people["a"], standing_at(900, 300, 84)),
        Walker(people["b"], standing_at(1100, 420, 84)),
    ]
    pipeline = ShardPipeline(watched, zones={"cam-1": LEFT_HALF})
    results = [pipeline.process([frame]) for frame in film(outside, seconds=0.6, fps=5)]
    assert watched.searched
    assert watched.embedded == 0
    assert not any(r.faces_detected or r.tracks_started or r.tracks_active or r.probes for r in results)
    # The same people without a zone, on another camera of the same pipeline.
    other = [pipeline.process([frame]) for frame in film(outside, seconds=0.6, fps=5, camera_id="cam-2")]
    assert sum(len(result.probes) for result in other) >= 2


def test_somebody_who_walks_into_the_zone_is_found_in_it_and_nowhere_else(pack, people, listed):
    walk = [Walker(people["a"], across(300, 90, 1150, 100, 2.4))]
    pipeline = ShardPipeline(pack, zones={"cam-1": LEFT_HALF})
    probes = [probe for frame in film(walk, seconds=2.4, fps=5) for probe in pipeline.process([frame]).probes]
    assert probes
    assert all((probe.box[0] + probe.box[2]) / 2 < 640 for probe in probes)
    assert max(float(probe.template @ listed["a"]) for probe in probes) > 0.5


def test_only_what_a_face_in_the_zone_can_reach_is_searched_at_the_same_scale(pack, people):
    watched = Recorded(pack)
    frame = render([Walker(people["a"], standing_at(300, 300, 84))], 0.0)
    with_zone = ShardPipeline(watched, zones={"cam-1": LEFT_HALF}).process([Frame("cam-1", 0, 1.0, frame)])
    without = ShardPipeline(watched).process([Frame("cam-1", 0, 1.0, frame)])
    (zoned, whole) = watched.searched
    assert zoned == (800, 720, 600)
    assert whole == (1280, 720, 960)
    # Where the face lies in the picture stays the same.
    assert with_zone.probes[0].box == pytest.approx(without.probes[0].box, abs=4)
    assert float(with_zone.probes[0].template @ without.probes[0].template) > 0.95


def test_a_face_belongs_to_the_zone_by_its_middle_in_any_outline():
    found = faces_at((200, 200), (700, 200), (900, 500), (1200, 500), (639, 300), (641, 300), (641, 361))
    kept = CORNER.inside(found, 1280, 720)
    middles = ((kept.boxes[:, :2] + kept.boxes[:, 2:]) / 2).tolist()
    assert middles == [[200, 200], [900, 500], [639, 300], [641, 361]]
    assert Zone().inside(found, 1280, 720) is found
    assert len(CORNER.inside(Detections.empty(), 1280, 720)) == 0


def test_the_part_that_is_searched_stays_in_the_picture():
    assert Zone().window(1920, 1080) == (0, 0, 1920, 1080)
    assert LEFT_HALF.window(1920, 1080) == (0, 0, 1200, 1080)
    sliver = Zone(((1.0, 1.0), (1.0, 0.999), (0.999, 1.0)))
    left, top, right, bottom = sliver.window(1920, 1080)
    assert 0 <= left < right == 1920
    assert 0 <= top < bottom == 1080
    assert all(edge > 0 for edge in sliver.window(1, 1)[2:])


def test_another_zone_discards_the_tracks_of_its_camera_alone(pack, people):
    frames = list(film([Walker(people["a"], standing_at(300, 300, 84))], seconds=0.4, fps=5))
    pipeline = ShardPipeline(pack, zones={"cam-1": LEFT_HALF})
    for camera in ("cam-1", "cam-2"):
        pipeline.process([Frame(camera, 0, 1.0, frames[0].image)])
    assert pipeline.use_zones({"cam-1": LEFT_HALF}) == set()
    assert set(pipeline._cameras) == {"cam-1", "cam-2"}
    assert pipeline.use_zones({"cam-1": Zone(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0)))}) == {"cam-1"}
    assert set(pipeline._cameras) == {"cam-2"}
    after = pipeline.process([Frame("cam-1", 1, 1.2, frames[1].image)])
    assert (after.faces_detected, after.cameras[0].tracks_active) == (0, 0)


@pytest.mark.parametrize(
    "values",
    [
        {"outline": ((0.1, 0.1), (0.2, 0.2))},
        {"outline": ((0.1, 0.1), (0.2, 0.2), (0.3, 1.1))},
        {"outline": ((0.1, 0.1), (0.2, 0.2), (0.3, float("nan")))},
        {"far_face": 0.0},
        {"far_face": 1.5},
        {"far_face": float("nan")},
    ],
    ids=["two-corners", "beyond", "nan", "no-face", "wider-than-the-picture", "no-number"],
)
def test_it_refuses_what_is_no_zone(values):
    with pytest.raises(ValueError, match="Zone"):
        Zone(**values)


def test_faces_smaller_than_the_measured_one_are_still_looked_for():
    """A child walks along the far edge too."""
    assert Zone(far_face=0.03).far_face_px(1920) == pytest.approx(0.8 * 0.03 * 1920)
    assert Zone().far_face_px(1920) is None
