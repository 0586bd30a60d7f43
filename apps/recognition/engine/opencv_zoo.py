"""The ``opencv_zoo`` family: YuNet finds faces (OpenCV runs it), SFace makes templates (ONNX Runtime)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import onnx

from .data import Detections, Floats, Image, check_faces, check_image
from .errors import PackUsedAfterFork
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

# Below this YuNet's boxes are noise; callers raise the bar further.
SCORE_FLOOR = 0.6
NMS_IOU = 0.3
TOP_K = 400
# The weights are quantised, the arithmetic is not: folding them to floats halves the time, templates stay
# equal.
UNQUANTISED = {"session.disable_quant_qdq": "1"}


class OpenCVZooPack:
    """A loaded, verified pack. Threads may share it; a forked child may not use it.

    ``accelerator`` is "cpu" or "cuda" and is obeyed or refused, never replaced; ``threads`` bounds the
    threads of one inference (the runtimes otherwise size themselves to the host and the workers fight).
    Raises PackError and its kinds.
    """

    def __init__(self, manifest: PackManifest, folder: Path, accelerator: str, threads: int) -> None:
        check_request(accelerator, threads)
        contents = read_verified(manifest, folder)
        self._manifest = manifest
        self._accelerator = accelerator
        self._pid = os.getpid()
        self._local = threading.local()
        # OpenCV has one thread pool a process, so the last pack loaded decides.
        cv2.setNumThreads(threads)
        self._detector_model = np.frombuffer(contents[manifest.detector], dtype=np.uint8)
        model = runnable_model(contents[manifest.embedder])
        self._session = for_accelerator(open_session(model, accelerator, threads, UNQUANTISED), accelerator)
        self._input_name: str = self._session.get_inputs()[0].name

    @property
    def manifest(self) -> PackManifest:
        return self._manifest

    @property
    def provider(self) -> str:
        return str(self._session.get_providers()[0])

    def detect(self, image_bgr: Image, *, max_side: int) -> Detections:
        """See ``packs.Pack.detect``. Raises PackUsedAfterFork, ValueError for a wrong shape."""
        self._check_process()
        check_image(image_bgr, "image_bgr")
        height, width = image_bgr.shape[:2]
        scale = min(1.0, max_side / max(height, width))
        small = image_bgr
        if scale < 1.0:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = np.asarray(cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        detector = self._detector()
        detector.setInputSize((small.shape[1], small.shape[0]))
        _, rows = detector.detect(small)
        if rows is None:
            return Detections.empty()
        return _to_detections(
            np.asarray(rows, dtype=np.float32), width / small.shape[1], height / small.shape[0]
        )

    def embed(self, aligned: Image) -> Floats:
        """See ``packs.Pack.embed``. Raises PackUsedAfterFork, ValueError for a wrong shape."""
        self._check_process()
        side = self._manifest.input_size
        check_faces(aligned, side)
        if len(aligned) == 0:
            return np.zeros((0, self._manifest.dimension), np.float32)
        chunks = [aligned[i : i + MAX_BATCH] for i in range(0, len(aligned), MAX_BATCH)]
        raw = np.concatenate([self._run(chunk) for chunk in chunks])
        return normalise(raw, self._manifest.dimension)

    def warm_up(self) -> None:
        """One detection and one inference, so that the first face of the day does not wait for allocations.

        Raises AcceleratorNotActive when the session left the accelerator.
        """
        grey = np.full((360, 640, 3), 127, np.uint8)
        self.detect(grey, max_side=640)
        side = self._manifest.input_size
        face = np.ascontiguousarray(grey[None, :side, :side])
        for count in warm_sizes(self._accelerator):
            self.embed(np.repeat(face, count, axis=0))
        assert_active(self._accelerator, self.provider)

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise PackUsedAfterFork("load the model pack after the fork, in the process that uses it")

    def _detector(self) -> cv2.FaceDetectorYN:
        # A detector keeps the input size as state, so each thread has its own (120 KB of weights).
        detector: cv2.FaceDetectorYN | None = getattr(self._local, "detector", None)
        if detector is None:
            detector = _new_detector(self._detector_model)
            self._local.detector = detector
        return detector

    def _run(self, chunk: Image) -> Floats:
        faces = chunk[..., ::-1] if self._manifest.colour_order == "RGB" else chunk
        count = len(faces)
        batch = np.zeros((padded(count, self._accelerator), 3, *faces.shape[1:3]), np.float32)
        batch[:count] = faces.transpose(0, 3, 1, 2)  # the graph itself subtracts the mean and scales
        output = self._session.run(None, {self._input_name: batch})[0]
        return np.asarray(output, dtype=np.float32)[:count]


def _new_detector(model: Image) -> cv2.FaceDetectorYN:
    no_config = np.zeros(0, np.uint8)
    # OpenCV 5 warns, each time, that its new engine has one target only: the one we want.
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create("onnx", model, no_config, (320, 320), SCORE_FLOOR, NMS_IOU, TOP_K)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _to_detections(rows: Floats, scale_x: float, scale_y: float) -> Detections:
    """YuNet's rows (x, y, w, h, five points, score), best first, scaled to the whole picture."""
    scale = np.array([scale_x, scale_y], np.float32)
    corners = rows[:, 0:2] * scale
    sides = rows[:, 2:4] * scale
    boxes = np.concatenate([corners, corners + sides], axis=1)
    landmarks = rows[:, 4:14].reshape(-1, 5, 2) * scale
    scores = rows[:, 14]
    sound = np.flatnonzero(np.isfinite(rows).all(axis=1) & (sides > 1.0).all(axis=1))
    order = sound[np.argsort(-scores[sound], kind="stable")]
    return Detections(boxes[order], landmarks[order], scores[order])


def runnable_model(content: bytes) -> bytes:
    """The SFace graph in a form that ONNX Runtime takes, with a free batch dimension.

    The published file lists its weights as inputs, which forbids folding them, and fixes the batch at one.
    """
    model = onnx.load_model_from_string(content)
    del model.graph.input[1:]
    for value in (model.graph.input[0], model.graph.output[0]):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    del model.graph.value_info[:]  # shapes recorded for a batch of one
    used = {name for node in model.graph.node for name in node.input}
    kept = [weights for weights in model.graph.initializer if weights.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return bytes(model.SerializeToString())
