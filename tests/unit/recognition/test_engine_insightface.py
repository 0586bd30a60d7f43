"""The insightface family: from a folder of the force's own, on small networks whose answers are known."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_models import BOX, POINTS, arcface, scrfd, template_of, write_pack

from apps.recognition import api
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import (
    AcceleratorNotActive,
    PackFileMissing,
    PackHashMismatch,
    PackLicenceMissing,
    PackManifestInvalid,
)
from apps.recognition.engine.insightface_zoo import InsightFacePack
from apps.recognition.engine.packs import load_manifest, parse_manifest

REAL = os.environ.get("LFR_INSIGHTFACE_DIR", "")


def load(folder: Path, **options) -> InsightFacePack:
    manifest = load_manifest(folder / "pack.toml")
    return InsightFacePack(manifest, folder, **{"accelerator": "cpu", "threads": 1} | options)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> InsightFacePack:
    return load(write_pack(tmp_path_factory.mktemp("pack")))


@pytest.fixture
def own(tmp_path: Path, settings) -> Path:
    settings.LFR_INSIGHTFACE_DIR = write_pack(tmp_path)
    return tmp_path


def picture(width: int, height: int, *spots: tuple[int, int]) -> np.ndarray:
    """Grey, with a white square of 16 px whose top left corner is at each spot."""
    image = np.full((height, width, 3), 90, np.uint8)
    for x, y in spots:
        image[y : y + 16, x : x + 16] = 255
    return image


def test_a_face_is_found_where_it_is_with_the_five_points_in_order(small):
    found = small.detect(picture(640, 352, (160, 96)), max_side=640)
    assert len(found) == 1
    x, y = 160, 96  # the grid's point of that cell
    np.testing.assert_allclose(
        found.boxes[0], [x - BOX[0] * 16, y - BOX[1] * 16, x + BOX[2] * 16, y + BOX[3] * 16], atol=0.01
    )
    np.testing.assert_allclose(found.landmarks[0], np.array([x, y]) + np.array(POINTS) * 16, atol=0.01)
    assert found.landmarks[0, 0, 0] < found.landmarks[0, 1, 0]  # the person's right eye first, as YuNet gives


def test_pixels_are_those_of_the_picture_however_small_it_was_searched(small):
    """A frame of no round size, shrunk to a third: padding and scale must not move what is found."""
    found = small.detect(
        cv2.resize(picture(640, 360, (320, 192)), (1920, 1080), interpolation=0), max_side=640
    )
    assert len(found) == 1
    centre = (found.boxes[0, :2] + found.boxes[0, 2:]) / 2
    np.testing.assert_allclose(centre, [960, 576], atol=3)


def test_nothing_is_found_in_the_padding_or_in_nothing(small):
    assert len(small.detect(picture(640, 352), max_side=640)) == 0
    assert len(small.detect(picture(33, 17), max_side=640)) == 0


def test_faces_come_best_first_and_once(small):
    image = picture(640, 352, (64, 96), (320, 96), (480, 224))
    image[96:112, 320:336] = 230
    found = small.detect(image, max_side=640)
    assert len(found) == 3
    assert (np.diff(found.scores) <= 0).all()


def test_a_network_of_one_size_is_given_that_size(tmp_path):
    pack = load(write_pack(tmp_path, detector=scrfd(fixed=(320, 320))))
    found = pack.detect(cv2.resize(picture(320, 160, (160, 80)), (1280, 640), interpolation=0), max_side=1280)
    assert len(found) == 1
    np.testing.assert_allclose((found.boxes[0, :2] + found.boxes[0, 2:]) / 2, [640, 320], atol=5)


def test_the_network_gets_red_first_and_gives_rows_of_length_one(small):
    colours = [(200, 30, 10), (10, 30, 200), (127, 127, 127)]
    faces = np.stack([np.full((112, 112, 3), colour, np.uint8) for colour in colours])
    templates = small.embed(faces)
    assert templates.shape == (3, 512)
    assert templates.dtype == np.float32
    for colour, template in zip(colours, templates, strict=True):
        assert float(template @ template_of(colour)) > 0.9999
    assert float(templates[0] @ template_of(colours[1])) < 0.9


@pytest.mark.parametrize("count", [1, 16, 17])
def test_a_batch_of_any_size_says_what_each_face_alone_says(small, count):
    rng = np.random.default_rng(4)
    faces = rng.integers(0, 255, (count, 112, 112, 3), dtype=np.uint8)
    alone = np.concatenate([small.embed(face[None]) for face in faces])
    np.testing.assert_allclose(small.embed(faces), alone, atol=1e-5)


def test_a_network_with_a_fixed_batch_is_run_with_that_batch(tmp_path):
    pack = load(write_pack(tmp_path, embedder=arcface(batch=4)))
    faces = np.random.default_rng(4).integers(0, 255, (6, 112, 112, 3), dtype=np.uint8)
    assert pack.embed(faces).shape == (6, 512)
    assert float(pack.embed(faces[5:])[0] @ pack.embed(faces)[5]) > 0.9999


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"embedder": arcface(dimension=128)}, "128 values a face"),
        ({"embedder": arcface(side=160)}, "160 by 160"),
        ({"embedder": scrfd()}, "no ArcFace"),
        ({"detector": arcface()}, "no SCRFD"),
        ({"detector": b"not a model"}, "no model"),
    ],
    ids=["dimension", "side", "detector-as-embedder", "embedder-as-detector", "garbage"],
)
def test_files_that_are_something_else_are_refused(tmp_path, files, words):
    with pytest.raises(PackManifestInvalid, match=words):
        load(write_pack(tmp_path, **files))


def test_a_swapped_and_a_missing_file_are_refused(tmp_path):
    folder = write_pack(tmp_path)
    (folder / "rec.onnx").write_bytes(arcface(dimension=256))
    with pytest.raises(PackHashMismatch, match=r"rec\.onnx"):
        load(folder)
    (folder / "det.onnx").unlink()
    with pytest.raises(PackFileMissing, match=r"det\.onnx"):
        load(folder)


def test_cuda_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(AcceleratorNotActive):
        load(write_pack(tmp_path), accelerator="cuda")


def test_without_a_recorded_licence_it_is_no_pack(own):
    write_pack(own, licence=" ")
    api._manifests_with.cache_clear()
    with pytest.raises(PackLicenceMissing):
        api.known_packs()


def test_a_non_commercial_licence_carries_no_operation(tmp_path):
    folder = write_pack(tmp_path, grade="operational")
    with pytest.raises(PackManifestInvalid, match="non-commercial"):
        load_manifest(folder / "pack.toml")
    text = (folder / "pack.toml").read_text().replace('"non-commercial"', '"unrestricted"')
    assert parse_manifest(text).evidence_grade == "operational"


def test_a_pack_of_ones_own_is_known_by_what_is_in_it(own):
    """Other files are another pack: an approval, an assessment or a list of the first names the second
    never."""
    (first,) = set(api.known_packs()) - {api.DEFAULT_PACK_ID}
    assert first.startswith("force-faces-")
    assert api.get_pack(first).embed(np.zeros((1, 112, 112, 3), np.uint8)).shape == (1, 512)
    assert api.assert_ready(first) == "CPUExecutionProvider"
    write_pack(own, embedder=arcface(batch=2))
    api._manifests_with.cache_clear()
    (second,) = set(api.known_packs()) - {api.DEFAULT_PACK_ID}
    assert second != first
    with pytest.raises(PackFileMissing, match="unknown"):
        api.manifest(first)


def test_every_known_pack_is_verified_and_loaded_at_the_start(own, monkeypatch):
    monkeypatch.setattr(api, "_loaded", {})
    (own / "rec.onnx").write_bytes(b"swapped")
    with pytest.raises(PackHashMismatch):
        api.assert_files()
    with pytest.raises(PackHashMismatch):
        api.assert_ready()


def test_the_default_pack_does_not_bring_the_library(settings):
    """Nobody who does not use it runs its code."""
    assert settings.LFR_INSIGHTFACE_DIR is None
    code = "import apps.recognition.engine.opencv_zoo, sys; print('insightface' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.skipif(not REAL, reason="LFR_INSIGHTFACE_DIR names no pack")
def test_the_real_pack_tells_people_apart(photos: Path):
    pack = load(Path(REAL))
    names = ["subject_a_1.jpg", "subject_a_2.jpg", "subject_b_1.jpg", "subject_b_2.jpg"]
    one, two, three, four = (enrol_picture(pack, (photos / n).read_bytes()).template for n in names)
    limit = pack.manifest.default_threshold
    assert min(float(one @ two), float(three @ four)) >= limit
    assert max(float(a @ b) for a in (one, two) for b in (three, four)) < limit
