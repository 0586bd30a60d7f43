"""Which views of a walker are worth a template, and what all of them say together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

import numpy as np

from .data import Floats, Image, Quality
from .packs import PackManifest
from .quality import LIVE_LIMITS, QualityLimits
from .track import Track, new_track_id

# Two views of one walker are alike a little less than two portraits, for which thresholds are set.
SAME_PERSON_BELOW = 0.05


@dataclass(frozen=True)
class ShotPolicy:
    """When a template is computed.

    The first time a face keeps ``limits`` and reaches ``min_score``. Then, up to ``max_shots`` times in all,
    when the score is ``better_by`` above the best so far; the second may instead be about as good
    (``second_share``) once ``second_after_s`` have passed, so that one view alone does not decide about
    somebody who comes no nearer. And to check a doubtful track, at most every ``check_every_s``. Views below
    ``same_person`` (cosine similarity; None: ``SAME_PERSON_BELOW`` under the pack's threshold) are taken for
    two people.

    Nobody is alerted on by fewer than ``views_to_alert`` views together: when the first is alike somebody
    listed, the next fit one, ``again_after_s`` later or more, is embedded whatever else holds.
    """

    limits: QualityLimits = LIVE_LIMITS
    min_score: float = 0.30
    better_by: float = 0.15
    second_after_s: float = 0.6
    second_share: float = 0.85
    max_shots: int = 4
    check_every_s: float = 0.7
    same_person: float | None = None
    views_to_alert: int = 2
    again_after_s: float = 0.1

    def for_pack(self, manifest: PackManifest) -> ShotPolicy:
        """The policy with the pack's own measure of sameness."""
        if self.same_person is not None:
            return self
        return replace(self, same_person=manifest.default_threshold - SAME_PERSON_BELOW)

    def is_same(self, likeness: float) -> bool:
        if self.same_person is None:
            raise ValueError("same_person: not known before `for_pack`")
        return likeness >= self.same_person


class Purpose(Enum):
    """Why a template is computed: to search with it, or to check that the track shows the same person."""

    SEARCH = auto()
    CHECK = auto()


@dataclass(frozen=True, eq=False)
class Candidate:
    """A view chosen for a template. ``aligned`` (112, 112, 3) and ``face_bgr`` are uint8 BGR copies."""

    track: Track
    purpose: Purpose
    captured_at: float
    quality: Quality
    box: tuple[float, float, float, float]
    aligned: Image = field(repr=False)
    face_bgr: Image = field(repr=False)


@dataclass(eq=False)
class PersonRecord:
    """What the views of one track said so far. Lives as long as the track."""

    shots: int = 0
    views: int = 0
    asked: bool = False
    # Raised: whatever further views say, there is that one alert. Only checked from now on.
    settled: bool = False
    best_score: float = 0.0
    # The picture of the best view: what a person will judge.
    best_face: Image | None = field(default=None, repr=False)
    embedded_at: float = -np.inf
    counted: bool = False
    _sum: Floats | None = field(default=None, repr=False)

    @property
    def template(self) -> Floats | None:
        """(D,) float32, L2-normalised: the mean of all views, weighted by quality: no lucky one decides."""
        if self._sum is None:
            return None
        template: Floats = (self._sum / np.linalg.norm(self._sum)).astype(np.float32)
        return template

    def likeness(self, view: Floats) -> float:
        """Cosine similarity of a view with all before; -1 when there is none."""
        template = self.template
        return -1.0 if template is None else float(template @ view)

    def add(self, view: Floats, candidate: Candidate) -> None:
        weighted = view * np.float32(candidate.quality.score**2)
        self._sum = weighted if self._sum is None else self._sum + weighted
        self.embedded_at = candidate.captured_at
        self.views += 1
        self.asked = False
        if candidate.quality.score >= self.best_score:
            self.best_score, self.best_face = candidate.quality.score, candidate.face_bgr
        if candidate.purpose is Purpose.SEARCH:
            self.shots += 1

    def may_want(self, policy: ShotPolicy, doubtful: bool, at: float) -> bool:
        """Could any view be wanted now? Spares judging faces that are settled."""
        if self.settled:
            return self._check_due(policy, doubtful, at)
        return self.asked or self.shots < policy.max_shots or self._check_due(policy, doubtful, at)

    def could_be_wanted(self, policy: ShotPolicy, most: float, doubtful: bool, at: float) -> bool:
        """Could a view be wanted whose score is ``most`` at the most?"""
        if self.asked or self.shots == 0 or self._check_due(policy, doubtful, at):
            return most >= policy.min_score
        return self._is_worth(policy, most, at)

    def purpose_of(self, policy: ShotPolicy, quality: Quality, doubtful: bool, at: float) -> Purpose | None:
        """What a view of this quality is wanted for, if anything."""
        if not quality.acceptable or quality.score < policy.min_score:
            return None
        if self.settled:
            return Purpose.CHECK if self._check_due(policy, doubtful, at) else None
        if self.asked and at - self.embedded_at >= policy.again_after_s:
            return Purpose.SEARCH
        if self.shots == 0 or (self.shots < policy.max_shots and self._is_worth(policy, quality.score, at)):
            return Purpose.SEARCH
        return Purpose.CHECK if self._check_due(policy, doubtful, at) else None

    def _is_worth(self, policy: ShotPolicy, score: float, at: float) -> bool:
        second = self.shots == 1 and at - self.embedded_at >= policy.second_after_s
        return score >= self.best_score + policy.better_by or (
            second and score >= policy.second_share * self.best_score
        )

    def _check_due(self, policy: ShotPolicy, doubtful: bool, at: float) -> bool:
        return self.shots > 0 and doubtful and at - self.embedded_at >= policy.check_every_s


class PeopleOfCamera:
    """The records of one camera's tracks, by track id; notices when a track went on with another person."""

    def __init__(self, policy: ShotPolicy) -> None:
        self.policy = policy
        self._records: dict[str, PersonRecord] = {}

    def record(self, track: Track) -> PersonRecord:
        found = self._records.get(track.id)
        if found is None:
            found = self._records[track.id] = PersonRecord()
        return found

    def ask_again(self, track_id: str) -> None:
        """The next fit view of this track is wanted; nothing when it has ended."""
        record = self._records.get(track_id)
        if record is not None:
            record.asked = True

    def settle(self, track_id: str) -> None:
        """This track is searched no more, as long as it shows this person; nothing when it has ended."""
        record = self._records.get(track_id)
        if record is not None:
            record.settled = True

    def keep_only(self, tracks: Iterable[Track]) -> None:
        """Forget everybody whose track has ended."""
        ids = {track.id for track in tracks}
        self._records = {key: value for key, value in self._records.items() if key in ids}

    def learn(self, candidate: Candidate, view: Floats, tracks: Iterable[Track]) -> bool:
        """Add a view (D,) to its track; True when the track should be searched with what is known now.

        When the view shows somebody else, the track takes the id of the person it shows, if that person is on
        another track of this camera, and that track takes this one's; otherwise it becomes a new person.
        """
        track = candidate.track
        record = self.record(track)
        track.doubtful = False
        if record.shots == 0 or self.policy.is_same(record.likeness(view)):
            record.add(view, candidate)
            return candidate.purpose is Purpose.SEARCH
        twin = self._shown_by(view, [t for t in tracks if t is not track])
        if twin is not None:
            track.id, twin.id = twin.id, track.id
            twin.doubtful = True
            self.record(track).add(view, candidate)
            return candidate.purpose is Purpose.SEARCH
        del self._records[track.id]
        track.id = new_track_id()
        fresh = self.record(track)
        fresh.add(view, candidate)
        fresh.shots = 1
        return True

    def _shown_by(self, view: Floats, others: list[Track]) -> Track | None:
        likeness = {id(t): self.record(t).likeness(view) for t in others}
        best = max(others, key=lambda t: likeness[id(t)], default=None)
        return best if best is not None and self.policy.is_same(likeness[id(best)]) else None
