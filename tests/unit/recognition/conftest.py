"""The default model pack and the people of the photographs, loaded once for all tests of the engine."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from recognition_scenes import Cutout, cut_out

from apps.recognition import engine
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import PackManifest, installed_folder, load_manifest

# Walks with this picture; another picture of the same person is on the list.
WALKING = {
    "a": "subject_a_2.jpg",
    "b": "subject_b_1.jpg",
    "c": "subject_c_1.jpg",
    "d": "bystander_d.jpg",
    "e": "bystander_e.jpg",
}
LISTED = {"a": "subject_a_1.jpg", "b": "subject_b_2.jpg", "c": "subject_c_3.jpg"}

MANIFEST = Path(engine.__file__).parent.parent / "packs" / "opencv_zoo.toml"


@pytest.fixture(scope="session")
def manifest() -> PackManifest:
    return load_manifest(MANIFEST)


@pytest.fixture(scope="session")
def manifest_text() -> str:
    return MANIFEST.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pack_folder(manifest: PackManifest) -> Path:
    return installed_folder(manifest)


@pytest.fixture(scope="session")
def pack(manifest: PackManifest, pack_folder: Path) -> OpenCVZooPack:
    return OpenCVZooPack(manifest, pack_folder, accelerator="cpu", threads=1)


@pytest.fixture(scope="session")
def people(pack: OpenCVZooPack, photos: Path) -> dict[str, Cutout]:
    """Head and shoulders of a to e and of g0 to g5, six strangers from a group photograph."""
    found = {}
    for person, name in WALKING.items():
        image = cv2.imread(str(photos / name))
        found[person] = cut_out(person, image, pack.detect(image, max_side=1280))
    group = cv2.imread(str(photos / "group.jpg"))
    faces = pack.detect(group, max_side=1280)
    for row in range(len(faces)):
        found[f"g{row}"] = cut_out(f"g{row}", group, faces.select([row]))
    return found


@pytest.fixture(scope="session")
def listed(pack: OpenCVZooPack, photos: Path) -> dict[str, np.ndarray]:
    """Templates of a, b and c from other pictures than the ones that walk."""
    return {who: enrol_picture(pack, (photos / name).read_bytes()).template for who, name in LISTED.items()}
