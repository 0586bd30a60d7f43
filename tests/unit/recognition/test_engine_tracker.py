"""The tracker alone, on invented boxes: one track a person, though boxes seldom overlap between frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.recognition.engine.data import Detections
from apps.recognition.engine.track import Track, Tracker, TrackerConfig

Path = Callable[[float], tuple[float, float, float] | None]


def faces(places: list[tuple[float, float, float]]) -> Detections:
    """Detections of square faces given as centre x, y and width."""
    count = len(places)
    boxes = np.array([[x - w / 2, y - w / 2, x + w / 2, y + w / 2] for x, y, w in places], np.float32)
    return Detections(
        boxes.reshape(count, 4), np.zeros((count, 5, 2), np.float32), np.ones(count, np.float32)
    )


def follow(
    paths: list[Path], *, fps: float, seconds: float, looks: np.ndarray | None = None
) -> list[list[str | None]]:
    """The track id of each person in each frame, None when out of sight."""
    tracker, ids = Tracker(), []
    rng = np.random.default_rng(3)
    for number in range(int(seconds * fps)):
        at = number / fps
        places = [(who, place) for who, path in enumerate(paths) if (place := path(at)) is not None]
        rng.shuffle(places)
        seen = [who for who, _ in places]
        update = tracker.update(
            faces([place for _, place in places]), 1000 + at, None if looks is None else looks[seen]
        )
        named = {who: track.id for who, track in zip(seen, update.tracks, strict=True)}
        ids.append([named.get(who) for who in range(len(paths))])
    return ids


def tracks_of(ids: list[list[str | None]], person: int) -> set[str]:
    return {row[person] for row in ids if row[person] is not None}


def line(x: float, y: float, width: float, speed: float, begin: float = 0, end: float = 99) -> Path:
    return lambda t: (x + speed * t, y, width) if begin <= t <= end else None


@pytest.mark.parametrize("fps", [3, 4, 5, 8])
def test_one_fast_walker_is_one_track(fps):
    """Two and a half face widths between frames at 3 frames a second: the boxes never touch."""
    ids = follow([line(0, 300, 60, 450)], fps=fps, seconds=2.6)
    assert len(tracks_of(ids, 0)) == 1


@pytest.mark.parametrize("fps", [3, 5, 8])
def test_a_group_walking_abreast_is_one_track_each(fps):
    paths = [line(100 + 110 * k, 300 + 6 * k, 60, 240) for k in range(5)]
    ids = follow(paths, fps=fps, seconds=3)
    assert [len(tracks_of(ids, k)) for k in range(5)] == [1] * 5
    assert len({tracks_of(ids, k).pop() for k in range(5)}) == 5


@pytest.mark.parametrize("fps", [3, 4, 5, 8])
@pytest.mark.parametrize("hidden", [False, True])
def test_two_people_who_cross_keep_their_tracks(fps, hidden):
    """Also when the one behind is not seen for the moment in which they overlap."""

    def behind(t: float) -> tuple[float, float, float] | None:
        x = 1000 - 260 * t
        covered = hidden and abs(x - (100 + 260 * t)) < 50
        return None if covered else (x, 290, 58)

    ids = follow([line(100, 300, 66, 260), behind], fps=fps, seconds=3.4)
    assert len(tracks_of(ids, 0)) == len(tracks_of(ids, 1)) == 1
    assert tracks_of(ids, 0).isdisjoint(tracks_of(ids, 1))


def test_crossing_marks_the_tracks_as_doubtful():
    tracker = Tracker()
    doubted = set()
    for number in range(16):
        at = number / 5
        update = tracker.update(faces([(100 + 260 * at, 300, 66), (1000 - 260 * at, 292, 58)]), at)
        doubted |= {t.id for t in update.tracks if t.doubtful}
    assert len(doubted) == 2


def test_a_lone_walker_is_never_doubtful():
    tracker = Tracker()
    for number in range(20):
        update = tracker.update(faces([(100 + 50 * number, 300, 66 + number)]), number / 5)
        assert not update.tracks[0].doubtful


def test_one_who_enters_where_another_leaves_does_not_pass_for_him_unnoticed():
    """He may get the other's track for a moment, but then it must be marked."""
    tracker = Tracker()
    for number in range(8):
        update = tracker.update(faces([(500 - 50 * number, 386, 80)]), number / 5)
    leaver = update.tracks[0].id
    update = tracker.update(faces([]), 1.6)
    update = tracker.update(faces([(70, 322, 90)]), 1.8)
    assert update.tracks[0].id != leaver or update.tracks[0].doubtful


