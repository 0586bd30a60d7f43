"""Follows faces through the frames of one camera: one track a person, as far as can be told.

Frames come a few times a second, so a walker's boxes often do not overlap from one to the next. Faces are
therefore matched to where each track should be by now, with how far a person can get in the time that passed,
and with how the face looks at a glance. All limits are in face widths and seconds: pixels and frame rates
vary.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .data import Detections, Floats

# Larger than any sum of allowed costs: such a pair is never chosen over leaving both alone.
FORBIDDEN = 1e6
# Between frames closer than this a pixel of noise would look like great speed.
SHORTEST_STEP_S = 0.02


@dataclass(frozen=True)
class TrackerConfig:
    """Limits of matching. Distances in face widths, times in seconds.

    A face may be ``reach`` widths from where its track should be, and ``reach_per_s`` more for each second
    unseen (``reach_new_per_s`` while the track has no known speed). It may have grown or shrunk by
    ``max_size_ratio``. A track ends after ``max_gap_s`` or ``max_missed`` frames without a face, whichever is
    first.
    """

    reach: float = 0.7
    reach_per_s: float = 3.0
    reach_new_per_s: float = 9.0
    max_reach: float = 5.0
    max_size_ratio: float = 1.9
    max_look_distance: float = 1.0
    max_gap_s: float = 1.5
    max_missed: int = 12
    speed_memory: float = 0.5
    size_weight: float = 0.4
    look_weight: float = 1.5
    # A choice that beats the next best by less than this is marked as doubtful.
    doubt_margin: float = 0.35
    # So is a match dearer than this, with the weights above, and any after a frame without the face: somebody
    # else may have stepped into the place.
    doubt_cost: float = 0.5


@dataclass(eq=False)
class Track:
    """One face being followed. ``doubtful`` is set when the last match may have been another person."""

    id: str
    box: Floats
    look: Floats | None
    first_seen_at: float
    last_seen_at: float
    speed: Floats = field(default_factory=lambda: np.zeros(2, np.float32))
    has_speed: bool = False
    hits: int = 1
    missed: int = 0
    doubtful: bool = False


@dataclass(frozen=True)
class TrackUpdate:
    """``tracks`` is aligned with the detections; ``started`` and ``ended`` are the tracks that changed."""

    tracks: list[Track]
    started: list[Track]
    ended: list[Track]


def new_track_id() -> str:
    """A random identifier: it says nothing about when or where."""
    return uuid.uuid4().hex


class Tracker:
    """The tracks of one camera. Not thread-safe; fed in the order of time."""

    def __init__(self, config: TrackerConfig | None = None) -> None:
        self.config = config or TrackerConfig()
        self.tracks: list[Track] = []
        self._now = -np.inf

    def smallest(self) -> float:
        """The size of the smallest face that is followed, in pixels; infinite when there is none."""
        return float(_sizes(_rows([t.box for t in self.tracks])).min(initial=np.inf))

    def update(self, detections: Detections, at: float, looks: Floats | None = None) -> TrackUpdate:
        """Match ``detections`` of the frame captured ``at`` (epoch s) to tracks; start and end tracks.

        ``looks`` is (N, K) float32, one L2-normalised rough description a face, or None. Raises ValueError
        when time runs backwards or ``looks`` does not fit.
        """
        if not np.isfinite(at) or at < self._now:
            raise ValueError(f"at: expected a time not before {self._now}, got {at}")
        if looks is not None and (looks.ndim != 2 or len(looks) != len(detections)):
            raise ValueError(f"looks: expected shape ({len(detections)}, K), got {looks.shape}")
        self._now = at
        ended = [t for t in self.tracks if at - t.last_seen_at > self.config.max_gap_s]
        self.tracks = [t for t in self.tracks if t not in ended]
        costs = self._costs(detections, at, looks)
        chosen = _assign(costs)
        self._doubt(costs, chosen)
        self._move(detections.boxes, looks, chosen, at)
        result: list[Track] = []
        started: list[Track] = []
        for row in range(len(detections)):
            index = chosen.get(row)
            if index is None:
                look = None if looks is None else looks[row]
                started.append(Track(new_track_id(), detections.boxes[row].copy(), look, at, at))
            result.append(started[-1] if index is None else self.tracks[index])
        ended += self._miss(set(chosen.values()))
        self.tracks = [t for t in self.tracks if t not in ended] + started
        return TrackUpdate(result, started, ended)

    def _miss(self, seen: Set[int]) -> list[Track]:
        for index, track in enumerate(self.tracks):
            if index not in seen:
                track.missed += 1
        return [t for t in self.tracks if t.missed > self.config.max_missed]

    def _move(self, boxes: Floats, looks: Floats | None, chosen: Mapping[int, int], at: float) -> None:
        """Each matched track to where its face is now. All at once: arrays of one face cost as much."""
        pairs = [(row, self.tracks[index]) for row, index in chosen.items()]
        seen = boxes[list(chosen)]
        moved = _centres(seen) - _centres(_rows([track.box for _, track in pairs]))
        for (row, track), box, way in zip(pairs, seen, moved, strict=True):
            elapsed = at - track.last_seen_at
            if elapsed >= SHORTEST_STEP_S:
                measured = way / np.float32(elapsed)
                memory = np.float32(self.config.speed_memory)
                track.speed = track.speed * memory + measured * (1 - memory) if track.has_speed else measured
                track.has_speed = True
            if looks is not None:
                track.look = looks[row]
            track.box, track.last_seen_at, track.missed = box, at, 0
            track.hits += 1

    def _costs(self, detections: Detections, at: float, looks: Floats | None) -> NDArray[np.float64]:
        """(tracks, faces) costs; FORBIDDEN where a person cannot have got there.

        The distance is squared, so that of two ways to match a group walking together, the one in which all
        moved equally far wins over the one in which one stood still and another jumped.
        """
        config = self.config
        if not self.tracks or not len(detections):
            return np.zeros((len(self.tracks), len(detections)))
        boxes = _rows([t.box for t in self.tracks])
        elapsed = np.array([at - t.last_seen_at for t in self.tracks])
        speeds = np.array([t.speed for t in self.tracks])
        expected = _centres(boxes) + speeds * elapsed[:, None].astype(np.float32)
        sizes, found = _sizes(boxes), _sizes(detections.boxes)
        per_s = np.array([config.reach_per_s if t.has_speed else config.reach_new_per_s for t in self.tracks])
        reach = np.minimum(config.reach + per_s * elapsed, config.max_reach)
        away = expected[:, None] - _centres(detections.boxes)[None]
        apart = np.hypot(away[..., 0], away[..., 1])
        distance = apart / ((sizes[:, None] + found[None]) / 2) / reach[:, None]
        growth = np.abs(np.log(found[None] / sizes[:, None])) / np.log(config.max_size_ratio)
        unlike = self._unlike(looks, distance.shape)
        costs = distance**2 + config.size_weight * growth**2 + config.look_weight * unlike
        allowed = (distance <= 1) & (growth <= 1) & (unlike <= config.max_look_distance)
        limited: NDArray[np.float64] = np.where(allowed, costs, FORBIDDEN)
        return limited

    def _unlike(self, looks: Floats | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """(tracks, faces) 1 - cosine of the rough descriptions, 0 where either has none."""
        unlike = np.zeros(shape)
        known = [index for index, track in enumerate(self.tracks) if track.look is not None]
        if looks is not None and known:
            unlike[known] = 1.0 - np.array([self.tracks[index].look for index in known]) @ looks.T
        return unlike

    def _doubt(self, costs: NDArray[np.float64], chosen: Mapping[int, int]) -> None:
        """Mark tracks of a poor match, one after a gap, or one that another face or another track could
        nearly have had."""
        if not chosen:
            return
        rows, tracks = list(chosen), list(chosen.values())
        cost = costs[tracks, rows]
        others = costs.copy()
        others[tracks, rows] = FORBIDDEN  # at most one match a row and a column: what is left are rivals
        rival = np.minimum(others[tracks].min(axis=1), others[:, rows].min(axis=0))
        poor = (cost > self.config.doubt_cost) | (rival < cost + self.config.doubt_margin)
        for index, is_poor in zip(tracks, poor.tolist(), strict=True):
            track = self.tracks[index]
            track.doubtful |= bool(track.missed) or is_poor


def _assign(costs: NDArray[np.float64]) -> dict[int, int]:
    """Face row to track index, the cheapest allowed matching over all."""
    rows, columns = linear_sum_assignment(costs)
    return {int(c): int(r) for r, c in zip(rows, columns, strict=True) if costs[r, c] < FORBIDDEN}


def _rows(boxes: Sequence[Floats]) -> Floats:
    """(N, 4) of N boxes; N may be 0."""
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def _centres(boxes: Floats) -> Floats:
    centres: Floats = (boxes[:, :2] + boxes[:, 2:]) * np.float32(0.5)
    return centres


def _sizes(boxes: Floats) -> Floats:
    sides = boxes[:, 2:] - boxes[:, :2]
    areas: Floats = sides[:, 0] * sides[:, 1]
    sizes: Floats = np.sqrt(areas)
    return sizes
