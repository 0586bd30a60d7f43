"""The ``insightface`` family: SCRFD finds faces, ArcFace makes templates, through insightface's own classes.

The models come from a folder that the force supplies, with a manifest of its own; nothing is chosen, found or
downloaded by the library. Its sessions are made here, from verified bytes, on the accelerator asked for.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import cv2
import numpy as np
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.model_zoo.scrfd import SCRFD

from .canvas import CANVAS_SIDES, WIDE, canvas_for, shrink
from .data import Detections, Floats, Image, check_faces, check_image
from .errors import PackManifestInvalid, PackUsedAfterFork
from .packs import PackManifest, read_verified
from .sessions import (
    MAX_BATCH,
    assert_active,
    check_request,
    for_accelerator,
    normalise,
    open_session,
    padded,
    warm_sizes,
)

# Of the library's own; callers raise the bar further.
SCORE_FLOOR = 0.5
NMS_IOU = 0.4


class InsightFacePack:
    """A loaded, verified pack. Threads may share it; a forked child may not use it. See ``OpenCVZooPack``."""

    def __init__(self, manifest: PackManifest, folder: Path, accelerator: str, threads: int) -> None:
        check_request(accelerator, threads)
        if manifest.colour_order != "RGB":
            raise PackManifestInvalid(f"model pack {manifest.id!r}: insightface's networks take RGB")
        contents = read_verified(manifest, folder)
        self._manifest = manifest
        self._accelerator = accelerator
        self._pid = os.getpid()
        # OpenCV has one thread pool a process, so the last pack loaded decides.
        cv2.setNumThreads(threads)
        self._detector = _detector(contents[manifest.detector], accelerator, threads)
        self._embedder = _embedder(contents[manifest.embedder], accelerator, threads)
        self._check_embedder()

    @property
    def manifest(self) -> PackManifest:
        return self._manifest

    @property
    def provider(self) -> str:
        return str(self._embedder.session.get_providers()[0])

    def detect(self, image_bgr: Image, *, max_side: int) -> Detections:
        """See ``packs.Pack.detect``. Raises PackUsedAfterFork, ValueError for a wrong shape."""
        self._check_process()
        check_image(image_bgr, "image_bgr")
        height, width = image_bgr.shape[:2]
        canvas_width, canvas_height = self._canvas(width, height, max_side)
        small = shrink(image_bgr, max_side, (canvas_width, canvas_height))
        canvas = np.zeros((canvas_height, canvas_width, 3), np.uint8)
        canvas[: small.shape[0], : small.shape[1]] = small
        found, points = self._detector.detect(
            canvas, input_size=(canvas_width, canvas_height), det_thresh=SCORE_FLOOR
        )
        ratio = (width / small.shape[1], height / small.shape[0])
        return _to_detections(
            np.asarray(found, np.float32), np.asarray(points, np.float32), ratio, (width, height)
        )

    def embed(self, aligned: Image) -> Floats:
        """See ``packs.Pack.embed``. Raises PackUsedAfterFork, ValueError for a wrong shape."""
        self._check_process()
        check_faces(aligned, self._manifest.input_size)
        if len(aligned) == 0:
            return np.zeros((0, self._manifest.dimension), np.float32)
        raw = [self._run(aligned[i : i + self._batch]) for i in range(0, len(aligned), self._batch)]
        return normalise(np.concatenate(raw), self._manifest.dimension)

    def warm_up(self) -> None:
        """One inference of each shape that live frames bring. Raises AcceleratorNotActive."""
        for side in CANVAS_SIDES if self._accelerator != "cpu" else (640,):
            self.detect(np.full((int(side * WIDE), side, 3), 127, np.uint8), max_side=side)
        face = np.full((1, self._manifest.input_size, self._manifest.input_size, 3), 127, np.uint8)
        for count in warm_sizes(self._accelerator):
            self.embed(np.repeat(face, count, axis=0))
        for session in (self._detector.session, self._embedder.session):
            assert_active(self._accelerator, str(session.get_providers()[0]))

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise PackUsedAfterFork("load the model pack after the fork, in the process that uses it")

    def _check_embedder(self) -> None:
        """Raise PackManifestInvalid unless the network is of the size that the manifest says."""
        side, dimension = self._manifest.input_size, self._manifest.dimension
        batch, *_, height, width = self._embedder.input_shape
        if (height, width) != (side, side):
            raise PackManifestInvalid(f"the embedder takes {width} by {height} px, the manifest says {side}")
        if self._embedder.output_shape[-1] != dimension:
            given = self._embedder.output_shape[-1]
            raise PackManifestInvalid(
                f"the embedder gives {given} values a face, the manifest says {dimension}"
            )
        # A network whose batch is fixed takes exactly that many.
        self._batch = batch if isinstance(batch, int) else MAX_BATCH
        self._fixed_batch = isinstance(batch, int)

    def _canvas(self, width: int, height: int, max_side: int) -> tuple[int, int]:
        """Width and height in px that the detector is given for a picture of this size."""
        fixed = self._detector.static_input_size
        if fixed is not None:
            return int(fixed[0]), int(fixed[1])
        return canvas_for(width, height, max_side, self._accelerator)

    def _run(self, chunk: Image) -> Floats:
        count = len(chunk)
        wanted = self._batch if self._fixed_batch else padded(count, self._accelerator)
        faces = list(chunk) + [np.zeros_like(chunk[0])] * (wanted - count)
        return np.asarray(self._embedder.get_feat(faces), dtype=np.float32)[:count]


def _detector(content: bytes, accelerator: str, threads: int) -> SCRFD:
    session = open_session(content, accelerator, threads)
    if len(session.get_outputs()) not in (9, 15):
        raise PackManifestInvalid("the detector is no SCRFD with five points a face")
    detector = SCRFD(session=for_accelerator(session, accelerator), static_shape_sessions=False)
    detector.nms_thresh = NMS_IOU
    return detector


def _embedder(content: bytes, accelerator: str, threads: int) -> ArcFaceONNX:
    session = open_session(content, accelerator, threads)
    if len(session.get_outputs()) != 1 or len(session.get_inputs()) != 1:
        raise PackManifestInvalid("the embedder is no ArcFace network of one input and one output")
    # The file is read once more for how its input is scaled: from the verified bytes.
    return ArcFaceONNX(model_file=io.BytesIO(content), session=for_accelerator(session, accelerator))


def _to_detections(
    found: Floats, points: Floats, ratio: tuple[float, float], size: tuple[int, int]
) -> Detections:
    """SCRFD's rows (x1, y1, x2, y2, score) and points, best first, in pixels of a picture of ``size``."""
    scale = np.array(ratio, np.float32)
    boxes = found[:, :4] * np.tile(scale, 2)
    landmarks = points.reshape(-1, 5, 2) * scale
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    sound = (
        np.isfinite(boxes).all(axis=1)
        & np.isfinite(landmarks).all(axis=(1, 2))
        & (boxes[:, 2:] - boxes[:, :2] > 1.0).all(axis=1)
        & (centres >= 0).all(axis=1)
        & (centres <= np.array(size, np.float32)).all(axis=1)
    )
    rows = np.flatnonzero(sound)
    order = rows[np.argsort(-found[rows, 4], kind="stable")]
    return Detections(boxes[order], landmarks[order], found[order, 4])
