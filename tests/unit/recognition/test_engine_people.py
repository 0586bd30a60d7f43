"""Several people at a time: who is searched, as whom, how often, and what is left of those who passed."""

from __future__ import annotations

import dataclasses
import gc
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pytest
from recognition_scenes import Cutout, Walker, across, film, render, towards

from apps.recognition.engine.data import Frame, Image, Probe
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.pipeline import PipelineConfig, ShardPipeline
from apps.recognition.engine.shots import ShotPolicy

THRESHOLD = 0.45
START = 1000.0


class CountingPack:
    """The real pack, counting the faces that it embeds."""

    def __init__(self, pack: OpenCVZooPack) -> None:
        self._pack = pack
        self.embedded = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def embed(self, aligned: Image) -> np.ndarray:
        self.embedded += len(aligned)
        return self._pack.embed(aligned)


def walk(pipeline: ShardPipeline, frames: Iterable[Frame]) -> list[Probe]:
    return [probe for frame in frames for probe in pipeline.process([frame]).probes]


def by_person(probes: Sequence[Probe], walkers: Sequence[Walker]) -> dict[str, list[Probe]]:
    """Whose face stands in the box of each probe, by where everybody was at that moment."""
    found = defaultdict(list)
    for probe in probes:
        middle = ((probe.box[0] + probe.box[2]) / 2, (probe.box[1] + probe.box[3]) / 2)
        places = [(w.cutout.name, w.path(probe.captured_at - START)) for w in walkers]
        near = min((np.hypot(p[0] - middle[0], p[1] - middle[1]), who) for who, p in places if p is not None)
        found[near[1]].append(probe)
    return found


def alerts(probes: Sequence[Probe], listed: dict[str, np.ndarray]) -> set[str]:
    return {who for who, face in listed.items() for p in probes if float(p.template @ face) >= THRESHOLD}


@pytest.mark.parametrize("fps", [3, 8])
def test_six_people_at_a_time_are_six_tracks_and_only_the_listed_are_found(pack, people, listed, fps):
    walkers = [
        Walker(people[who], towards(150 + 190 * k, 130 + 200 * k, 36, 110, 6.0, begin=0.3 * k))
        for k, who in enumerate(["a", "d", "b", "e", "c", "g1"])
    ]
    pipeline = ShardPipeline(pack)
    results = [pipeline.process([frame]) for frame in film(walkers, seconds=8, fps=fps)]
    assert sum(r.tracks_started for r in results) == 6
    found = by_person([p for r in results for p in r.probes], walkers)
    assert {who: alerts(probes, listed) for who, probes in found.items()} == {
        "a": {"a"},
        "b": {"b"},
        "c": {"c"},
        "d": set(),
        "e": set(),
        "g1": set(),
    }


@pytest.mark.parametrize("fps", [4, 8])
def test_two_people_who_cross_keep_their_ids(pack, people, listed, fps):
    walkers = [
        Walker(people["a"], across(300, 90, 150, 1130, 4)),
        Walker(people["d"], across(312, 78, 1130, 150, 4)),
    ]
    pipeline = ShardPipeline(pack)
    results = [pipeline.process([frame]) for frame in film(walkers, seconds=4, fps=fps)]
    found = by_person([p for r in results for p in r.probes], walkers)
    ids = {who: {p.track_id for p in probes} for who, probes in found.items()}
    assert len(ids["a"]) == len(ids["d"]) == 1
    assert ids["a"] != ids["d"]
    assert sum(r.tracks_started for r in results) == 2
    assert alerts(found["a"], listed) == {"a"}
    assert alerts(found["d"], listed) == set()


