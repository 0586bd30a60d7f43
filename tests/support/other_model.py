"""Another model beside the platform's own: the same faces, measured in half as many numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.recognition import api as recognition
from apps.watchlists.models import Watchlist
from tests.support.days import IMPORTED
from tests.support.import_jobs import GOOD

OTHER = "other-model"
DIMENSION = 64


class HalfPack:
    """The pack of the platform, the first half of each template."""

    def __init__(self, whole: Any, manifest: Any) -> None:
        self.manifest, self._whole = manifest, whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def embed(self, aligned: np.ndarray) -> np.ndarray:
        half = self._whole.embed(aligned)[:, :DIMENSION]
        template: np.ndarray = (half / np.linalg.norm(half, axis=1, keepdims=True)).astype(np.float32)
        return template


def install(monkeypatch: Any) -> None:
    """A second pack, for one test."""
    own = recognition._manifests
    manifest = replace(
        recognition.manifest(recognition.DEFAULT_PACK_ID),
        id=OTHER,
        dimension=DIMENSION,
        default_threshold=0.5,
    )
    whole = recognition.get_pack(recognition.DEFAULT_PACK_ID)
    loaded = {
        (key[0], OTHER, *key[2:]): HalfPack(whole, manifest)
        for key in recognition._loaded
        if key[1] == recognition.DEFAULT_PACK_ID
    }
    monkeypatch.setattr(recognition, "_manifests", lambda: {**own(), OTHER: manifest})
    monkeypatch.setattr(recognition, "_loaded", recognition._loaded | loaded)


def exchange_files(monkeypatch: Any, pack_id: str = recognition.DEFAULT_PACK_ID) -> str:
    """The same pack with other files than before; the edition that it has now."""
    own = recognition._manifests
    changed = replace(recognition.manifest(pack_id), version="next")
    monkeypatch.setattr(recognition, "_manifests", lambda: {**own(), changed.id: changed})
    return changed.edition


def make_list(day, photos, *, seal=True):
    """The list as it was under the first approval."""
    done = day.import_list(rows=GOOD, pictures=lambda name: (photos / name).read_bytes())
    assert done.committed
    if seal:
        day.step(deployments.seal_watchlist, day.planner, IMPORTED)
        day.accept()
    return day.call(lambda: Watchlist.objects.get(id=done.watchlist_id))


def approve_again(day):
    day.step(deployments.submit, day.planner, IMPORTED)
    day.approve(now=IMPORTED)
    assert day.get().state is DeploymentState.NOTICE_PUBLISHED
