"""The default model pack, loaded once for all tests of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.recognition import engine
from apps.recognition.engine.opencv_zoo import OpenCVZooPack
from apps.recognition.engine.packs import PackManifest, installed_folder, load_manifest

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
