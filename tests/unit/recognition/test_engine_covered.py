"""A face behind a mask, dark glasses or a hand is refused in words; a face with nothing in front never is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from apps.recognition.engine.align import align_face, similarity_transform
from apps.recognition.engine.enrol import EnrolmentConfig, enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused
from apps.recognition.engine.pictures import encode_jpeg
from apps.recognition.engine.quality import (
    ENROLMENT_LIMITS,
    EYES_COVERED,
    LIVE_LIMITS,
    MOUTH_COVERED,
    assess,
    weak_points,
)

# Outlines in the aligned crop of 112 pixels.
MASK = [(22, 66), (56, 56), (90, 66), (88, 100), (72, 122), (40, 122), (24, 100)]
HAND = [(28, 78), (92, 76), (96, 112), (24, 114)]
GLASSES = [(22, 43), (90, 43), (90, 56), (82, 64), (64, 64), (57, 52), (54, 52), (48, 64), (30, 64), (22, 56)]
WHITE, BLUE, DARK = (225, 225, 225), (200, 170, 120), (22, 22, 22)
NOTHING_ASKED = EnrolmentConfig(limits=replace(ENROLMENT_LIMITS, min_eyes_seen=0, min_mouth_seen=0))


@pytest.fixture(scope="module")
def faces(pack, photos):
    """Everybody's largest face in a picture of at most 400 pixels, with its landmarks."""
    found = []
    for path in sorted(photos.iterdir()):
        image = cv2.imread(str(path))
        if image is None or path.name == "group.jpg":
            continue
        scale = min(1, 400 / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        seen = pack.detect(small, max_side=640)
        if seen.sizes.max() >= 60:
            found.append((path.name, small, seen.select([int(np.argmax(seen.sizes))])))
    return found


def painted(image, landmarks, outline, colour):
    """`outline` of the aligned face in one colour, slightly uneven as cloth and skin are."""
    matrix = similarity_transform(landmarks).astype(float)
    points = (np.array(outline, float) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    where = np.zeros(image.shape[:2], np.float32)
    cv2.fillPoly(where, [np.round(points).astype(np.int32)], 1)
    where = cv2.GaussianBlur(where, (0, 0), 1.0)[..., None]
    chance = np.random.default_rng(1)
    shade = cv2.resize(chance.normal(0, 12, (5, 5)).astype(np.float32), image.shape[1::-1])[..., None]
    cloth = np.array(colour) + shade + chance.normal(0, 3, (*image.shape[:2], 1))
    return np.clip(image * (1 - where) + cloth * where, 0, 255).astype(np.uint8)


def reasons(faces, pack, change):
    """Of each face, changed, as it is found again: name and reasons."""
    for name, image, face in faces:
        changed = change(image, face.landmarks[0])
        seen = pack.detect(changed, max_side=640)
        if len(seen):
            best = seen.select([int(np.argmax(seen.sizes))])
            yield name, assess(best, 0, changed, ENROLMENT_LIMITS).reasons


@pytest.mark.parametrize(
    "state",
    [
        lambda image: image,
        lambda image: cv2.GaussianBlur(image, (0, 0), 1.2),
        lambda image: (image * 0.4).astype(np.uint8),
        lambda image: np.clip(image * np.linspace(0.5, 1.3, image.shape[1])[:, None], 0, 255).astype(
            np.uint8
        ),
        lambda image: np.ascontiguousarray(image[:, ::-1]),
        lambda image: cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1),
    ],
    ids=["plain", "soft", "dark", "light-from-a-side", "mirrored", "compressed"],
)
def test_no_face_with_nothing_in_front_of_it_is_called_covered(faces, pack, state):
    found = list(reasons(faces, pack, lambda image, _: state(image)))
    assert len(found) >= 12
    assert [each for each in found if EYES_COVERED in each[1] or MOUTH_COVERED in each[1]] == []


@pytest.mark.parametrize(
    ("outline", "colour", "words", "least"),
    [
        (MASK, WHITE, MOUTH_COVERED, 0.8),
        (MASK, BLUE, MOUTH_COVERED, 0.8),
        (HAND, (120, 140, 190), MOUTH_COVERED, 0.8),
        (GLASSES, DARK, EYES_COVERED, 0.8),
    ],
    ids=["white-mask", "blue-mask", "hand", "dark-glasses"],
)
def test_a_covered_face_is_named_with_what_to_take_off(faces, pack, outline, colour, words, least):
    found = list(reasons(faces, pack, lambda image, points: painted(image, points, outline, colour)))
    assert sum(words in why for _, why in found) >= least * len(found)


def test_a_mask_that_nothing_else_notices_waits_for_somebody_to_accept_it(faces, pack):
    """Some people look so in every picture: they are not kept off, and nobody is listed so unseen."""
    _, image, face = next(each for each in faces if each[0] == "subject_b_1.jpg")
    masked = encode_jpeg(painted(image, face.landmarks[0], MASK, BLUE), quality=95)
    assert not enrol_picture(pack, masked, NOTHING_ASKED).warnings
    (warning,) = enrol_picture(pack, masked).warnings
    assert "take off the mask" in warning
    assert "only if this person looks so" in warning


def test_a_mask_does_not_excuse_what_is_refused_anyway(faces, pack):
    _, image, face = next(each for each in faces if each[0] == "subject_b_1.jpg")
    masked = painted(image, face.landmarks[0], MASK, BLUE)
    dark = encode_jpeg((masked * 0.02).astype(np.uint8), quality=95)
    with pytest.raises(EnrolmentRefused):
        enrol_picture(pack, dark)


def test_covered_faces_score_lower_so_that_a_forces_floor_sees_them_and_the_reason_is_named(faces, pack):
    _, image, face = next(each for each in faces if each[0] == "subject_b_1.jpg")
    thin = EnrolmentConfig(limits=replace(ENROLMENT_LIMITS, min_eyes_seen=0.001, min_mouth_seen=0.001))
    open_face = enrol_picture(pack, encode_jpeg(image, quality=95), thin).quality
    masked = painted(image, face.landmarks[0], MASK, WHITE)
    covered = enrol_picture(pack, encode_jpeg(masked, quality=95), thin).quality
    assert covered.score < 0.9 * open_face.score
    assert "the mouth is hard to see" in weak_points(covered)
    assert not any("hard to see" in words for words in weak_points(open_face))


def test_the_crowd_is_not_asked_for_it(faces):
    """A walker shows another view soon, and judging must not cost."""
    _, image, face = faces[0]
    crop = align_face(image, face.landmarks[0])
    assert assess(face, 0, image, LIVE_LIMITS, aligned=crop).seen is None
