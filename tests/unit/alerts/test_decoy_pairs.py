"""Which two pictures a decoy shows, and how the one that was seen is made to look."""

import random

import cv2
import numpy as np
import pytest

from apps.alerts import decoy_picture, decoys
from apps.alerts.decoy_picture import NoPicture, as_from_a_camera
from apps.live.decode import PROBE_JPEG_QUALITY
from apps.recognition.engine.enrol import KEPT_MARGIN
from apps.recognition.engine.pipeline import PipelineConfig
from apps.watchlists import api as watchlists


def test_it_shows_one_person_where_there_are_two_pictures_and_two_people_more_often():
    one, other = (watchlists.DecoyPicture(*ids, on_card=True) for ids in (("a", 1), ("b", 2)))
    again = watchlists.DecoyPicture("a", 3, on_card=False)
    assert decoys.choose([one], random.Random(1)) is None
    assert decoys.choose([one, again], random.Random(1)) == (again, one)
    chance = random.Random(7)
    pairs = [decoys.choose([one, again, other], chance) for _ in range(300)]
    same = sum(seen.subject_id == listed.subject_id for seen, listed in pairs)
    assert 60 < same < 140
    assert all(listed.on_card for _, listed in pairs)


def test_its_picture_is_cut_and_encoded_as_recognition_does_it():
    street = PipelineConfig()
    assert street.face_margin == decoy_picture.STREET_MARGIN
    assert street.face_max_side == decoy_picture.STREET_SIDE_PX
    assert PROBE_JPEG_QUALITY == decoy_picture.STREET_JPEG_QUALITY
    assert decoy_picture.LIST_MARGIN == KEPT_MARGIN
    # A list keeps the face with as much again on each side, the street half of it: here a red face on white.
    kept = np.full((300, 300, 3), 255, dtype=np.uint8)
    kept[100:200, 100:200] = (0, 0, 200)
    seen = as_from_a_camera(cv2.imencode(".png", kept)[1].tobytes(), random.Random(1))
    image = cv2.imdecode(np.frombuffer(seen, np.uint8), cv2.IMREAD_COLOR)
    red = (image[:, :, 1] < 128).mean()
    assert 0.22 < red < 0.28
    with pytest.raises(NoPicture, match="cannot be decoded"):
        as_from_a_camera(b"no picture", random.Random(1))