def test_the_look_of_a_face_decides_between_two_who_stand_close():
    looks = np.eye(2, 8, dtype=np.float32)
    paths = [
        lambda t: (300 + 40 * (int(t * 4) % 2), 300, 60),
        lambda t: (340 - 40 * (int(t * 4) % 2), 300, 60),
    ]
    ids = follow(paths, fps=4, seconds=3, looks=looks)
    assert len(tracks_of(ids, 0)) == len(tracks_of(ids, 1)) == 1


def test_a_track_survives_a_short_absence_and_not_a_long_one():
    limit = TrackerConfig().max_gap_s
    for gap, same in ((limit - 0.3, True), (limit + 0.3, False)):
        tracker = Tracker()
        first = tracker.update(faces([(300, 300, 60)]), 10.0).tracks[0].id
        tracker.update(faces([(300, 300, 60)]), 10.2)
        again = tracker.update(faces([(300, 300, 60)]), 10.2 + gap)
        assert (again.tracks[0].id == first) is same
        assert (len(again.ended) == 1) is not same


def test_a_track_ends_after_many_frames_without_a_face():
    config = TrackerConfig(max_gap_s=60, max_missed=3)
    tracker = Tracker(config)
    tracker.update(faces([(300, 300, 60)]), 0.0)
    ended = [len(tracker.update(faces([]), n / 8).ended) for n in range(1, 6)]
    assert ended == [0, 0, 0, 1, 0]
    assert tracker.tracks == []


def test_a_face_far_away_is_another_person():
    tracker = Tracker()
    tracker.update(faces([(300, 300, 40)]), 0.0)
    update = tracker.update(faces([(900, 300, 40)]), 0.2)
    assert len(update.started) == 1
    assert len(tracker.tracks) == 2


def test_a_face_of_quite_another_size_is_another_person():
    tracker = Tracker()
    tracker.update(faces([(300, 300, 40)]), 0.0)
    assert len(tracker.update(faces([(300, 300, 120)]), 0.2).started) == 1


def test_it_refuses_time_that_runs_backwards():
    tracker = Tracker()
    tracker.update(faces([]), 10.0)
    for at in (9.9, np.nan, np.inf):
        with pytest.raises(ValueError, match="time"):
            tracker.update(faces([]), at)


def test_it_refuses_looks_that_do_not_fit():
    with pytest.raises(ValueError, match="looks"):
        Tracker().update(faces([(300, 300, 40)]), 1.0, np.zeros((2, 8), np.float32))


def test_two_frames_at_almost_the_same_time_give_no_speed():
    tracker = Tracker()
    tracker.update(faces([(300, 300, 40)]), 1.0)
    for at in (1.0, 1.0 + 1e-12, 1.001):
        track = tracker.update(faces([(304, 300, 40)]), at).tracks[0]
        assert np.abs(track.speed).max() == 0


place = st.tuples(st.floats(-100, 1400), st.floats(-100, 900), st.floats(4, 400))


@settings(deadline=None)
@given(
    frames=st.lists(
        st.tuples(st.floats(0, 3), st.lists(place, max_size=7)),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_seen_each_face_has_one_track_and_no_track_two_faces(frames):
    tracker, at = Tracker(), 0.0
    ended: set[str] = set()
    known: set[str] = set()
    for pause, places in frames:
        at += pause
        update = tracker.update(faces(places), at)
        ids = [t.id for t in update.tracks]
        assert len(ids) == len(places) == len(set(ids))
        ended |= {t.id for t in update.ended}
        assert ended.isdisjoint(ids)
        assert {t.id for t in update.started} == set(ids) - known
        known |= set(ids)
        assert {t.id for t in tracker.tracks} == known - ended
        assert all(at - t.last_seen_at <= tracker.config.max_gap_s for t in tracker.tracks)
        for track, (x, y, _) in zip(update.tracks, places, strict=True):
            assert isinstance(track, Track)
            assert np.allclose((track.box[:2] + track.box[2:]) / 2, (x, y), atol=0.01)
            assert np.isfinite(track.speed).all()
