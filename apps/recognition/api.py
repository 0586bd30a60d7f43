"""Recognition, for other apps: which model packs there are, and a loaded one for this process."""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime
from django.conf import settings

from apps.recognition.engine.blurring import Blurred, FaceBlurrer
from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.errors import (
    AcceleratorNotActive,
    PackError,
    PackFileMissing,
    PackManifestInvalid,
)
from apps.recognition.engine.opencv_zoo import PROVIDERS, OpenCVZooPack
from apps.recognition.engine.packs import (
    Pack,
    PackManifest,
    installed_folder,
    load_manifest,
    read_verified,
    verify_files,
)

__all__ = [
    "DEFAULT_PACK_ID",
    "PackError",
    "assert_accelerator",
    "assert_files",
    "assert_ready",
    "blur_faces",
    "enrol_picture",
    "get_pack",
    "known_packs",
    "manifest",
]

DEFAULT_PACK_ID = "opencv-zoo"
MANIFESTS = Path(__file__).resolve().parent / "packs"
FAMILIES = {"opencv_zoo": OpenCVZooPack}

log = logging.getLogger(__name__)
_lock = threading.Lock()
_local = threading.local()
_loaded: dict[tuple[int, str, str, int], Pack] = {}


def _after_fork() -> None:
    """A child starts without packs, and with a lock that no thread of the parent holds."""
    global _lock
    _lock = threading.Lock()
    _loaded.clear()


os.register_at_fork(after_in_child=_after_fork)


@cache
def _manifests() -> dict[str, PackManifest]:
    found = [load_manifest(path) for path in sorted(MANIFESTS.glob("*.toml"))]
    by_id = {manifest.id: manifest for manifest in found}
    if len(by_id) != len(found):
        raise PackManifestInvalid(f"two model packs share an id: {sorted(m.id for m in found)}")
    return by_id


def known_packs() -> tuple[str, ...]:
    """The ids of all packs that have a manifest; whether their files are there is another question."""
    return tuple(_manifests())


def manifest(pack_id: str) -> PackManifest:
    """The manifest of a pack. Raises PackFileMissing for an unknown id, and what ``load_manifest`` raises."""
    try:
        return _manifests()[pack_id]
    except KeyError:
        raise PackFileMissing(f"unknown model pack {pack_id!r}, known are {list(_manifests())}") from None


def get_pack(pack_id: str) -> Pack:
    """The pack, verified, loaded and warm, once for each process: call it after any fork.

    Runs on settings.LFR_ACCELERATOR with settings.LFR_ORT_THREADS, or raises PackError (design: refuse to
    start rather than degrade silently).
    """
    key = (os.getpid(), pack_id, settings.LFR_ACCELERATOR, settings.LFR_ORT_THREADS)
    with _lock:
        pack = _loaded.get(key)
        if pack is None:
            pack = _loaded[key] = _load(pack_id, settings.LFR_ACCELERATOR, settings.LFR_ORT_THREADS)
    return pack


def blur_faces(data: bytes) -> Blurred:
    """A photograph without a recognisable face, for pictures that are kept. Runs on the processor and loads
    the detector only, so that a web process can. Raises NotAPicture, FaceRemains, PackError."""
    blurrer: FaceBlurrer | None = getattr(_local, "blurrer", None)
    if blurrer is None or _local.pid != os.getpid():
        chosen = manifest(DEFAULT_PACK_ID)
        contents = read_verified(chosen, installed_folder(chosen))
        blurrer = FaceBlurrer(np.frombuffer(contents[chosen.detector], dtype=np.uint8))
        _local.blurrer, _local.pid = blurrer, os.getpid()
    return blurrer.blur(data)


def _load(pack_id: str, accelerator: str, threads: int) -> Pack:
    chosen = manifest(pack_id)
    family = FAMILIES.get(chosen.family)
    if family is None:
        raise PackManifestInvalid(f"model pack {pack_id!r}: unknown family {chosen.family!r}")
    pack = family(chosen, installed_folder(chosen), accelerator, threads)
    pack.warm_up()
    log.info("model pack %s %s runs on %s", chosen.id, chosen.version, pack.provider)
    return pack


def assert_ready(pack_id: str | None = None) -> str:
    """Raise PackError unless the pack can be used here and now; the provider that it runs on.

    For boot, in the process that will recognise: it loads the pack. Without an id, that of
    settings.LFR_MODEL_PACK.
    """
    return get_pack(pack_id or settings.LFR_MODEL_PACK).provider


def assert_files(pack_id: str | None = None) -> None:
    """Raise PackError unless the licence is recorded and each file is the recorded one. Loads nothing."""
    chosen = manifest(pack_id or settings.LFR_MODEL_PACK)
    verify_files(chosen, installed_folder(chosen))


def assert_accelerator() -> None:
    """Raise AcceleratorNotActive when CUDA is asked for and cannot be there. Loads nothing."""
    if settings.LFR_ACCELERATOR == "cuda" and PROVIDERS["cuda"] not in onnxruntime.get_available_providers():
        raise AcceleratorNotActive("LFR_ACCELERATOR is cuda, but this onnxruntime has no CUDA provider")
