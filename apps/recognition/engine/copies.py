"""Whether two stored pictures are one photograph, saved anew: smaller, larger, or compressed again.

Only for pictures whose templates are nearly equal already. On the test photographs, each made half, seven
tenths and half as large again and saved at three qualities, copies resemble each other by 0.91 or more here;
different photographs of one person by 0.67 at most.
"""

from __future__ import annotations

import cv2
import numpy as np

# A cosine similarity of templates. Copies of the photographs had 0.90 or more, other photographs of one
# person 0.86 or less. Higher would miss the worst copies.
NEARLY_EQUAL = 0.88
# A correlation of pixels.
SAME_LOOK = 0.88
LOOK_SIDE_PX = 32


def is_copy(one: bytes, other: bytes) -> bool:
    """Whether two pictures (JPEG, cut out the same way) look the same pixel by pixel, whatever their size."""
    if one == other:
        return True
    looks = [_look(one), _look(other)]
    if looks[0] is None or looks[1] is None:
        return False
    return float(looks[0] @ looks[1]) >= SAME_LOOK


def _look(jpeg: bytes) -> np.ndarray | None:
    """A small grey picture as a vector of length 1 without its mean; None for what is no picture or has one
    brightness everywhere."""
    raw = np.frombuffer(jpeg, np.uint8)
    decoded = cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE) if raw.size else None
    if decoded is None:
        return None
    small = cv2.resize(decoded, (LOOK_SIDE_PX, LOOK_SIDE_PX), interpolation=cv2.INTER_AREA)
    look = small.astype(np.float32).ravel()
    look -= look.mean()
    length = float(np.linalg.norm(look))
    return look / length if length > 0 else None
