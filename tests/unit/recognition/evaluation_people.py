"""Made-up people for tests of the evaluation: templates around a centre of their own."""

from __future__ import annotations

import numpy as np


def templates(people: int, pictures: int, *, spread: float = 0.13, seed: int = 3, dimension: int = 32):
    """(people x pictures, D) L2-normalised float32, and who is shown on each."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(people, dimension))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    subjects = np.repeat(np.arange(people), pictures)
    found = centres[subjects] + random.normal(size=(len(subjects), dimension)) * spread
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32), subjects


def groups(people: int) -> list[str]:
    return [("first", "second", "third")[person % 3] for person in range(people)]
