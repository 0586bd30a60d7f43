"""The detector as the platform runs it finds what OpenCV's own class for the same network finds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from apps.recognition.engine.packs import installed_folder
from apps.recognition.engine.yunet import NMS_IOU, SCORE_FLOOR, TOP_K

pytestmark = pytest.mark.filterwarnings("ignore")


def by_opencv(pack, image, max_side):
    folder = installed_folder(pack.manifest)
    height, width = image.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = (int(width * scale + 1e-6), int(height * scale + 1e-6))
    small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    detector = cv2.FaceDetectorYN.create(
        str(folder / pack.manifest.detector), "", size, SCORE_FLOOR, NMS_IOU, TOP_K
    )
    _, rows = detector.detect(small)
    rows = np.zeros((0, 15), np.float32) if rows is None else rows
    rows = rows[np.argsort(-rows[:, 14], kind="stable")]
    stretch = np.array([width / size[0], height / size[1]], np.float32)
    return rows[:, 4:14].reshape(-1, 5, 2) * stretch, rows[:, 14]


@pytest.mark.parametrize("max_side", [320, 640, 1280])
@pytest.mark.parametrize("name", ["group.jpg", "subject_a_1.jpg"])
def test_the_same_faces_with_the_same_points_and_scores(pack, photos, name, max_side):
    image = cv2.imread(str(photos / name), cv2.IMREAD_COLOR)
    image = image[: image.shape[0] - 7, : image.shape[1] - 13]  # no multiple of the grid
    points, scores = by_opencv(pack, image, max_side)
    found = pack.detect(image, max_side=max_side)
    assert len(found) == len(scores) > 0
    # The score of a face, and hence the order of two alike, may differ in the last digits.
    order = np.abs(found.landmarks[:, None] - points[None]).max(axis=(2, 3)).argmin(axis=1)
    assert sorted(order) == list(range(len(points)))
    assert np.abs(found.landmarks - points[order]).max() < 0.05
    assert np.abs(found.scores - scores[order]).max() < 1e-3


def test_nothing_is_found_where_nobody_is(pack):
    assert len(pack.detect(np.full((480, 640, 3), 90, np.uint8), max_side=640)) == 0
    assert len(pack.detect(np.zeros((1, 1, 3), np.uint8), max_side=640)) == 0
