"""Proves that recognition runs on this machine's NVIDIA GPU, and says the same as on its processor."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.recognition import api as recognition
from apps.recognition.engine.align import align_face
from apps.recognition.engine.data import Image
from apps.recognition.engine.errors import PackError
from apps.recognition.engine.packs import Pack
from apps.recognition.engine.sessions import MAX_BATCH

# Two processors round differently; two pictures of a person differ a hundred times more.
ALIKE = 0.999
ROUNDS = 50
# How far the corners of one face's box may lie apart, in pixels of the picture.
BOX_PX = 2.0
SIZES = ((1920, 1080), (1280, 720), (720, 1280), (640, 640))


class Command(BaseCommand):
    help = (
        "Load a model pack on CUDA, refuse if it is not there, compare its templates with those of the "
        "processor, and say how fast it is. Ends with an error unless all of that is as it must be."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pack", default=recognition.DEFAULT_PACK_ID, help="the id of the model pack")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"ONNX Runtime {onnxruntime.__version__}: {onnxruntime.get_available_providers()}")
        try:
            gpu = recognition.load_on(options["pack"], "cuda")
            reference = recognition.load_on(options["pack"], "cpu")
        except PackError as problem:
            raise CommandError(f"refused: {problem}") from problem
        self.stdout.write(f"{gpu.manifest.id} {gpu.manifest.edition} runs on {gpu.provider}")
        self._compare(gpu, reference)
        self._time("GPU", gpu)
        self._time(f"processor, {settings.LFR_ORT_THREADS} threads", reference)
        self.stdout.write(self.style.SUCCESS("the GPU is used, and says what the processor says"))

    def _compare(self, gpu: Pack, reference: Pack) -> None:
        """Raises CommandError when a template or the faces found in noise differ."""
        rng = np.random.default_rng(5)
        side = gpu.manifest.input_size
        for count in (1, 3, MAX_BATCH, MAX_BATCH + 1):
            faces = rng.integers(0, 255, (count, side, side, 3), dtype=np.uint8)
            alike = (gpu.embed(faces) * reference.embed(faces)).sum(axis=1)
            self.stdout.write(f"{count} faces at once: templates alike to {alike.min():.6f}")
            if not (alike >= ALIKE).all():
                raise CommandError(f"templates of the GPU differ: cosine similarity {alike.min():.4f}")
        self._compare_a_face(gpu, reference)
        for width, height in SIZES:
            frame = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
            found = [len(pack.detect(frame, max_side=960)) for pack in (gpu, reference)]
            if found[0] != found[1]:
                raise CommandError(f"at {width} by {height} the GPU finds {found[0]} faces, not {found[1]}")

    def _compare_a_face(self, gpu: Pack, reference: Pack) -> None:
        """Noise holds no face: a detector that sees nothing would agree on it."""
        picture = _portrait()
        one, other = (pack.detect(picture, max_side=960) for pack in (gpu, reference))
        if not len(other.scores):
            raise CommandError("the processor finds no face in the portrait: this pack cannot be compared")
        if len(one.scores) != len(other.scores) or np.abs(one.boxes - other.boxes).max() > BOX_PX:
            found, wanted = len(one.scores), len(other.scores)
            raise CommandError(f"the GPU finds {found} faces in the portrait, or elsewhere, not {wanted}")
        alike = float(
            (
                gpu.embed(align_face(picture, one.landmarks[0])[None])
                * reference.embed(align_face(picture, other.landmarks[0])[None])
            ).sum()
        )
        self.stdout.write(f"a photograph: the same face, templates alike to {alike:.6f}")
        if alike < ALIKE:
            raise CommandError(f"templates of a photograph differ: cosine similarity {alike:.4f}")

    def _time(self, name: str, pack: Pack) -> None:
        side = pack.manifest.input_size
        faces = np.full((MAX_BATCH, side, side, 3), 127, np.uint8)
        frame = np.full((1080, 1920, 3), 127, np.uint8)
        rounds = ROUNDS if name == "GPU" else 3
        began = time.perf_counter()
        for _ in range(rounds):
            pack.embed(faces)
        embedded = time.perf_counter()
        for _ in range(rounds):
            pack.detect(frame, max_side=960)
        found = time.perf_counter()
        self.stdout.write(
            f"{name}: {rounds * MAX_BATCH / (embedded - began):,.0f} faces/s embedded, "
            f"{rounds / (found - embedded):,.1f} frames/s searched (1080p at 960)"
        )


def _portrait() -> Image:
    """The photograph that comes with scikit-image, which insightface needs. Raises CommandError."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise CommandError("scikit-image is not installed: its portrait is needed")
    picture = cv2.imread(str(Path(spec.origin).parent / "data" / "astronaut.png"))
    if picture is None:
        raise CommandError("the portrait of scikit-image is missing")
    return np.asarray(picture, np.uint8)
