"""Templates and pictures made of numbers: no face is needed to test that bytes are found."""

import cv2
import numpy as np

from apps.ops.tracecheck.data import NamedTemplate

SAME_FACE = 0.45


def unit_vector(seed: int, dimension: int = 128) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def template(label: str = "bystander", seed: int = 7, dimension: int = 128) -> NamedTemplate:
    return NamedTemplate(label, unit_vector(seed, dimension))


def noise(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def textured_jpeg(seed: int = 3, side: int = 240) -> bytes:
    """A picture of noise: about 40 KB, so that PostgreSQL cuts it into many chunks; no face in it."""
    image = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    ok, encoded = cv2.imencode(".jpg", cv2.blur(image, (3, 3)))
    assert ok
    return encoded.tobytes()
