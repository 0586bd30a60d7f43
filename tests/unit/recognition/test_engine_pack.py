"""A pack is used only with the files, the licence, the accelerator and the process it was meant for."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.recognition.engine.align import align_faces
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import (
    AcceleratorNotActive,
    PackFileMissing,
    PackHashMismatch,
    PackLicenceMissing,
    PackUsedAfterFork,
)
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import PackManifest, load_manifest, parse_manifest, verify_files

THRESHOLD = 0.45
PEOPLE = {
    "a": ("subject_a_1.jpg", "subject_a_2.jpg"),
    "b": ("subject_b_1.jpg", "subject_b_2.jpg"),
    "c": ("subject_c_1.jpg", "subject_c_2.jpg", "subject_c_3.jpg", "subject_c_4.jpg"),
    "d": ("bystander_d.jpg",),
    "e": ("bystander_e.jpg",),
}
PERSON_OF = {name: person for person, names in PEOPLE.items() for name in names}
PAIRS = list(combinations(PERSON_OF, 2))
GENUINE = [pair for pair in PAIRS if PERSON_OF[pair[0]] == PERSON_OF[pair[1]]]
IMPOSTORS = [pair for pair in PAIRS if PERSON_OF[pair[0]] != PERSON_OF[pair[1]]]

CUDA_WITHOUT_A_GPU = """
import sys
from pathlib import Path
from apps.recognition.engine.errors import AcceleratorNotActive
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import load_manifest
try:
    OpenCVZooPack(load_manifest(Path(sys.argv[1])), Path(sys.argv[2]), "cuda", 1)
except AcceleratorNotActive:
    print("refused")
"""


@pytest.fixture(scope="module")
def templates(pack: OpenCVZooPack, photos: Path) -> dict[str, np.ndarray]:
    return {name: enrol_picture(pack, (photos / name).read_bytes()).template for name in PERSON_OF}


@pytest.fixture
def own_folder(manifest: PackManifest, pack_folder: Path, tmp_path: Path) -> Path:
    """A copy of the model files that a test may damage."""
    for name in manifest.files:
        shutil.copyfile(pack_folder / name, tmp_path / name)
    return tmp_path


def test_there_are_eight_genuine_pairs_and_the_manifest_has_the_threshold(manifest: PackManifest):
    assert len(GENUINE) == 1 + 1 + 6
    assert manifest.default_threshold == THRESHOLD


@pytest.mark.parametrize(("one", "other"), GENUINE)
def test_two_pictures_of_a_person_reach_the_threshold(templates, one: str, other: str):
    assert float(templates[one] @ templates[other]) >= THRESHOLD


@pytest.mark.parametrize(("one", "other"), IMPOSTORS)
def test_pictures_of_two_people_stay_below_the_threshold(templates, one: str, other: str):
    assert float(templates[one] @ templates[other]) < THRESHOLD


def test_nobody_in_the_group_is_taken_for_somebody_else(pack: OpenCVZooPack, photos: Path, templates):
    image = cv2.imread(str(photos / "group.jpg"))
    faces = pack.detect(image, max_side=1280)
    assert len(faces) == 6
    views = pack.embed(align_faces(image, faces.landmarks))
    among = views @ views.T
    assert among[~np.eye(6, dtype=bool)].max() < THRESHOLD
    assert (views @ np.stack(list(templates.values())).T).max() < THRESHOLD


def test_templates_have_length_one_and_do_not_depend_on_the_batch(pack: OpenCVZooPack, photos: Path):
    image = cv2.imread(str(photos / "group.jpg"))
    faces = align_faces(image, pack.detect(image, max_side=1280).landmarks)
    many = np.concatenate([faces] * 3)  # more than one inference takes
    together = pack.embed(many)
    alone = np.concatenate([pack.embed(face[None]) for face in faces])
    assert together.shape == (18, 128)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert ((together * np.concatenate([alone] * 3)).sum(axis=1) > 0.9999).all()
    assert pack.embed(faces[:0]).shape == (0, 128)


@pytest.mark.parametrize("which", ["detector", "embedder"])
def test_a_tampered_weight_file_is_refused(manifest: PackManifest, own_folder: Path, which: str):
    path = own_folder / getattr(manifest, which)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PackHashMismatch, match=path.name):
        OpenCVZooPack(manifest, own_folder, "cpu", 1)


@pytest.mark.parametrize("which", ["detector", "embedder"])
def test_a_missing_file_is_refused(manifest: PackManifest, own_folder: Path, which: str):
    path = own_folder / getattr(manifest, which)
    path.unlink()
    with pytest.raises(PackFileMissing, match=path.name):
        OpenCVZooPack(manifest, own_folder, "cpu", 1)


def test_the_untouched_copy_is_accepted(manifest: PackManifest, own_folder: Path):
    verify_files(manifest, own_folder)
    assert OpenCVZooPack(manifest, own_folder, "cpu", 1).provider == "CPUExecutionProvider"


def test_a_missing_manifest_is_refused(tmp_path: Path):
    with pytest.raises(PackFileMissing):
        load_manifest(tmp_path / "none.toml")


@pytest.mark.parametrize("replacement", ["", 'licence = ""\n', 'licence = "  "\n'])
def test_a_manifest_without_a_licence_is_refused(manifest_text: str, replacement: str):
    lines = manifest_text.splitlines(keepends=True)
    text = "".join(replacement if line.startswith("licence") else line for line in lines)
    assert text != manifest_text
    with pytest.raises(PackLicenceMissing):
        parse_manifest(text)


def test_a_pack_without_a_licence_is_refused_however_it_was_made(manifest: PackManifest, pack_folder: Path):
    with pytest.raises(PackLicenceMissing):
        OpenCVZooPack(dataclasses.replace(manifest, licence=" "), pack_folder, "cpu", 1)


def test_cuda_is_refused_where_it_is_not_active(tmp_path: Path, manifest_text: str, pack_folder: Path):
    """In a process that sees no GPU, so that the test means the same on a machine that has one."""
    path = tmp_path / "pack.toml"
    path.write_text(manifest_text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", CUDA_WITHOUT_A_GPU, str(path), str(pack_folder)],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "refused"), done.stderr


def test_an_unknown_accelerator_is_refused(manifest: PackManifest, pack_folder: Path):
    with pytest.raises(AcceleratorNotActive):
        OpenCVZooPack(manifest, pack_folder, "tpu", 1)


@pytest.mark.parametrize("call", ["detect", "embed"])
def test_a_pack_carried_into_a_forked_child_is_refused(pack: OpenCVZooPack, call: str):
    face = np.full((112, 112, 3), 127, np.uint8)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"another error"
        try:
            _ = pack.detect(face, max_side=112) if call == "detect" else pack.embed(face[None])
            answer = b"answered"
        except PackUsedAfterFork:
            answer = b"refused"
        finally:
            os.write(writing, answer)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"refused"
    os.waitpid(child, 0)
    assert pack.embed(face[None]).shape == (1, 128)  # the parent's is still good
