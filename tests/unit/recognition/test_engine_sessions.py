"""What is bound to a device's memory says what a plain session says; commands about packs refuse in words."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from small_models import DIMENSION, arcface, scrfd, write_pack

from apps.recognition import api
from apps.recognition.engine.data import Detections
from apps.recognition.engine.insightface_zoo import InsightFacePack
from apps.recognition.engine.packs import load_manifest
from apps.recognition.engine.sessions import BoundSession, open_session, padded, warm_sizes
from apps.recognition.management.commands import check_gpu


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, 3, 112, 112)).astype(np.float32)


def test_io_binding_gives_what_the_session_gives_and_keeps_one_buffer_a_shape():
    session = open_session(arcface(), "cpu", 1)
    bound = BoundSession(session, "cpu")
    for count in (1, 4, 1, 2, 4):
        batch = faces(count)
        (plain,), (through,) = session.run(None, {"input": batch}), bound.run(None, {"input": batch})
        np.testing.assert_array_equal(plain, through)
    assert [shape[0] for shape in bound.shapes] == [1, 2, 4]


def test_a_device_is_never_given_more_shapes_than_agreed():
    bound = BoundSession(open_session(arcface(), "cpu", 1), "cpu", most_shapes=2)
    for count in (1, 2):
        bound.run(["template"], {"input": faces(count)})
    with pytest.raises(ValueError, match="shape 3"):
        bound.run(["template"], {"input": faces(3)})
    assert len(bound.run(["template"], {"input": faces(2)})[0]) == 2


def test_batches_of_a_gpu_have_few_sizes_all_of_them_warm():
    assert {padded(count, "cuda") for count in range(1, 17)} == set(warm_sizes("cuda"))
    assert [padded(count, "cpu") for count in (1, 3, 16)] == [1, 3, 16]


@pytest.fixture
def as_on_a_gpu(tmp_path, monkeypatch) -> InsightFacePack:
    """The whole pack through bound sessions and padded shapes, on the processor: no GPU runs our tests."""
    folder = write_pack(tmp_path)
    monkeypatch.setattr(
        "apps.recognition.engine.insightface_zoo.for_accelerator",
        lambda session, _: BoundSession(session, "cpu"),
    )
    pack = InsightFacePack(load_manifest(folder / "pack.toml"), folder, "cpu", 1)
    pack._accelerator = "cuda"
    return pack


def test_the_pack_says_the_same_through_bound_memory_and_fixed_canvases(as_on_a_gpu, tmp_path):
    plain = InsightFacePack(load_manifest(tmp_path / "pack.toml"), tmp_path, "cpu", 1)
    batch = np.random.default_rng(3).integers(0, 255, (5, 112, 112, 3), dtype=np.uint8)
    np.testing.assert_allclose(as_on_a_gpu.embed(batch), plain.embed(batch), atol=1e-6)
    for width, height in ((640, 352), (500, 300), (300, 500), (1920, 1080), (4000, 2250)):
        image = np.full((height, width, 3), 90, np.uint8)
        half = max(height, width) // 12
        image[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = 255
        found, expected = (p.detect(image, max_side=960) for p in (as_on_a_gpu, plain))
        assert _centres(found) == pytest.approx(_centres(expected), abs=max(width, height) / 60)
    assert len(as_on_a_gpu._detector.session.shapes) <= 4


def _centres(found: Detections) -> list[float]:
    """The middle of everything found; few faces of one blob may be split differently on another canvas."""
    assert len(found)
    return [float(v) for v in ((found.boxes[:, :2] + found.boxes[:, 2:]) / 2).mean(axis=0)]


def test_check_gpu_refuses_where_there_is_none():
    said = StringIO()
    with pytest.raises(CommandError, match="refused: cuda was asked for"):
        call_command("check_gpu", stdout=said)
    assert "the GPU is used" not in said.getvalue()


class Wrong:
    """A pack on a GPU that computes something else."""

    def __init__(self, pack) -> None:
        self._pack = pack

    def __getattr__(self, name: str) -> object:
        return getattr(self._pack, name)

    def embed(self, aligned: np.ndarray) -> np.ndarray:
        return self._pack.embed(aligned)[:, ::-1].copy()


class Blind(Wrong):
    """A pack on a GPU whose detector finds nobody: on noise that is what the processor says too."""

    def embed(self, aligned: np.ndarray) -> np.ndarray:
        return self._pack.embed(aligned)

    def detect(self, image: np.ndarray, *, max_side: int) -> Detections:
        return self._pack.detect(image, max_side=max_side).select([])


def test_check_gpu_refuses_a_gpu_that_says_something_else_and_passes_one_that_agrees(pack, monkeypatch):
    monkeypatch.setattr(check_gpu, "ROUNDS", 1)
    monkeypatch.setattr(check_gpu, "SIZES", ((320, 240),))
    monkeypatch.setattr(check_gpu, "MAX_BATCH", 4)  # what is compared is the same in a batch of any size
    monkeypatch.setattr(check_gpu.recognition, "load_on", lambda _, on: Wrong(pack) if on == "cuda" else pack)
    with pytest.raises(CommandError, match="templates of the GPU differ"):
        call_command("check_gpu", stdout=StringIO())
    monkeypatch.setattr(check_gpu.recognition, "load_on", lambda _, on: Blind(pack) if on == "cuda" else pack)
    with pytest.raises(CommandError, match="finds 0 faces in the portrait"):
        call_command("check_gpu", stdout=StringIO())
    monkeypatch.setattr(check_gpu.recognition, "load_on", lambda *_: pack)
    monkeypatch.setattr(check_gpu.Command, "_time", lambda *_: None)
    said = StringIO()
    call_command("check_gpu", stdout=said)
    assert "the GPU is used" in said.getvalue()


ASKED = {"detector": "det.onnx", "embedder": "rec.onnx", "id": "force-faces", "release": "small-1"}


def test_a_manifest_is_written_for_a_folder_and_makes_a_pack_for_rehearsals(tmp_path: Path, settings):
    (tmp_path / "det.onnx").write_bytes(scrfd())
    (tmp_path / "rec.onnx").write_bytes(arcface())
    wanted = {**ASKED, "licence": 'research only, "as is"', "permitted_use": "non-commercial"}
    call_command("pack_manifest", str(tmp_path), stdout=StringIO(), **wanted)
    settings.LFR_INSIGHTFACE_DIR = tmp_path
    (own,) = set(api.known_packs()) - {api.DEFAULT_PACK_ID}
    assert api.manifest(own).dimension == DIMENSION
    assert api.manifest(own).evidence_grade == "rehearsal"
    assert api.manifest(own).licence == 'research only, "as is"'
    api.assert_files(own)
    with pytest.raises(CommandError, match="not overwritten"):
        call_command("pack_manifest", str(tmp_path), stdout=StringIO(), **wanted)


def test_no_manifest_is_written_without_a_licence_or_for_what_is_no_model(tmp_path: Path):
    (tmp_path / "det.onnx").write_bytes(scrfd())
    (tmp_path / "rec.onnx").write_bytes(arcface())
    with pytest.raises(CommandError, match="licence"):
        call_command("pack_manifest", str(tmp_path), licence=" ", permitted_use="unrestricted", **ASKED)
    (tmp_path / "rec.onnx").write_bytes(b"no model")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("pack_manifest", str(tmp_path), licence="a", permitted_use="unrestricted", **ASKED)
    assert not (tmp_path / "pack.toml").exists()
