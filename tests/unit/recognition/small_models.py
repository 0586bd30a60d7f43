"""Tiny ONNX networks with the inputs and outputs of SCRFD and ArcFace, whose answers are known beforehand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DIMENSION = 512
FACE_PX = 112
STRIDES = (8, 16, 32)
OPSET = [helper.make_opsetid("", 13)]
# What the detector below says of its one face: distances from the grid point in strides.
BOX = (2.0, 2.5, 2.0, 2.5)
POINTS = ((-0.8, -0.9), (0.8, -0.9), (0.0, 0.1), (-0.6, 1.1), (0.6, 1.1))


def _model(nodes, inputs, outputs, weights) -> bytes:
    graph = helper.make_graph(nodes, "small", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=OPSET)
    model.ir_version = 9
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _weights(name: str, array: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name)


def scrfd(*, fixed: tuple[int, int] | None = None) -> bytes:
    """Sees a face wherever a 16 px cell of its middle grid is bright: a score for each cell is how bright.

    As the real one: an input of free size, nine outputs (scores, boxes, points; three strides), two anchors a
    cell. ``fixed`` is (width, height) of a network exported for one size.
    """
    height, width = ("h", "w") if fixed is None else (fixed[1], fixed[0])
    nodes, outputs, weights = [], [], []
    for stride in STRIDES:
        pooled, grey, cell = f"pool{stride}", f"grey{stride}", f"cell{stride}"
        nodes.append(
            helper.make_node(
                "AveragePool", ["input"], [pooled], kernel_shape=[stride, stride], strides=[stride, stride]
            )
        )
        nodes.append(helper.make_node("ReduceMean", [pooled], [grey], axes=[1], keepdims=1))
        # Only the middle grid answers, and only its first anchor: one face a cell.
        gains = np.array([1.0 if stride == 16 else 0.0, 0.0]).reshape(2, 1, 1, 1)
        nodes.append(helper.make_node("Conv", [grey, f"gain{stride}"], [cell]))
        weights.append(_weights(f"gain{stride}", gains))
        nodes += _flat(f"score{stride}", cell, 1)
        for kind, values in (("box", BOX), ("points", np.ravel(POINTS))):
            flat = np.tile(np.asarray(values, np.float32), 2).reshape(-1, 1, 1, 1)
            raw = f"{kind}raw{stride}"
            nodes.append(helper.make_node("Mul", [grey, f"no{kind}{stride}"], [f"no{raw}"]))
            weights.append(_weights(f"no{kind}{stride}", np.zeros((1, 1, 1, 1))))
            nodes.append(
                helper.make_node("Conv", [f"no{raw}", f"{kind}w{stride}", f"{kind}b{stride}"], [raw])
            )
            weights.append(_weights(f"{kind}w{stride}", np.zeros_like(flat)))
            weights.append(_weights(f"{kind}b{stride}", flat.ravel()))
            nodes += _flat(f"{kind}{stride}", raw, len(values))
    weights += [
        numpy_helper.from_array(np.array([-1, size], np.int64), f"shape{size}") for size in (1, 4, 10)
    ]
    for kind, size in (("score", 1), ("box", 4), ("points", 10)):
        outputs += [
            helper.make_tensor_value_info(f"{kind}{stride}", TensorProto.FLOAT, [None, size])
            for stride in STRIDES
        ]
    taken = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, height, width])]
    return _model(nodes, taken, outputs, weights)


def _flat(name: str, raw: str, size: int) -> list[onnx.NodeProto]:
    """(1, anchors * size, h, w) to (h * w * anchors, size), as SCRFD's heads do."""
    return [
        helper.make_node("Transpose", [raw], [f"{name}t"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [f"{name}t", f"shape{size}"], [name]),
    ]


def arcface(*, dimension: int = DIMENSION, side: int = FACE_PX, batch: int | str = "n") -> bytes:
    """A template is the mean red, green and blue of a face (from -1 to 1), then a constant, then zeros."""
    projection = np.zeros((3, dimension))
    projection[np.arange(3), np.arange(3)] = 1.0
    constant = np.zeros(dimension)
    constant[3] = 0.5
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "projection", "constant"], ["template"]),
    ]
    taken = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch, 3, side, side])]
    given = [helper.make_tensor_value_info("template", TensorProto.FLOAT, [batch, dimension])]
    weights = [_weights("projection", projection), _weights("constant", constant)]
    return _model(nodes, taken, given, weights)


def template_of(bgr: tuple[int, int, int]) -> np.ndarray:
    """What ``arcface`` says of a face of one colour."""
    template = np.zeros(DIMENSION, np.float32)
    template[:3] = (np.array(bgr[::-1], np.float32) - 127.5) / 127.5
    template[3] = 0.5
    return template / np.linalg.norm(template)


MANIFEST = """
id = "force-faces"
version = "{version}"
family = "insightface"
licence = "{licence}"
permitted_use = "non-commercial"
detector = "det.onnx"
embedder = "rec.onnx"
dimension = {dimension}
colour_order = "RGB"
input_size = 112
similarity = "cosine"
default_threshold = 0.4
evidence_grade = "{grade}"
evidence = "none recorded"

[files]
"det.onnx" = "{detector}"
"rec.onnx" = "{embedder}"
"""


def write_pack(
    folder: Path,
    *,
    detector: bytes | None = None,
    embedder: bytes | None = None,
    version: str = "small-1",
    licence: str = "for tests",
    grade: str = "rehearsal",
    dimension: int = DIMENSION,
) -> Path:
    """A folder as a force would supply it."""
    contents = {"det.onnx": detector or scrfd(), "rec.onnx": embedder or arcface()}
    hashes = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    text = MANIFEST.format(
        version=version, licence=licence, grade=grade, dimension=dimension,
        detector=hashes["det.onnx"], embedder=hashes["rec.onnx"],
    )  # fmt: skip
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    return folder