@pytest.mark.parametrize("fps", [4, 5])
def test_a_listed_person_who_enters_where_another_leaves_is_searched_as_somebody_else(
    pack, people, listed, fps
):
    """Else the listed person would pass on the other's track, which was searched already."""
    walkers = [
        Walker(people["g2"], across(389, 80, 600, -20, 2.2)),
        Walker(people["b"], across(325, 82, -30, 800, 3.0, begin=2.1)),
    ]
    found = by_person(walk(ShardPipeline(pack), film(walkers, seconds=5, fps=fps)), walkers)
    assert {p.track_id for p in found["g2"]}.isdisjoint(p.track_id for p in found["b"])
    assert alerts(found["b"], listed) == {"b"}
    assert alerts(found["g2"], listed) == set()


def test_somebody_who_takes_a_place_between_two_frames_becomes_another_track(pack, people, listed):
    """Nothing in the boxes tells them apart: only the face does."""
    first, second = (
        Walker(people["d"], lambda t: (600, 300, 90)),
        Walker(people["c"], lambda t: (600, 300, 90)),
    )
    pipeline = ShardPipeline(pack)
    frames = [
        Frame("cam-1", n, START + n / 5, render([first if n < 8 else second], n / 5)) for n in range(20)
    ]
    before, after = walk(pipeline, frames[:8]), walk(pipeline, frames[8:])
    assert alerts(before, listed) == set()
    assert alerts(after, listed) == {"c"}
    assert {p.track_id for p in before}.isdisjoint(p.track_id for p in after)


def test_somebody_who_stands_about_is_embedded_a_few_times_only(pack, people):
    counting = CountingPack(pack)
    standing = [Walker(people["e"], lambda t: (600 + 3 * np.sin(5 * t), 300, 84))]
    walk(ShardPipeline(counting), film(standing, seconds=8, fps=8))
    assert 1 <= counting.embedded <= ShotPolicy().max_shots


def test_somebody_who_comes_no_nearer_is_not_judged_by_one_view_alone(pack, people):
    passing = [Walker(people["a"], across(300, 60, 100, 1100, 3))]
    probes = walk(ShardPipeline(pack), film(passing, seconds=3, fps=5))
    assert max(p.shot for p in probes) >= 2
    assert len({p.track_id for p in probes}) == 1


def test_the_views_of_a_track_are_weighed_together(pack, people):
    """The second template is no copy of the second view, nor of the first."""
    nearer = [Walker(people["c"], towards(400, 700, 36, 130, 4))]
    frames = list(film(nearer, seconds=4, fps=5))
    fused = walk(ShardPipeline(pack), frames)[1]
    alone = {}
    for frame in frames:
        for probe in ShardPipeline(pack).process([frame]).probes:
            alone[probe.captured_at] = probe.template
    single = float(fused.template @ alone[fused.captured_at])
    assert 0.6 < single < 0.9999


@pytest.mark.parametrize("who", ["b", "c", "d", "e"])
def test_a_blurred_face_is_tracked_and_never_searched(pack, people, who):
    walkers = [Walker(people[who], across(300, 70, 100, 1100, 3))]
    frames = [
        dataclasses.replace(frame, image=cv2.GaussianBlur(frame.image, (0, 0), 6))
        for frame in film(walkers, seconds=3, fps=5)
    ]
    pipeline = ShardPipeline(pack)
    results = [pipeline.process([frame]) for frame in frames]
    assert sum(r.faces_detected for r in results) > 0
    assert sum(len(r.probes) for r in results) == 0


def test_faces_too_small_to_compare_are_not_searched(pack, people):
    walkers = [Walker(people["a"], across(300, 22, 100, 1100, 3))]
    assert walk(ShardPipeline(pack), film(walkers, seconds=3, fps=5)) == []


def test_a_person_who_has_gone_is_forgotten_within_the_gap(pack, people):
    pipeline = ShardPipeline(pack)
    walkers = [Walker(people["a"], across(300, 90, 200, 800, 2))]
    walk(pipeline, film(walkers, seconds=2, fps=5))
    empty = render([], 0)
    results = [pipeline.process([Frame("cam-1", 100 + n, START + 2 + n / 5, empty)]) for n in range(10)]
    assert results[0].tracks_active == 1
    assert results[-1].tracks_active == 0
    camera = pipeline._cameras["cam-1"]
    assert camera.tracker.tracks == []
    assert camera.people._records == {}


