"""The recognition pack as the face judge wants it: one call from a picture to its templates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.recognition.engine.align import align_faces
from apps.recognition.engine.packs import Pack

MAX_SIDE = 1280
# Stricter than recognition, which wants good shots: a poor picture of a face is a trace too.
SURE_ENOUGH = 0.7


class EnginePack:
    """`apps.ops.tracecheck.faces.FacePack` on a loaded `Pack`."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def templates(self, image_bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, D) float32, L2-normalised: one row for each face in an (H, W, 3) BGR picture, best score
        first.
        """
        found = self.pack.detect(image_bgr, max_side=MAX_SIDE)
        sure = found.landmarks[found.scores >= SURE_ENOUGH]
        return self.pack.embed(align_faces(image_bgr, sure))
