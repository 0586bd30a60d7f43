"""YuNet run by ONNX Runtime: the network's own grid turned into faces.

OpenCV's class for it takes twice as long (bench: `detect_by_opencv_ratio`), and has no CUDA; a test compares
the two. The published file keeps its weights in eight bits and the arithmetic in floats: unpacked once here.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import onnx
from onnx import numpy_helper

from .data import Detections, Floats, Image
from .errors import PackManifestInvalid

STRIDES = (8, 16, 32)
# What the network gives for each cell of each grid: is it a face, is it anything, where, and five points.
PARTS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
OUTPUTS = [f"{part}_{stride}" for part in PARTS for stride in STRIDES]
# Below this YuNet's boxes are noise; callers raise the bar further.
SCORE_FLOOR = 0.6
NMS_IOU = 0.3
TOP_K = 400
LARGEST_LOG = 12.0  # of a side in cells; a network gone wrong says infinity


class YuNet:
    """``session`` is over ``runnable_detector``'s bytes; ``floor`` is the lowest score of a face. Threads may
    share it. Raises PackManifestInvalid for another network."""

    def __init__(self, session: Any, *, floor: float = SCORE_FLOOR) -> None:
        self.session = session
        self._floor = floor
        self._input: str = session.get_inputs()[0].name
        given = {output.name for output in session.get_outputs()}
        if not given.issuperset(OUTPUTS):
            raise PackManifestInvalid(f"the detector is no YuNet: it lacks {sorted(set(OUTPUTS) - given)}")

    def detect(self, small: Image, canvas: tuple[int, int]) -> Floats:
        """Rows (x, y, width, height, five points, score) in px of ``small``, (N, 15), best first.

        ``small`` is (H, W, 3) uint8 BGR, ``canvas`` width and height in px, multiples of 32, not smaller.
        """
        blob = _blob(small, canvas)
        outputs = dict(zip(OUTPUTS, self.session.run(OUTPUTS, {self._input: blob}), strict=True))
        rows = np.concatenate([_faces(outputs, stride, canvas, self._floor) for stride in STRIDES])
        if len(rows) == 0:
            return rows
        kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), self._floor, NMS_IOU, top_k=TOP_K)
        best: Floats = rows[np.asarray(kept, dtype=np.intp).reshape(-1)]
        return best


def _blob(small: Image, canvas: tuple[int, int]) -> Floats:
    """(1, 3, H, W) of the canvas, black beside the picture. A third of the time of OpenCV's own function."""
    height, width = small.shape[:2]
    blob = np.empty((1, 3, canvas[1], canvas[0]), np.float32)
    for plane, colour in zip(blob[0], cv2.split(small), strict=True):
        plane[:height, :width] = colour
    blob[0, :, height:] = 0.0
    blob[0, :, :, width:] = 0.0
    return blob


def _faces(outputs: dict[str, Any], stride: int, canvas: tuple[int, int], floor: float) -> Floats:
    """Cells of one grid that are sure enough, as rows."""
    parts = {name: np.asarray(outputs[f"{name}_{stride}"], np.float32)[0] for name in PARTS}
    # Of thousands of cells a few may be faces: the rest is looked at once.
    likely = np.flatnonzero(parts["cls"] * parts["obj"] >= floor * floor)
    score = np.sqrt(parts["cls"][likely, 0].clip(0, 1) * parts["obj"][likely, 0].clip(0, 1))
    cells, score = likely[score >= floor], score[score >= floor]
    columns = canvas[0] // stride
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    box, points = parts["bbox"][cells], parts["kps"][cells].reshape(-1, 5, 2)
    sides = np.exp(box[:, 2:4].clip(max=LARGEST_LOG)) * stride
    start = (corner + box[:, :2]) * stride - sides / 2
    at = (points + corner[:, None]) * stride
    rows: Floats = np.concatenate([start, sides, at.reshape(-1, 10), score[:, None]], axis=1)
    return rows.astype(np.float32)


def to_detections(rows: Floats, scale_x: float, scale_y: float) -> Detections:
    """YuNet's rows, best first, scaled to the whole picture."""
    scale = np.array([scale_x, scale_y], np.float32)
    corners = rows[:, 0:2] * scale
    sides = rows[:, 2:4] * scale
    boxes = np.concatenate([corners, corners + sides], axis=1)
    landmarks = rows[:, 4:14].reshape(-1, 5, 2) * scale
    scores = rows[:, 14]
    sound = np.flatnonzero(np.isfinite(rows).all(axis=1) & (sides > 1.0).all(axis=1))
    order = sound[np.argsort(-scores[sound], kind="stable")]
    return Detections(boxes[order], landmarks[order], scores[order])


def runnable_detector(content: bytes) -> bytes:
    """The published graph with weights as floats and any height and width (multiples of 32)."""
    model = onnx.load_model_from_string(content)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in weights:
            weights[node.output[0]] = _unpacked(node, weights)
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        numpy_helper.from_array(array, name) for name, array in weights.items() if name in used
    )
    _free(model.graph.input[0], {2: "height", 3: "width"})
    for output in model.graph.output:
        _free(output, {1: f"cells_{output.name}"})
    return bytes(model.SerializeToString())


def _free(value: Any, names: dict[int, str]) -> None:
    for index, name in names.items():
        value.type.tensor_type.shape.dim[index].dim_param = name


def _unpacked(node: Any, weights: dict[str, Any]) -> Floats:
    """What ONNX's DequantizeLinear gives: one scale for all, one for each slice, or one for each block."""
    options = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    packed = weights[node.input[0]].astype(np.float32)
    scale = weights[node.input[1]].astype(np.float32)
    zero = weights[node.input[2]].astype(np.float32) if len(node.input) > 2 else np.zeros_like(scale)
    axis, block = options.get("axis", 1), options.get("block_size", 0)
    if scale.size > 1 and block:
        length = packed.shape[axis]
        scale, zero = (
            np.repeat(value, block, axis=axis).take(range(length), axis=axis) for value in (scale, zero)
        )
    elif scale.size > 1:
        shape = [1] * packed.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    unpacked: Floats = ((packed - zero) * scale).astype(np.float32)
    return unpacked
