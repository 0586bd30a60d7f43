"""Crowds, far faces, and looks that are hard: who is alerted on, after how many views, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pytest
from recognition_scenes import HEIGHT, WIDTH, Cutout, Walker, across, background, film, paste, render, towards

from apps.recognition.engine.data import Detections, Frame, Probe
from apps.recognition.engine.pipeline import PipelineConfig, ShardPipeline
from apps.recognition.engine.quality import LIVE_LIMITS, assess
from apps.recognition.engine.shots import ShotPolicy
from apps.recognition.engine.zone import Zone

THRESHOLD = 0.45
START = 1000.0


class Watched:
    """A pipeline as the worker runs it: alerts are what enough views agree on, one a track. `settles`: what
    the worker does once an alert is stored."""

    def __init__(
        self,
        pack,
        listed: dict[str, np.ndarray],
        config: PipelineConfig | None = None,
        *,
        settles: bool = True,
    ) -> None:
        self.settles = settles
        self.pipeline = ShardPipeline(pack, config)
        self.listed = listed
        self.alerts: list[tuple[str, Probe]] = []
        self.probes: list[Probe] = []
        self.tracks = 0

    def show(self, frames: Iterable[Frame]) -> Watched:
        for frame in frames:
            result = self.pipeline.process([frame])
            self.tracks += result.tracks_started
            self.probes += result.probes
            for probe in result.probes:
                for who, face in self.listed.items():
                    if float(probe.template @ face) >= THRESHOLD and self.pipeline.is_confirmed(probe):
                        self.alerts.append((who, probe))
                        if self.settles:
                            self.pipeline.settle(probe.camera_id, probe.track_id)
        return self

    @property
    def found(self) -> set[str]:
        return {who for who, _ in self.alerts}


class Pretender:
    """The real pack, but the templates of chosen calls of `embed` are somebody else's."""

    def __init__(self, pack, *lucky: int, face: np.ndarray) -> None:
        self._pack, self._lucky, self._face, self.calls = pack, lucky, face, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def embed(self, aligned: np.ndarray) -> np.ndarray:
        views = self._pack.embed(aligned)
        if self.calls in self._lucky:
            views = np.repeat(self._face[None], len(views), axis=0)
        self.calls += 1
        return views


def standing(cutout: Cutout, width: float = 84) -> Walker:
    return Walker(cutout, lambda t: (600 + 3 * np.sin(5 * t), 300, width))


def test_one_lucky_frame_alerts_nobody(pack, people, listed):
    """The first view of a stranger is, by chance, exactly somebody listed."""
    lucky = Pretender(pack, 0, face=listed["a"])
    watched = Watched(lucky, listed).show(film([standing(people["d"])], seconds=4, fps=5))
    assert any(float(p.template @ listed["a"]) >= THRESHOLD for p in watched.probes)
    assert watched.found == set()


def test_a_lucky_frame_later_on_alerts_nobody_either(pack, people, listed):
    lucky = Pretender(pack, 1, face=listed["a"])
    watched = Watched(lucky, listed).show(film([standing(people["e"])], seconds=4, fps=5))
    assert lucky.calls >= 2
    assert watched.found == set()


def test_the_second_view_is_asked_for_at_once_and_not_after_the_alert(pack, people, listed):
    frames = list(film([standing(people["a"])], seconds=4, fps=5))
    watched = Watched(pack, listed).show(frames)
    assert watched.found == {"a"}
    first = watched.alerts[0][1]
    assert first.views == 2
    assert first.captured_at - START <= 2 * 0.2 + 1e-6
    assert len(watched.probes) <= ShotPolicy().max_shots


def test_a_face_whose_alert_is_raised_is_neither_embedded_nor_searched_again(pack, people, listed):
    """It comes nearer all the time, so each view is better than the one before."""
    frames = list(film([Walker(people["a"], towards(400, 700, 36, 130, 5))], seconds=5, fps=5))
    going_on, settled = Pretender(pack, face=listed["a"]), Pretender(pack, face=listed["a"])
    without = Watched(going_on, listed, settles=False).show(frames)
    watched = Watched(settled, listed).show(frames)
    assert len(without.alerts) > 1, "this film would not show it"
    assert len(watched.alerts) == 1
    assert watched.probes[-1] is watched.alerts[0][1]
    assert settled.calls < going_on.calls


def test_who_takes_the_place_of_somebody_alerted_on_is_searched_all_the_same(pack, people, listed):
    frames = [render([standing(people[who])], 0) for who in ("a",) * 8 + ("b",) * 8]
    shown = [Frame("cam-1", n, START + n / 5, image) for n, image in enumerate(frames)]
    assert Watched(pack, listed).show(shown).found == {"a", "b"}


