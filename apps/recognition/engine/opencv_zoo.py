"""The ``opencv_zoo`` family: YuNet finds faces, SFace makes templates; ONNX Runtime runs both."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import onnx

from .canvas import CANVAS_SIDES, WIDE, canvas_for, shrink
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
from .yunet import YuNet, runnable_detector, to_detections

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
        # OpenCV has one thread pool a process, so the last pack loaded decides.
        cv2.setNumThreads(threads)
        detector = open_session(runnable_detector(contents[manifest.detector]), accelerator, threads)
        self._detector = YuNet(for_accelerator(detector, accelerator))
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
        canvas = canvas_for(width, height, max_side, self._accelerator)
        small = shrink(image_bgr, max_side, canvas)
        rows = self._detector.detect(small, canvas)
        return to_detections(rows, width / small.shape[1], height / small.shape[0])

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
        for longest in (640,) if self._accelerator == "cpu" else CANVAS_SIDES:
            self.detect(np.full((int(longest * WIDE), longest, 3), 127, np.uint8), max_side=longest)
        side = self._manifest.input_size
        face = np.full((1, side, side, 3), 127, np.uint8)
        for count in warm_sizes(self._accelerator):
            self.embed(np.repeat(face, count, axis=0))
        for session in (self._detector.session, self._session):
            assert_active(self._accelerator, str(session.get_providers()[0]))

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise PackUsedAfterFork("load the model pack after the fork, in the process that uses it")

    def _run(self, chunk: Image) -> Floats:
        faces = chunk[..., ::-1] if self._manifest.colour_order == "RGB" else chunk
        count = len(faces)
        batch = np.zeros((padded(count, self._accelerator), 3, *faces.shape[1:3]), np.float32)
        batch[:count] = faces.transpose(0, 3, 1, 2)  # the graph itself subtracts the mean and scales
        output = self._session.run(None, {self._input_name: batch})[0]
        return np.asarray(output, dtype=np.float32)[:count]


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
