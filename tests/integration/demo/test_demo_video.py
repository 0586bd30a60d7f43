"""The rehearsal's video, with the real recogniser: the listed are recognised, nobody else is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from apps.demo import video
from apps.demo.script import ENROLMENT, FRAME_RATE, Script, Walker, plan_day
from apps.recognition import api as recognition
from apps.recognition.engine.data import Frame, Probe
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.pipeline import ShardPipeline

SECONDS = 22.0


def short_script() -> Script:
    """The three listed and every bystander of a day, one after the other, faster than in the day."""
    (day,) = plan_day(5, 75, 1)
    first = {walker.person: walker for walker in reversed(day.walkers)}
    walkers = []
    for number, walker in enumerate(first.values()):
        enter = 0.2 + 1.2 * number
        walkers.append(replace(walker, enter_s=enter, leave_s=enter + walker.leave_s - walker.enter_s))
    return replace(day, walkers=tuple(walkers), seconds=SECONDS)


@pytest.fixture(scope="module")
def film(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Script, Path]:
    script, path = short_script(), tmp_path_factory.mktemp("film") / "day.mp4"
    video.film(script, photos, path)
    return script, path


def whose(script: Script, probe: Probe) -> Walker | None:
    x, y = (probe.box[0] + probe.box[2]) / 2, (probe.box[1] + probe.box[3]) / 2
    best, nearest = None, 0.6
    for walker in script.walkers:
        box = walker.face_box(probe.captured_at - 1000)
        if box is not None:
            away = float(np.hypot(x - (box[0] + box[2]) / 2, y - (box[1] + box[3]) / 2)) / (box[3] - box[1])
            if away < nearest:
                best, nearest = walker, away
    return best


@pytest.fixture(scope="module")
def similarities(film: tuple[Script, Path], photos: Path) -> dict[str, list[dict[str, float]]]:
    """For each walker's name, for each probe: cosine similarity to each enrolled reference."""
    script, path = film
    pack = recognition.get_pack(recognition.DEFAULT_PACK_ID)
    enrolled = {
        ref: enrol_picture(pack, (photos / name).read_bytes()).template for ref, name in ENROLMENT.items()
    }
    pipeline, found = ShardPipeline(pack), defaultdict(list)
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 3 == 0:
                image = frame.to_ndarray(format="bgr24")
                result = pipeline.process([Frame("camera", number, 1000 + number / FRAME_RATE, image)])
                for probe in result.probes:
                    walker = whose(script, probe)
                    name = walker.name if walker else "nobody"
                    found[name].append({ref: float(probe.template @ t) for ref, t in enrolled.items()})
    return dict(found)


def test_each_listed_walker_is_recognised_from_another_picture(
    film: tuple[Script, Path], similarities: dict[str, list[dict[str, float]]]
) -> None:
    for walker in film[0].walkers:
        if walker.listed:
            best = max(probe[walker.listed] for probe in similarities[walker.name])
            assert 0.55 <= best < 0.95, f"{walker.name}: recognised, and not a picture compared with itself"


def test_nobody_else_comes_near_the_threshold(
    film: tuple[Script, Path], similarities: dict[str, list[dict[str, float]]]
) -> None:
    listed_as = {walker.name: walker.listed for walker in film[0].walkers}
    assert similarities.keys() == listed_as.keys(), (
        "everybody is seen, and there is no face in the street itself"
    )
    for name, probes in similarities.items():
        others = [s for probe in probes for ref, s in probe.items() if ref != listed_as[name]]
        assert max(others) < 0.36, name


def test_the_video_is_the_only_file_and_plays_as_announced(film: tuple[Script, Path]) -> None:
    script, path = film
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
        assert stream.average_rate == FRAME_RATE
        assert stream.frames == int(script.seconds * FRAME_RATE)


def test_the_same_script_is_the_same_picture(film: tuple[Script, Path], photos: Path) -> None:
    at_s = [number / FRAME_RATE for number in (90, 91)]
    there = tuple(w for w in film[0].walkers if any(w.position(s) for s in at_s))
    assert len(there) > 1
    script = replace(film[0], walkers=there)  # the others would be prepared and not be in the picture
    one, other = video.Film(script, photos), video.Film(script, photos)
    assert np.array_equal(one.frame(90), other.frame(90))
    assert not np.array_equal(one.frame(90), one.frame(91))


def test_a_missing_photograph_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "day.mp4"
    assert video.main(["--out", str(out), "--photos", str(tmp_path), "--seconds", "40"]) == 1
    assert "make setup" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