def test_a_stranger_is_not_looked_at_more_often_for_it(pack, people, listed):
    frames = list(film([standing(people["d"])], seconds=4, fps=5))
    alone = [probe for frame in frames for probe in ShardPipeline(pack).process([frame]).probes]
    assert alone
    assert len(Watched(pack, listed).show(frames).probes) <= 2


def test_a_question_about_a_track_that_has_gone_does_nothing(pack, people, listed):
    pipeline = ShardPipeline(pack)
    probe = pipeline.process([next(film([standing(people["a"])], seconds=1, fps=5))]).probes[0]
    pipeline.reset()
    assert not pipeline.is_confirmed(probe)
    assert pipeline.process([]).tracks_active == 0


def test_fifty_faces_in_a_frame_are_found_and_the_listed_among_them(pack, people, listed):
    """Fifty people at once, three of them listed; nobody else is taken for them."""
    names = ["a", "b", "c", "d", "e", "g0", "g1", "g2", "g3", "g4", "g5"]
    cast = [people[names[k] if k < 3 else names[3 + k % 8]] for k in range(50)]
    empty = cv2.resize(background(), (1920, 1080))
    spots = [(110 + 185 * (k % 10), 110 + 205 * (k // 10)) for k in range(50)]
    frames = []
    for number in range(3):
        frame = empty.copy()
        for (x, y), who in zip(spots, cast, strict=True):
            paste(frame, who, x + 4 * number, y, 76)
        frames.append(Frame("cam-1", number, START + number / 5, frame))
    watched = Watched(pack, listed).show(frames)
    assert watched.tracks >= 45
    assert watched.found == {"a", "b", "c"}
    for who, probe in watched.alerts:
        x, y = spots["abc".index(who)]
        assert np.hypot((probe.box[0] + probe.box[2]) / 2 - x, (probe.box[1] + probe.box[3]) / 2 - y) < 60


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160)], ids=["720p", "1080p", "4k"]
)
def test_the_smallest_face_that_may_be_compared_is_found_at_every_size_of_frame(pack, people, width, height):
    """A frame of a larger camera must not lose the far edge of the zone to shrinking."""
    far = LIVE_LIMITS.min_size_px + 8
    frame = cv2.resize(background(), (width, height))
    spots = [(width * (k + 0.5) / 5, height * 0.4) for k in range(5)]
    for (x, y), who in zip(spots, "abcde", strict=True):
        paste(frame, people[who], x, y, far)
    found = ShardPipeline(pack).process([Frame("cam-1", 0, START, frame)])
    assert found.faces_detected == 5


def test_a_frame_is_searched_at_the_scale_of_the_zone():
    config = PipelineConfig()
    sizes = [(960, 540), (1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)]
    assert [config.search_side(w, h, 16) for w, h in sizes] == [960, 960, 960, 1920, 960]
    near = Zone(far_face=0.05)
    assert [config.search_side(w, h, 16, near) for w, h in sizes] == [640, 640, 640, 640, 712]
    # Nobody may ask for less than what quality allows.
    assert config.search_side(3840, 2160, 16, Zone(far_face=0.001)) == 1920


def test_two_listed_people_who_cross_are_each_found_as_themselves(pack, people, listed):
    walkers = [
        Walker(people["a"], across(300, 90, 150, 1130, 4)),
        Walker(people["b"], across(312, 78, 1130, 150, 4)),
    ]
    watched = Watched(pack, listed).show(film(walkers, seconds=4, fps=8))
    assert watched.found == {"a", "b"}
    assert watched.tracks == 2
    ids = {who: {p.track_id for name, p in watched.alerts if name == who} for who in "ab"}
    assert ids["a"].isdisjoint(ids["b"])


def test_somebody_who_leaves_and_comes_back_is_a_new_track_that_is_found_again(pack, people, listed):
    """That it is one alert within the cool-down is the alert's rule; the engine must not lose the person."""
    out, back = across(300, 90, 200, 800, 1.5), across(300, 90, 800, 200, 1.5, begin=4.0)
    walker = Walker(people["c"], lambda t: out(t) or back(t))
    watched = Watched(pack, listed).show(film([walker], seconds=5.5, fps=6))
    assert watched.found == {"c"}
    assert watched.tracks == 2
    assert len({p.track_id for _, p in watched.alerts}) == 2


