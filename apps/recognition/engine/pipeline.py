"""Frames of a shard of cameras in, faces to be searched out. Holds tracks in memory, and nothing else.

Every frame is searched for faces and tracked; a template is computed for few views of each track, for all
cameras of a call in one inference. What is not returned goes out of scope here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .align import align_face, crop_with_margin
from .data import BatchResult, CameraCount, Detections, Frame, Probe
from .looks import rough_looks
from .packs import Pack
from .quality import assess, best_possible
from .shots import Candidate, PeopleOfCamera, PersonRecord, ShotPolicy
from .track import Track, Tracker, TrackerConfig
from .zone import WHOLE_PICTURE, Zone

# A frame this much older than the last means that the camera's clock was set back, not that frames changed
# places.
CLOCK_SET_BACK_S = 5.0
# A track counts as somebody seen when it has a template or this many views: a flicker in one frame does not.
HITS_TO_COUNT = 2
# A frame is never searched smaller: it costs little, and points of a face are exact to a pixel at best. The
# first, where nobody said how far the zone reaches.
FAST_SEARCH_PX = 960
SMALLEST_SEARCH_PX = 640
# How much larger than the detector's smallest a known face must be where only known faces are followed.
NEAR = 1.25
# And how much larger for its points to be exact.
EXACT = 2.0
# Frames of a camera that sends five a second are not exactly 0.2 s apart.
CLOCK_JITTER_S = 0.02


@dataclass(frozen=True)
class PipelineConfig:
    """How faces are looked for and shown.

    A frame is shrunk until a face at the far edge of the camera's zone is as large as the detector needs, or
    to ``max_side`` where that is given; a face smaller than quality allows is not looked for, nor is a frame
    without a known edge shrunk below a size that is searched fast. That is done every ``far_every_s``; frames
    in between serve to follow who is known, at the scale which that takes, and templates are made of large
    faces only.

    The picture of an alert has ``face_margin`` (share of the box) around the face and is at most
    ``face_max_side`` pixels long.
    """

    max_side: int | None = None
    far_every_s: float = 0.2
    min_detection_score: float = 0.65
    face_margin: float = 0.5
    face_max_side: int = 320
    shots: ShotPolicy = field(default_factory=ShotPolicy)
    tracker: TrackerConfig = field(default_factory=TrackerConfig)

    def search_side(
        self, width: int, height: int, smallest_face_px: float, zone: Zone = WHOLE_PICTURE
    ) -> int:
        """The longer side, in pixels, at which a frame of this size is searched."""
        longest = max(width, height)
        if self.max_side is not None:
            return self.max_side
        known = zone.far_face_px(width)
        floor = FAST_SEARCH_PX if known is None else SMALLEST_SEARCH_PX
        far = max(known or 0.0, self.shots.limits.min_size_px)
        return min(longest, max(floor, math.ceil(longest * smallest_face_px / far)))


class _Camera:
    """Tracks and records of one camera."""

    def __init__(self, config: PipelineConfig, zone: Zone) -> None:
        self.config = config
        self.zone = zone
        self.forget()

    def forget(self) -> None:
        self.tracker = Tracker(self.config.tracker)
        self.people = PeopleOfCamera(self.config.shots)
        self.last_at = -np.inf
        self.far_at = -np.inf

    def is_stale(self, frame: Frame) -> bool:
        """Older than one already seen? After a clock was set back everything starts anew instead."""
        if frame.captured_at < self.last_at - CLOCK_SET_BACK_S:
            self.forget()
        return frame.captured_at <= self.last_at

    def search_side(self, frame: Frame, smallest_face_px: float) -> tuple[int, float]:
        """At which longer side, in pixels, to search this frame; and from which size on, in pixels of the
        frame, the points of a face are then exact enough for a template."""
        height, width = frame.image.shape[:2]
        full = self.config.search_side(width, height, smallest_face_px, self.zone)
        smallest = self.tracker.smallest()
        near = max(SMALLEST_SEARCH_PX, math.ceil(max(width, height) * smallest_face_px * NEAR / smallest))
        due = frame.captured_at - self.far_at >= self.config.far_every_s - CLOCK_JITTER_S
        if due or near >= full or self.config.max_side is not None:
            self.far_at = frame.captured_at
            return full, 0.0
        return near, EXACT * smallest_face_px * max(width, height) / near

    def find(self, pack: Pack, frame: Frame, side: int) -> Detections:
        """The faces of a frame that are in the zone; what is far from it is not even searched.

        ``side`` is the longer side of the whole frame once shrunk.
        """
        height, width = frame.image.shape[:2]
        left, top, right, bottom = self.zone.window(width, height)
        part = frame.image[top:bottom, left:right]
        found = pack.detect(part, max_side=math.ceil(side * max(part.shape[:2]) / max(width, height)))
        if len(found) and (found.scores < self.config.min_detection_score).any():
            found = found.select(np.flatnonzero(found.scores >= self.config.min_detection_score))
        if left or top:
            found = found.moved(left, top)
        return self.zone.inside(found, width, height)

    def look_at(self, frame: Frame, detections: Detections, *, from_px: float) -> list[Candidate]:
        """Track the faces of one frame; the views of it that deserve a template."""
        self.last_at = frame.captured_at
        looks = rough_looks(frame.image, detections.boxes)
        update = self.tracker.update(detections, frame.captured_at, looks)
        # Most faces of a crowd are far away: not worth aligning.
        from_px = max(from_px, self.config.shots.limits.min_size_px)
        large = [(row, size) for row, size in enumerate(detections.sizes.tolist()) if size >= from_px]
        found = (self._candidate(frame, detections, row, size, update.tracks[row]) for row, size in large)
        return [candidate for candidate in found if candidate is not None]

    def _candidate(
        self, frame: Frame, detections: Detections, row: int, size: float, track: Track
    ) -> Candidate | None:
        policy, record, at = self.config.shots, self.people.record(track), frame.captured_at
        if not record.may_want(policy, track.doubtful, at):
            return None
        most = best_possible(size, detections.landmarks[row])
        if not record.could_be_wanted(policy, most, track.doubtful, at):
            return None  # nor are those that cannot be better than what is known
        aligned = align_face(frame.image, detections.landmarks[row])
        quality = assess(detections, row, frame.image, policy.limits, aligned=aligned)
        purpose = record.purpose_of(policy, quality, track.doubtful, at)
        if purpose is None:
            return None
        x1, y1, x2, y2 = (float(v) for v in detections.boxes[row])
        face = crop_with_margin(
            frame.image, (x1, y1, x2, y2), margin=self.config.face_margin, max_side=self.config.face_max_side
        )
        return Candidate(track, purpose, at, quality, (x1, y1, x2, y2), aligned, face)

    def count_new(self, tracks: Iterable[Track]) -> int:
        """How many tracks have become somebody seen since the last time."""
        fresh = [r for t in tracks if not (r := self.people.record(t)).counted and _is_somebody(t, r)]
        for record in fresh:
            record.counted = True
        return len(fresh)

    def active(self) -> int:
        return sum(self.people.record(track).counted for track in self.tracker.tracks)


@dataclass
class _Tally:
    frames: int = 0
    ignored: int = 0
    faces: int = 0
    tracks: dict[int, Track] = field(default_factory=dict)


class ShardPipeline:
    """The engine of one shard of cameras. One thread at a time; several pipelines may share a pack.

    ``zones`` are those of cameras by their id; of any other the whole picture is searched.
    """

    def __init__(
        self, pack: Pack, config: PipelineConfig | None = None, zones: Mapping[str, Zone] | None = None
    ) -> None:
        self.pack = pack
        config = config or PipelineConfig()
        self.config = replace(config, shots=config.shots.for_pack(pack.manifest))
        self._zones = dict(zones or {})
        self._cameras: dict[str, _Camera] = {}

    def use_zones(self, zones: Mapping[str, Zone]) -> frozenset[str]:
        """Look there from now on; the cameras whose zone is another, whose tracks are discarded. What was
        found of them before is for the caller to drop."""
        before, self._zones = self._zones, dict(zones)
        changed = frozenset(
            camera_id
            for camera_id in before.keys() | zones.keys()
            if before.get(camera_id, WHOLE_PICTURE) != zones.get(camera_id, WHOLE_PICTURE)
        )
        for camera_id in changed:
            self.reset(camera_id)
        return changed

    def reset(self, camera_id: str | None = None) -> None:
        """Discard the tracks in flight of one camera, or of all (domain.md §2: the link was lost)."""
        if camera_id is None:
            self._cameras.clear()
        else:
            self._cameras.pop(camera_id, None)

    def is_confirmed(self, probe: Probe) -> bool:
        """Did enough views speak for an alert? Else the next fit view of the track will be embedded, and be a
        probe of all of them together: no lucky frame decides alone."""
        if probe.views >= self.config.shots.views_to_alert:
            return True
        camera = self._cameras.get(probe.camera_id)
        if camera is not None:
            camera.people.ask_again(probe.track_id)
        return False

    def settle(self, camera_id: str, track_id: str) -> None:
        """There is an alert of this track, and one passing makes one alert: nothing further of this face is
        embedded or searched, unless to see whether the track went on with somebody else."""
        camera = self._cameras.get(camera_id)
        if camera is not None:
            camera.people.settle(track_id)

    def process(self, frames: Sequence[Frame]) -> BatchResult:
        """Find, track and embed. ``frames`` may be of several cameras, several of one, in any order.

        Frames of a camera older than one already seen are ignored and counted. Probes are in the order of
        their views' capture; at most one for each track a call.
        """
        tallies: dict[str, _Tally] = {}
        chosen: dict[int, tuple[_Camera, str, Candidate]] = {}
        for frame in sorted(frames, key=lambda f: (f.captured_at, f.sequence)):
            tally = tallies.setdefault(frame.camera_id, _Tally())
            camera = self._camera(frame.camera_id)
            if camera.is_stale(frame):
                tally.ignored += 1
                continue
            for candidate in self._look(camera, frame, tally):
                earlier = chosen.get(id(candidate.track))
                if earlier is None or candidate.quality.score > earlier[2].quality.score:
                    chosen[id(candidate.track)] = (camera, frame.camera_id, candidate)
        probes = self._embed(list(chosen.values()))
        counts = tuple(self._count(camera_id, tally) for camera_id, tally in tallies.items())
        return BatchResult(
            probes=probes,
            tracks_started=sum(c.tracks_started for c in counts),
            tracks_active=sum(camera.active() for camera in self._cameras.values()),
            faces_detected=sum(c.faces_detected for c in counts),
            cameras=counts,
        )

    def _camera(self, camera_id: str) -> _Camera:
        camera = self._cameras.get(camera_id)
        if camera is None:
            zone = self._zones.get(camera_id, WHOLE_PICTURE)
            camera = self._cameras[camera_id] = _Camera(self.config, zone)
        return camera

    def _look(self, camera: _Camera, frame: Frame, tally: _Tally) -> list[Candidate]:
        side, from_px = camera.search_side(frame, self.pack.manifest.smallest_face_px)
        found = camera.find(self.pack, frame, side)
        candidates = camera.look_at(frame, found, from_px=from_px)
        tally.frames += 1
        tally.faces += len(found)
        tally.tracks.update({id(track): track for track in camera.tracker.tracks})
        return candidates

    def _embed(self, chosen: list[tuple[_Camera, str, Candidate]]) -> list[Probe]:
        if not chosen:
            return []
        views = self.pack.embed(np.stack([candidate.aligned for _, _, candidate in chosen]))
        probes = []
        for (camera, camera_id, candidate), view in zip(chosen, views, strict=True):
            if camera.people.learn(candidate, view, camera.tracker.tracks):
                probes.append(_probe(camera_id, candidate, camera.people.record(candidate.track)))
        return probes

    def _count(self, camera_id: str, tally: _Tally) -> CameraCount:
        camera = self._cameras[camera_id]
        started = camera.count_new(tally.tracks.values())
        camera.people.keep_only(camera.tracker.tracks)
        return CameraCount(camera_id, tally.frames, tally.ignored, tally.faces, started, camera.active())


def _is_somebody(track: Track, record: PersonRecord) -> bool:
    return track.hits >= HITS_TO_COUNT or record.shots > 0


def _probe(camera_id: str, candidate: Candidate, record: PersonRecord) -> Probe:
    template, face = record.template, record.best_face
    if template is None or face is None:  # learn() has just added a view
        raise AssertionError("a probe without a template")
    return Probe(
        camera_id=camera_id,
        track_id=candidate.track.id,
        captured_at=candidate.captured_at,
        template=template,
        face_bgr=face,
        box=candidate.box,
        quality=candidate.quality,
        shot=record.shots,
        views=record.views,
    )
