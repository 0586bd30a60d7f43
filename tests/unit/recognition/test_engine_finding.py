"""Which way up a picture is, and whose faces are in it: the short way says what the long way says."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.finding import SURE_SCORE, everywhere, find, lean_degrees, main_face
from apps.recognition.engine.pictures import encode_jpeg


class Counting:
    """The real pack, which remembers what it found: both ways ask it the same. Counts pixels when asked."""

    def __init__(self, pack):
        self._pack, self._known, self.pixels = pack, {}, 0

    def detect(self, image, *, max_side):
        self.pixels += image.shape[0] * image.shape[1]
        key = (hash(image.tobytes()), image.shape, max_side)
        if key not in self._known:
            self._known[key] = self._pack.detect(image, max_side=max_side)
        return self._known[key]


def resized(image, longest):
    scale = longest / max(image.shape[:2])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image


def answer(way, pack, image):
    """What decides about a picture: its turn, the face that is meant, and who else could be."""
    try:
        found = way(pack, image)
    except EnrolmentRefused as refused:
        return refused.reason_code
    main = main_face(found.faces)
    largest = float(found.faces.sizes[main])
    others = [*np.delete(found.faces.sizes, main)[np.delete(found.faces.scores, main) >= SURE_SCORE]]
    rivals = sum(float(size) >= 0.3 * largest for size in [*others, *found.elsewhere])
    corners = tuple(round(float(v), 1) for v in found.faces.landmarks[main].ravel())
    return found.turns, found.sure, rivals, corners


def readable(photos):
    for path in sorted(photos.iterdir()):
        image = cv2.imread(str(path))
        if image is not None:
            yield path.name, image


def test_the_short_way_finds_what_the_long_way_finds_on_every_photograph_in_every_turn(pack, photos):
    """Of each photograph a small one in all turns, a larger and a leaning one in one; with LFR_ALL_TURNS=1
    each at more sizes and in all turns (minutes)."""
    wrong, tried, thorough = [], 0, os.environ.get("LFR_ALL_TURNS") == "1"
    for number, (name, image) in enumerate(readable(photos)):
        leaning = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), 20 + 5 * (number % 5), 1)
        variants = [
            (resized(image, 160), range(4)),
            (resized(image, 400), range(4) if thorough else [number % 4]),
            (resized(cv2.warpAffine(image, leaning, image.shape[1::-1]), 400), [(number + 1) % 4]),
        ]
        if thorough:
            variants += [(resized(image, size), range(4)) for size in (800, 10_000)]
        for variant, turns in variants:
            for turn in turns:
                asked = Counting(pack)
                picture = np.ascontiguousarray(np.rot90(variant, turn))
                short, asked.pixels = answer(find, asked, picture), 0
                if short != (long := answer(everywhere, asked, picture)):
                    wrong.append((name, variant.shape, turn, short, long))
                tried += 1
    assert wrong == []
    assert tried >= 6 * 14


def test_a_portrait_is_not_looked_at_in_every_turn_at_full_size(pack, photos):
    image = cv2.imread(str(photos / "subject_c_1.jpg"))
    short, long = Counting(pack), Counting(pack)
    find(short, image)
    everywhere(long, image)
    assert short.pixels < long.pixels / 5


@pytest.mark.parametrize("turns", [1, 3])
def test_somebody_who_lies_beside_is_a_second_face(pack, photos, turns):
    """Only another turn of the picture shows him: the upright one alone would have been enrolled."""
    one = resized(cv2.imread(str(photos / "subject_b_1.jpg")), 480)
    other = np.ascontiguousarray(np.rot90(resized(cv2.imread(str(photos / "subject_c_1.jpg")), 480), turns))
    scene = np.full((480, one.shape[1] + other.shape[1], 3), 120, np.uint8)
    scene[: one.shape[0], : one.shape[1]] = one
    scene[: other.shape[0], one.shape[1] :] = other
    with pytest.raises(EnrolmentRefused) as refused:
        enrol_picture(pack, encode_jpeg(scene, quality=95))
    assert refused.value.reason_code == RefusalCode.SEVERAL_FACES
    assert refused.value.message.startswith("2 faces")


def with_a_face_of(pack, image, width):
    scale = width / float(pack.detect(image, max_side=1280).sizes.max())
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def test_a_smaller_face_that_lies_far_off_is_a_second_one_too(pack, photos):
    """At 320 pixels it shows which way up the picture is, but not who lies: his face has 15 of them."""
    scene = np.full((640, 1280, 3), 120, np.uint8)
    one = with_a_face_of(pack, cv2.imread(str(photos / "subject_c_1.jpg")), 136)
    other = np.rot90(with_a_face_of(pack, cv2.imread(str(photos / "subject_a_1.jpg")), 61))
    scene[: one.shape[0], : one.shape[1]] = one[:640]
    scene[-other.shape[0] :, -other.shape[1] :] = other
    with pytest.raises(EnrolmentRefused) as refused:
        enrol_picture(pack, encode_jpeg(scene, quality=95))
    assert refused.value.reason_code == RefusalCode.SEVERAL_FACES


def test_a_large_face_on_its_side_is_not_passed_over_for_a_small_upright_one(pack, photos):
    large = np.ascontiguousarray(np.rot90(resized(cv2.imread(str(photos / "subject_b_1.jpg")), 900), 1))
    small = resized(cv2.imread(str(photos / "bystander_d.jpg")), 170)
    large[5 : 5 + small.shape[0], 5 : 5 + small.shape[1]] = small
    meant = enrol_picture(pack, (photos / "subject_b_1.jpg").read_bytes()).template
    face = enrol_picture(pack, encode_jpeg(large, quality=95))
    assert float(face.template @ meant) > 0.9
    assert any("quarter turn to the right" in word for word in face.warnings)


def test_a_speck_of_a_face_is_not_worth_a_word(pack, photos):
    image = cv2.imread(str(photos / "subject_b_1.jpg"))
    speck = resized(cv2.imread(str(photos / "bystander_d.jpg")), 60)
    image[10 : 10 + speck.shape[0], 10 : 10 + speck.shape[1]] = speck
    assert not any("background" in word for word in enrol_picture(pack, encode_jpeg(image)).warnings)


def test_how_far_a_face_leans():
    upright = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    turned = np.stack([-upright[:, 1], upright[:, 0]], axis=1)
    assert lean_degrees(upright) == pytest.approx(0)
    assert lean_degrees(turned) == pytest.approx(90)
    assert lean_degrees(-upright) == pytest.approx(180)