def _smeared(frame: np.ndarray, pixels: int) -> np.ndarray:
    kernel = np.zeros((pixels, pixels), np.float32)
    kernel[pixels // 2] = 1 / pixels
    return cv2.filter2D(frame, -1, kernel)


def test_a_walker_smeared_in_most_frames_is_found_by_the_sharp_ones(pack, people, listed):
    """Motion blur: what is searched is what can be compared."""
    frames = []
    for frame in film([Walker(people["b"], across(300, 84, 200, 1000, 4))], seconds=4, fps=6):
        image = frame.image if frame.sequence % 4 == 3 else _smeared(frame.image, 25)
        frames.append(Frame(frame.camera_id, frame.sequence, frame.captured_at, image))
    watched = Watched(pack, listed).show(frames)
    assert watched.found == {"b"}
    assert {p.captured_at for p in watched.probes} <= {f.captured_at for f in frames[3::4]}
    always = [Frame(f.camera_id, f.sequence, f.captured_at, _smeared(f.image, 25)) for f in frames]
    assert Watched(pack, listed).show(always).found == set()


@pytest.mark.parametrize("upright", [False, True], ids=["sideways", "up and down"])
def test_a_smeared_face_is_not_compared_although_it_has_edges(pack, photos, upright):
    image = cv2.imread(str(photos / "subject_a_1.jpg"))
    smeared = _smeared(image.transpose(1, 0, 2), 17).transpose(1, 0, 2) if upright else _smeared(image, 17)
    for picture, reasons in ((image, ()), (smeared, ("the face is smeared by movement",))):
        picture = np.ascontiguousarray(picture)
        found = pack.detect(picture, max_side=640)
        assert assess(found, 0, picture, LIVE_LIMITS).reasons == reasons


class Turned:
    """The real pack, but what it finds are profiles: the nose beyond the far eye."""

    def __init__(self, pack, until: float) -> None:
        self._pack, self._until, self.frames = pack, until, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def detect(self, image: np.ndarray, *, max_side: int) -> Detections:
        found = self._pack.detect(image, max_side=max_side)
        self.frames += 1
        if self.frames > self._until:
            return found
        points = found.landmarks.copy()
        points[:, 2, 0] = points[:, 1, 0] + 0.2 * (points[:, 1, 0] - points[:, 0, 0])
        return Detections(found.boxes, points, found.scores)


def test_a_profile_is_tracked_and_searched_only_when_it_turns_to_the_camera(pack, people, listed):
    turned = Turned(pack, until=8)
    watched = Watched(turned, listed).show(film([standing(people["c"])], seconds=3, fps=5))
    assert watched.tracks == 1
    assert watched.found == {"c"}
    assert min(p.captured_at for p in watched.probes) >= START + 8 / 5 - 1e-6


@pytest.mark.parametrize("what", ["mouth", "half"])
def test_a_partly_covered_stranger_is_not_taken_for_somebody(pack, people, listed, what):
    """A scarf, or a pillar: found or not, a covered face alerts on nobody else."""
    frames = []
    for frame in film(
        [Walker(people[who], _spot(k)) for k, who in enumerate(("a", "d", "e", "g1"))], seconds=2, fps=5
    ):
        image = frame.image.copy()
        for k in range(4):
            x, y = 180 + 300 * k, 300
            if what == "mouth":
                image[y + 12 : y + 90, x - 60 : x + 60] = (60, 40, 90)
            else:
                image[y - 90 : y + 90, x : x + 70] = (80, 80, 80)
        frames.append(Frame(frame.camera_id, frame.sequence, frame.captured_at, image))
    watched = Watched(pack, listed).show(frames)
    wrong = [(who, p.box) for who, p in watched.alerts if not (who == "a" and p.box[0] < 300)]
    assert wrong == []


def _spot(k: int):
    return lambda t: (180 + 300 * k, 300, 90)


def test_the_picture_for_the_operator_is_that_of_the_best_view(pack, people, listed):
    """Somebody who walks away: the last view is the worst, and not the one that is shown."""
    leaving = towards(700, 500, 130, 44, 3)
    watched = Watched(pack, listed).show(film([Walker(people["a"], leaving)], seconds=3, fps=5))
    assert watched.found == {"a"}
    probe = watched.probes[-1]
    width = probe.box[2] - probe.box[0]
    assert len(watched.probes) >= 2
    assert probe.face_bgr.shape[1] > 1.5 * width


def test_micro_batches_are_one_inference_for_all_cameras(pack, people):
    """Two cameras, three people, one call of the embedder."""

    class Counting(Pretender):
        pass

    counting = Counting(pack, face=np.zeros(128, np.float32))
    pictures = [render([standing(people["a"])], 0), render([standing(people["b"]), _right(people["c"])], 0)]
    frames: Sequence[Frame] = [Frame(f"cam-{k}", 0, START, picture) for k, picture in enumerate(pictures)]
    result = ShardPipeline(counting).process(frames)
    assert (len(result.probes), counting.calls) == (3, 1)


def _right(cutout: Cutout) -> Walker:
    return Walker(cutout, lambda t: (WIDTH - 250, HEIGHT / 2, 90))
