"""What else a pack refuses, and that threads and sizes of pictures do not change what it says."""

from __future__ import annotations

import dataclasses
import sys
import threading

import cv2
import numpy as np
import onnxruntime
import pytest

from apps.recognition.engine.align import align_faces
from apps.recognition.engine.errors import AcceleratorNotActive, PackFileMissing, PackManifestInvalid
from apps.recognition.engine.opencv_zoo import MAX_BATCH, OpenCVZooPack
from apps.recognition.engine.packs import installed_folder, parse_manifest


def test_it_does_not_run_code_of_the_package_that_carries_the_files(manifest):
    sys.modules.pop(manifest.package, None)
    installed_folder(manifest)
    assert manifest.package not in sys.modules


def test_it_refuses_a_package_that_is_not_installed(manifest):
    with pytest.raises(PackFileMissing, match="no_such_package"):
        installed_folder(dataclasses.replace(manifest, package="no_such_package"))
    with pytest.raises(PackFileMissing, match="no folder"):
        installed_folder(dataclasses.replace(manifest, package=""))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "opencv-zoo"', ""),
        ("dimension = 128", 'dimension = "128"'),
        ("dimension = 128", "dimension = 0"),
        ("default_threshold = 0.45", "default_threshold = 45"),
        ('colour_order = "RGB"', 'colour_order = "GBR"'),
        ('similarity = "cosine"', 'similarity = "euclidean"'),
        ('evidence_grade = "rehearsal"', 'evidence_grade = "excellent"'),
        ('detector = "face', 'detector = "other'),
        ('"face_detection_yunet', '"../face_detection_yunet'),
        ("49f000ec", "49F000EC"),
        ("[files]", "[files"),
    ],
)
def test_it_refuses_a_manifest_that_does_not_make_sense(manifest_text, old, new):
    text = manifest_text
    assert old in text
    with pytest.raises(PackManifestInvalid):
        parse_manifest(text.replace(old, new, 1))


def test_it_knows_itself_as_good_for_rehearsals_only(manifest):
    assert manifest.evidence_grade == "rehearsal"


def test_its_fingerprint_changes_with_whatever_changes_templates(manifest):
    files = dict(manifest.files) | {manifest.embedder: "0" * 64}
    others = [
        dataclasses.replace(manifest, files=files),
        dataclasses.replace(manifest, colour_order="BGR"),
        dataclasses.replace(manifest, dimension=512),
    ]
    prints = {manifest.fingerprint, *(m.fingerprint for m in others)}
    assert len(prints) == 4
    assert dataclasses.replace(manifest, default_threshold=0.5).fingerprint == manifest.fingerprint


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_it_refuses_cuda_that_is_offered_and_then_not_active(manifest, monkeypatch):
    """What a driver that does not fit looks like: offered, then silently replaced by the processor."""
    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    with pytest.raises(AcceleratorNotActive, match="the session runs on"):
        OpenCVZooPack(manifest, installed_folder(manifest), "cuda", 1)


def test_it_runs_on_the_processor_when_asked_to(pack):
    assert pack.provider == "CPUExecutionProvider"


def test_it_refuses_threads_left_to_chance(manifest):
    with pytest.raises(ValueError, match="threads"):
        OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 0)


def test_it_sets_the_threads_of_the_process(manifest, pack):
    before = cv2.getNumThreads()
    try:
        OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 1)
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)


def test_it_gives_the_same_template_alone_and_in_a_batch_of_any_size(pack, photos):
    image = cv2.imread(str(photos / "group.jpg"))
    aligned = align_faces(image, pack.detect(image, max_side=1280).landmarks)
    many = np.concatenate([aligned] * 4)[: MAX_BATCH + 3]
    together = pack.embed(many)
    alone = np.concatenate([pack.embed(face[None]) for face in many])
    assert together.shape == (MAX_BATCH + 3, 128)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_it_embeds_nobody(pack):
    assert pack.embed(np.zeros((0, 112, 112, 3), np.uint8)).shape == (0, 128)


@pytest.mark.parametrize(
    "faces",
    [
        np.zeros((112, 112, 3), np.uint8),
        np.zeros((1, 96, 112, 3), np.uint8),
        np.zeros((1, 112, 112, 3), np.float32),
    ],
)
def test_it_refuses_faces_that_are_not_aligned(pack, faces):
    with pytest.raises(ValueError, match="expected shape"):
        pack.embed(faces)


@pytest.mark.parametrize(
    "image", [np.zeros((10, 10), np.uint8), np.zeros((0, 10, 3), np.uint8), np.zeros((10, 10, 4), np.uint8)]
)
def test_it_refuses_pictures_that_are_not_bgr(pack, image):
    with pytest.raises(ValueError, match="expected shape"):
        pack.detect(image, max_side=640)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 2000, 3), (3, 3, 3), (2000, 1, 3)])
def test_it_finds_nobody_in_a_sliver(pack, shape):
    assert len(pack.detect(np.zeros(shape, np.uint8), max_side=640)) == 0


def test_it_finds_faces_in_pixels_of_the_picture_whatever_the_search_size(pack, photos):
    image = cv2.imread(str(photos / "group.jpg"))
    small, large = (pack.detect(image, max_side=side) for side in (640, 1280))
    assert len(small) == len(large) == 6
    order = [np.argsort(found.boxes[:, 0]) for found in (small, large)]
    centres = [(f.boxes[o, :2] + f.boxes[o, 2:]) / 2 for f, o in zip((small, large), order, strict=True)]
    assert np.abs(centres[0] - centres[1]).max() < 8
    assert (np.diff(large.scores) <= 0).all()


def test_threads_share_it_without_mixing_their_pictures(pack, photos):
    """The detector keeps the size of its input as state: two threads must not share one."""
    images = [cv2.imread(str(photos / n)) for n in ("group.jpg", "subject_a_1.jpg", "subject_b_1.jpg")]
    expected = [pack.detect(image, max_side=640).boxes for image in images]
    wrong = []

    def look(index: int) -> None:
        for _ in range(6):
            found = pack.detect(images[index], max_side=640).boxes
            if found.shape != expected[index].shape or not np.allclose(found, expected[index], atol=0.01):
                wrong.append(index)

    threads = [threading.Thread(target=look, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
