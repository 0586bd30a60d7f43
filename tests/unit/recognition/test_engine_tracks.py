"""From frames to probes: one person is one track, cameras do not mix, and a reset forgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from recognition_scenes import Cutout, Walker, across, cut_out, film, towards

from apps.recognition.engine.data import BatchResult, Frame, Probe
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.pipeline import PipelineConfig, ShardPipeline

FPS = 4


@pytest.fixture(scope="module")
def cutouts(pack: OpenCVZooPack, photos: Path) -> dict[str, Cutout]:
    names = {"a": "subject_a_1.jpg", "b": "subject_b_1.jpg", "c": "subject_c_1.jpg"}
    images = {key: cv2.imread(str(photos / name)) for key, name in names.items()}
    return {key: cut_out(key, image, pack.detect(image, max_side=960)) for key, image in images.items()}


@pytest.fixture(scope="module")
def walk_a(cutouts: dict[str, Cutout]) -> list[Frame]:
    """a walks to the right past camera one, for three seconds."""
    return list(
        film([Walker(cutouts["a"], across(330, 110, 300, 950, 3))], seconds=3, fps=FPS, camera_id="one")
    )


@pytest.fixture(scope="module")
def walk_b_and_c(cutouts: dict[str, Cutout]) -> list[Frame]:
    """b and c walk side by side to the left past camera two, at the same times."""
    walkers = [
        Walker(cutouts["b"], across(330, 100, 700, 350, 3)),
        Walker(cutouts["c"], across(330, 100, 1050, 700, 3)),
    ]
    return list(film(walkers, seconds=3, fps=FPS, camera_id="two"))


def run(pipeline: ShardPipeline, batches: Sequence[Sequence[Frame]]) -> list[BatchResult]:
    return [pipeline.process(batch) for batch in batches]


def probes_of(results: Sequence[BatchResult], camera_id: str) -> list[Probe]:
    return [p for result in results for p in result.probes if p.camera_id == camera_id]


def numbered(probes: Sequence[Probe]) -> list[int]:
    """Track ids, which are random, as numbers in order of appearance."""
    order = list(dict.fromkeys(p.track_id for p in probes))
    return [order.index(p.track_id) for p in probes]


def test_one_person_gives_one_track_and_few_probes(pack: OpenCVZooPack, photos: Path, walk_a: list[Frame]):
    results = run(ShardPipeline(pack), [[frame] for frame in walk_a])
    probes = probes_of(results, "one")
    assert all(result.faces_detected == 1 for result in results)
    assert 1 <= len(probes) <= 3
    assert len({p.track_id for p in probes}) == 1
    assert [p.shot for p in probes] == list(range(1, len(probes) + 1))
    assert sum(result.tracks_started for result in results) == 1
    assert [result.tracks_active for result in results] == [1] * len(results)
    enrolled = enrol_picture(pack, (photos / "subject_a_2.jpg").read_bytes()).template
    assert all(float(p.template @ enrolled) >= 0.45 for p in probes)


def test_somebody_who_comes_nearer_is_searched_no_more_often_than_the_policy_says(
    pack: OpenCVZooPack, cutouts: dict[str, Cutout]
):
    walker = Walker(cutouts["b"], towards(600, 660, 36, 160, 5))
    frames = film([walker], seconds=5, fps=FPS, camera_id="one")
    probes = probes_of(run(ShardPipeline(pack), [[frame] for frame in frames]), "one")
    assert 1 <= len(probes) <= PipelineConfig().shots.max_shots
    assert len({p.track_id for p in probes}) == 1


def test_frames_of_two_cameras_in_one_batch_give_what_each_gives_alone(
    pack: OpenCVZooPack, walk_a: list[Frame], walk_b_and_c: list[Frame]
):
    together = run(ShardPipeline(pack), list(zip(walk_a, walk_b_and_c, strict=True)))
    alone = {
        "one": run(ShardPipeline(pack), [[frame] for frame in walk_a]),
        "two": run(ShardPipeline(pack), [[frame] for frame in walk_b_and_c]),
    }
    for camera_id, results in alone.items():
        expected, found = probes_of(results, camera_id), probes_of(together, camera_id)
        assert expected
        assert len(found) == len(expected)
        assert numbered(found) == numbered(expected)
        for one, other in zip(found, expected, strict=True):
            assert (one.captured_at, one.shot, one.box) == (other.captured_at, other.shot, other.box)
            assert one.quality == other.quality
            assert np.array_equal(one.face_bgr, other.face_bgr)
            assert float(one.template @ other.template) > 0.9999
        counts = [c for result in together for c in result.cameras if c.camera_id == camera_id]
        assert counts == [result.cameras[0] for result in results]
    one, two = ({p.track_id for p in probes_of(together, camera)} for camera in ("one", "two"))
    assert (len(one), len(two)) == (1, 2)
    assert not one & two


def test_a_call_gives_each_track_at_most_one_probe(pack: OpenCVZooPack, walk_b_and_c: list[Frame]):
    result = ShardPipeline(pack).process(walk_b_and_c[::-1])  # all at once, and the last first
    assert len(result.probes) == len({p.track_id for p in result.probes}) == 2
    assert result.cameras[0].frames_processed == len(walk_b_and_c)


def test_a_frame_seen_before_is_ignored_and_counted(pack: OpenCVZooPack, walk_a: list[Frame]):
    pipeline = ShardPipeline(pack)
    run(pipeline, [walk_a[:2]])
    count = pipeline.process([walk_a[0]]).cameras[0]
    assert (count.frames_processed, count.frames_ignored, count.faces_detected) == (0, 1, 0)


def test_reset_discards_all_tracks(pack: OpenCVZooPack, walk_a: list[Frame], walk_b_and_c: list[Frame]):
    pipeline = ShardPipeline(pack)
    first = pipeline.process([walk_a[4], walk_b_and_c[4]])
    assert (first.tracks_active, len(first.probes)) == (3, 3)
    pipeline.reset()
    assert pipeline.process([]).tracks_active == 0
    again = pipeline.process([walk_a[5], walk_b_and_c[5]])
    assert (again.tracks_started, again.tracks_active, len(again.probes)) == (3, 3, 3)
    assert not {p.track_id for p in first.probes} & {p.track_id for p in again.probes}
    assert all(p.shot == 1 for p in again.probes)


def test_reset_of_one_camera_leaves_the_other(
    pack: OpenCVZooPack, walk_a: list[Frame], walk_b_and_c: list[Frame]
):
    pipeline = ShardPipeline(pack)
    first = pipeline.process([walk_a[4], walk_b_and_c[4]])
    pipeline.reset("one")
    assert pipeline.process([]).tracks_active == 2
    again = pipeline.process([walk_a[5], walk_b_and_c[5]])
    started = {count.camera_id: count.tracks_started for count in again.cameras}
    assert started == {"one": 1, "two": 0}
    before = {p.track_id for p in first.probes}
    assert before.isdisjoint(p.track_id for p in again.probes if p.camera_id == "one")