@pytest.fixture
def quick_collection():
    """What is there already is not looked at again by each collection: it is a whole process of tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def test_no_frame_is_kept_after_the_call(pack, people, quick_collection):
    pipeline = ShardPipeline(pack)
    kept = []
    for frame in film([Walker(people["b"], towards(300, 700, 40, 120, 2))], seconds=2, fps=5):
        result = pipeline.process([frame])
        kept.append(result.probes)
        watched = weakref.ref(frame.image)
        del frame, result
        gc.collect()
        assert watched() is None
    assert any(kept)


def test_frames_of_one_call_may_come_in_any_order(pack, people):
    frames = list(film([Walker(people["c"], towards(300, 800, 40, 120, 3))], seconds=3, fps=5))
    one, other = ShardPipeline(pack), ShardPipeline(pack)
    straight, turned = one.process(frames), other.process(frames[::-1])
    assert straight.tracks_started == turned.tracks_started == 1
    assert straight.faces_detected == turned.faces_detected
    assert [c.frames_ignored for c in turned.cameras] == [0]
    np.testing.assert_allclose(straight.probes[0].template, turned.probes[0].template, atol=1e-5)


def test_a_late_frame_is_ignored_and_a_clock_set_back_starts_anew(pack, people):
    standing = Walker(people["d"], lambda t: (600, 300, 90))
    picture = render([standing], 0)
    pipeline = ShardPipeline(pack)
    pipeline.process([Frame("cam-1", 5, START, picture)])
    late = pipeline.process([Frame("cam-1", 4, START - 1, picture)])
    assert (late.cameras[0].frames_ignored, late.faces_detected, late.probes) == (1, 0, [])
    back = pipeline.process([Frame("cam-1", 6, START - 3600, picture)])
    assert back.cameras[0].frames_ignored == 0
    assert back.tracks_started == 1
    assert len(back.probes) == 1


def test_a_flicker_is_not_counted_as_somebody(pack, people):
    """A face too small to be searched, in one frame only: not a track in the published numbers."""
    pipeline = ShardPipeline(pack)
    blink = Walker(people["a"], lambda t: (600, 300, 26) if t == 0 else None)
    results = [pipeline.process([frame]) for frame in film([blink], seconds=2, fps=5)]
    assert results[0].faces_detected == 1
    assert sum(r.tracks_started for r in results) == 0


def test_the_picture_of_a_probe_shows_the_face_and_is_small(pack, people):
    probes = walk(
        ShardPipeline(pack, PipelineConfig(face_max_side=200)),
        film([Walker(people["b"], towards(300, 700, 60, 300, 2))], seconds=2, fps=5),
    )
    for probe in probes:
        assert max(probe.face_bgr.shape[:2]) <= 200
        assert len(pack.detect(probe.face_bgr, max_side=200)) == 1


def test_six_faces_in_an_hd_picture_are_all_found_and_each_embedded_a_few_times_only(pack, people):
    """What a frame costs is in bench/; what keeps it low is that faces are not embedded frame by frame."""
    walkers: list[Walker] = [
        Walker(face, towards(120 + 200 * k, 150 + 190 * k, 34, 110, 6.0))
        for k, face in enumerate(six(people))
    ]
    frames, counting = list(film(walkers, seconds=6, fps=5)), CountingPack(pack)
    pipeline = ShardPipeline(counting)
    results = [pipeline.process([frame]) for frame in frames]
    assert sum(r.faces_detected for r in results) >= 5.5 * len(frames)
    assert 6 <= counting.embedded <= 4 * sum(r.tracks_started for r in results)


def six(people: dict[str, Cutout]) -> list[Cutout]:
    return [people[who] for who in ("a", "b", "c", "d", "e", "g0")]
