"""Recognition, for other apps: which model packs there are, and a loaded one for this process."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import threading
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

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
from apps.recognition.engine.packs import (
    Pack,
    PackManifest,
    PermittedUse,
    installed_folder,
    load_manifest,
    read_verified,
    verify_files,
)
from apps.recognition.engine.sessions import PROVIDERS
from apps.recognition.evaluation.alerts import (
    CEILING,
    VIEWS_A_TRACK,
    at_least_one,
    calibrate,
    comparisons_needed,
    false_alert_share,
)
from apps.recognition.evaluation.duplicates import SameFace, SameFaceBasis, same_face
from apps.recognition.evaluation.intervals import exact_rate, lower_bound, true_recognition_rate, upper_bound

__all__ = [
    "CEILING",
    "DEFAULT_PACK_ID",
    "VIEWS_A_TRACK",
    "PackError",
    "SameFace",
    "SameFaceBasis",
    "assert_accelerator",
    "assert_files",
    "assert_ready",
    "at_least_one",
    "blur_faces",
    "calibrate",
    "comparisons_needed",
    "count_faces",
    "enrol_picture",
    "exact_rate",
    "false_alert_share",
    "get_pack",
    "known_packs",
    "load_on",
    "lower_bound",
    "manifest",
    "pack_folder",
    "same_face",
    "true_recognition_rate",
    "upper_bound",
]

DEFAULT_PACK_ID = "opencv-zoo"
MANIFESTS = Path(__file__).resolve().parent / "packs"
# The manifest in a folder that a force supplies.
OWN_MANIFEST = "pack.toml"
OWN_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
# Imported when a pack of the family is loaded: insightface brings more than a process needs that never does.
FAMILIES = {
    "opencv_zoo": ("apps.recognition.engine.opencv_zoo", "OpenCVZooPack"),
    "insightface": ("apps.recognition.engine.insightface_zoo", "InsightFacePack"),
}

log = logging.getLogger(__name__)
_lock = threading.Lock()
_blurrers: dict[int, FaceBlurrer] = {}
_loaded: dict[tuple[int, str, str, int], Pack] = {}


def _after_fork() -> None:
    """A child starts without packs, and with a lock that no thread of the parent holds."""
    global _lock
    _lock = threading.Lock()
    _loaded.clear()


os.register_at_fork(after_in_child=_after_fork)


def _manifests() -> dict[str, PackManifest]:
    return _manifests_with(settings.LFR_INSIGHTFACE_DIR)


@cache
def _manifests_with(own_folder: Path | None) -> dict[str, PackManifest]:
    found = [load_manifest(path) for path in sorted(MANIFESTS.glob("*.toml"))]
    if own_folder is not None:
        found.append(_own_manifest(own_folder))
    by_id = {manifest.id: manifest for manifest in found}
    if len(by_id) != len(found):
        raise PackManifestInvalid(f"two model packs share an id: {sorted(m.id for m in found)}")
    return by_id


def _own_manifest(folder: Path) -> PackManifest:
    """The manifest of the force's own pack, its id ending in what it is: other files are another pack.

    So an approval, an assessment and a list name exactly these files, and are void with any other.
    """
    found = load_manifest(folder / OWN_MANIFEST)
    if found.family != "insightface" or found.package:
        raise PackManifestInvalid(
            f"model pack {found.id!r}: a folder of one's own has the family insightface"
        )
    if not OWN_ID.fullmatch(found.id):
        raise PackManifestInvalid("manifest: id must be 2 to 40 lower-case letters, digits and hyphens")
    return dataclasses.replace(found, id=f"{found.id}-{found.fingerprint[:8]}")


def pack_folder(chosen: PackManifest) -> Path:
    """Where the files of a pack are. Raises PackFileMissing when nobody says where."""
    own = settings.LFR_INSIGHTFACE_DIR
    return own if chosen.family == "insightface" and own is not None else installed_folder(chosen)


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


def load_on(pack_id: str, accelerator: str) -> Pack:
    """The pack loaded and warm on "cpu" or "cuda", whatever the settings say, and kept by nobody else.

    For commands that compare; recognition itself calls ``get_pack``. Raises PackError.
    """
    return _load(pack_id, accelerator, settings.LFR_ORT_THREADS)


def blur_faces(data: bytes) -> Blurred:
    """A photograph without a recognisable face, for pictures that are kept. Runs on the processor and loads
    the detector only, so that a web process can. Raises NotAPicture, FaceRemains, PackError."""
    return _blurrer().blur(data)


def count_faces(data: bytes) -> int:
    """How many faces a picture shows for sure. As light as ``blur_faces``. Raises NotAPicture, PackError."""
    return _blurrer().count(data)


def _blurrer() -> FaceBlurrer:
    with _lock:
        blurrer = _blurrers.get(os.getpid())
        if blurrer is None:
            chosen = manifest(DEFAULT_PACK_ID)
            contents = read_verified(chosen, installed_folder(chosen))
            blurrer = _blurrers[os.getpid()] = FaceBlurrer(contents[chosen.detector])
        return blurrer


def _load(pack_id: str, accelerator: str, threads: int) -> Pack:
    chosen = manifest(pack_id)
    pack = _family(chosen)(chosen, pack_folder(chosen), accelerator, threads)
    pack.warm_up()
    log.info("model pack %s %s runs on %s", chosen.id, chosen.edition, pack.provider)
    if chosen.permitted_use is PermittedUse.NON_COMMERCIAL:
        log.warning("model pack %s: its licence allows non-commercial use only", chosen.id)
    return pack


def _family(chosen: PackManifest) -> Callable[[PackManifest, Path, str, int], Pack]:
    if chosen.family not in FAMILIES:
        raise PackManifestInvalid(f"model pack {chosen.id!r}: unknown family {chosen.family!r}")
    module, name = FAMILIES[chosen.family]
    made: Callable[[PackManifest, Path, str, int], Pack] = getattr(import_module(module), name)
    return made


def assert_ready(pack_id: str | None = None) -> str:
    """Raise PackError unless the pack can be used here and now; the provider that it runs on.

    For boot, in the process that will recognise: it loads the pack. Without an id, every pack that an
    authority may name, and the provider of that of settings.LFR_MODEL_PACK.
    """
    for each in () if pack_id else known_packs():
        get_pack(each)
    return get_pack(pack_id or settings.LFR_MODEL_PACK).provider


def assert_files(pack_id: str | None = None) -> None:
    """Raise PackError unless the licence is recorded and each file is the recorded one. Loads nothing.

    Without an id, of every pack that an authority may name.
    """
    for each in (pack_id,) if pack_id else {settings.LFR_MODEL_PACK, *known_packs()}:
        chosen = manifest(each)
        verify_files(chosen, pack_folder(chosen))


def assert_accelerator() -> None:
    """Raise AcceleratorNotActive when CUDA is asked for and cannot be there. Loads nothing."""
    if settings.LFR_ACCELERATOR == "cuda" and PROVIDERS["cuda"] not in onnxruntime.get_available_providers():
        raise AcceleratorNotActive("LFR_ACCELERATOR is cuda, but this onnxruntime has no CUDA provider")
