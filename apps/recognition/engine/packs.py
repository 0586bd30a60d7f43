"""Model packs: what they are, and proof that the files are the ones that were evaluated.

A pack is a manifest (TOML) and a folder of model files. Nothing is downloaded, here or elsewhere: a file is
local and its SHA-256 is the one in the manifest, or the pack is refused.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from .data import Detections, Floats, Image
from .errors import PackFileMissing, PackHashMismatch, PackLicenceMissing, PackManifestInvalid
from .evidence import Evidence, ImpostorCount, impostor_count, read_evidence

Choice = TypeVar("Choice", bound=StrEnum)

SHA256_HEX = re.compile(r"[0-9a-f]{64}")
SMALLEST_FACE_PX = 16.0
# 80 bits of the fingerprint; with a version of the longest it fills the column that keeps an edition.
EDITION_DIGITS = 20
LONGEST_EDITION = 64
LONGEST_VERSION = LONGEST_EDITION - EDITION_DIGITS - 1


class EvidenceGrade(StrEnum):
    """What the pack's evidence supports (domain.md §2): rehearsals with consenting staff, or operations."""

    REHEARSAL = "rehearsal"
    OPERATIONAL = "operational"


class PermittedUse(StrEnum):
    """Whether the licence allows police operations, or research and trials that are no commercial use only.

    The words of the licence itself are ``PackManifest.licence``; whoever records them says which it is.
    """

    UNRESTRICTED = "unrestricted"
    NON_COMMERCIAL = "non-commercial"


@dataclass(frozen=True)
class PackManifest:
    """Everything that makes two templates comparable, and who may use them.

    ``detector`` and ``embedder`` are keys of ``files`` (name to SHA-256); ``dimension`` is D of a template;
    ``colour_order`` and ``input_size`` (pixels, square) are what the embedder was trained on;
    ``default_threshold`` is a cosine similarity in [-1, 1], compared with ``>=``. ``package`` and
    ``package_folder`` say which installed Python package carries the files, empty when a force supplies a
    folder.
    """

    id: str
    version: str
    family: str
    licence: str
    detector: str
    embedder: str
    dimension: int
    colour_order: str
    input_size: int
    default_threshold: float
    evidence_grade: EvidenceGrade
    evidence: str
    files: Mapping[str, str]
    similarity: str = "cosine"
    package: str = ""
    package_folder: str = field(default="")
    permitted_use: PermittedUse = PermittedUse.NON_COMMERCIAL
    # The smallest face, in pixels of the picture it is given, that the detector finds reliably.
    smallest_face_px: float = SMALLEST_FACE_PX
    # What error rates are worked out from: counts, never rates.
    impostors: tuple[ImpostorCount, ...] = ()
    # A file beside the manifest, and its SHA-256, that `manage.py evaluate --as-evidence` wrote; then the
    # counts above are its counts, and `measured` is what it holds.
    evidence_file: str = ""
    evidence_sha256: str = ""
    measured: Evidence | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over what decides the values of a template; equal means comparable."""
        parts = {
            "family": self.family,
            "files": dict(sorted(self.files.items())),
            "dimension": self.dimension,
            "colour_order": self.colour_order,
            "input_size": self.input_size,
            "similarity": self.similarity,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def edition(self) -> str:
        """Version and fingerprint in at most 64 characters: what a list was enrolled with, and must match."""
        return f"{self.version}@{self.fingerprint[:EDITION_DIGITS]}"


class Pack(Protocol):
    """A loaded pack. ``detect`` and ``embed`` may be called from several threads at once."""

    @property
    def manifest(self) -> PackManifest: ...

    @property
    def provider(self) -> str:
        """The execution provider that the embedder really runs on."""
        ...

    def detect(self, image_bgr: Image, *, max_side: int) -> Detections:
        """Faces in an (H, W, 3) uint8 BGR picture, in its pixels, best score first.

        The picture is shrunk so that its longer side is at most ``max_side`` pixels; it is never enlarged.
        """
        ...

    def warm_up(self) -> None:
        """Run what the first frames would wait for. Raises AcceleratorNotActive."""
        ...

    def embed(self, aligned: Image) -> Floats:
        """(N, D) float32 L2-normalised templates of (N, 112, 112, 3) uint8 BGR faces made by ``align``."""
        ...


def _text(raw: Mapping[str, Any], key: str, *, default: str | None = None) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise PackManifestInvalid(f"manifest: {key!r} must be a text, got {value!r}")
    return value.strip()


def _number(raw: Mapping[str, Any], key: str) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PackManifestInvalid(f"manifest: {key!r} must be a number, got {value!r}")
    return float(value)


def _files(raw: Mapping[str, Any]) -> Mapping[str, str]:
    table = raw.get("files")
    if not isinstance(table, dict) or not table:
        raise PackManifestInvalid("manifest: [files] must name each model file and its SHA-256")
    for name, digest in table.items():
        if Path(name).name != name:
            raise PackManifestInvalid(f"manifest: file {name!r} must be a plain name, without a folder")
        if not isinstance(digest, str) or not SHA256_HEX.fullmatch(digest):
            raise PackManifestInvalid(f"manifest: file {name!r} needs 64 lower-case hexadecimal digits")
    return MappingProxyType(dict(table))


def _impostors(raw: Mapping[str, Any]) -> tuple[ImpostorCount, ...]:
    rows = raw.get("impostors", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PackManifestInvalid("manifest: [[impostors]] must be tables")
    return tuple(impostor_count(row) for row in rows)


def _evidence_file(raw: Mapping[str, Any]) -> str:
    name = _text(raw, "evidence_file", default="")
    if Path(name).name != name:
        raise PackManifestInvalid("manifest: evidence_file must be a plain name, beside the manifest")
    if name and not SHA256_HEX.fullmatch(_text(raw, "evidence_sha256")):
        raise PackManifestInvalid("manifest: evidence_sha256 needs 64 lower-case hexadecimal digits")
    if name and raw.get("impostors"):
        raise PackManifestInvalid("manifest: counts come from evidence_file or from [[impostors]], not both")
    return name


def _with_evidence(manifest: PackManifest, folder: Path) -> PackManifest:
    """The counts of its evidence file, where it names one; without one, no operations (domain.md §2)."""
    operational = manifest.evidence_grade is EvidenceGrade.OPERATIONAL
    if not manifest.evidence_file:
        if operational:
            raise PackManifestInvalid("manifest: evidence_grade operational needs an evidence_file")
        return manifest
    found = read_evidence(
        folder / manifest.evidence_file, sha256=manifest.evidence_sha256, fingerprint=manifest.fingerprint
    )
    if operational and len(found.groups) < 2:
        raise PackManifestInvalid("manifest: evidence_grade operational needs evidence by group")
    return replace(manifest, impostors=found.impostors, measured=found)


def _check(manifest: PackManifest) -> None:
    unlisted = {manifest.detector, manifest.embedder} - manifest.files.keys()
    if unlisted:
        raise PackManifestInvalid(f"manifest: {sorted(unlisted)} not listed under [files]")
    if manifest.colour_order not in ("RGB", "BGR"):
        raise PackManifestInvalid(f"manifest: colour_order must be RGB or BGR, got {manifest.colour_order!r}")
    if manifest.similarity != "cosine":
        raise PackManifestInvalid(f"manifest: similarity must be cosine, got {manifest.similarity!r}")
    if not -1.0 <= manifest.default_threshold <= 1.0:
        raise PackManifestInvalid("manifest: default_threshold is a cosine similarity, between -1 and 1")
    if manifest.dimension < 1 or manifest.input_size < 1:
        raise PackManifestInvalid("manifest: dimension and input_size must be positive")
    if len(manifest.version) > LONGEST_VERSION:
        raise PackManifestInvalid(f"manifest: version has more than {LONGEST_VERSION} characters")
    if not 4 <= manifest.smallest_face_px <= 64:
        raise PackManifestInvalid("manifest: smallest_face_px must be between 4 and 64 pixels")
    restricted = manifest.permitted_use is PermittedUse.NON_COMMERCIAL
    if restricted and manifest.evidence_grade is EvidenceGrade.OPERATIONAL:
        raise PackManifestInvalid(
            "manifest: a licence for non-commercial use only carries no operation, whatever the evidence"
        )


def _choice(raw: Mapping[str, Any], key: str, kind: type[Choice], *, default: str | None = None) -> Choice:
    value = _text(raw, key, default=default)
    if value not in set(kind):
        raise PackManifestInvalid(f"manifest: {key} must be one of {sorted(kind)}, got {value!r}")
    return kind(value)


def parse_manifest(text: str) -> PackManifest:
    """The manifest in ``text`` (TOML). Raises PackManifestInvalid, PackLicenceMissing."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackManifestInvalid(f"manifest: not TOML: {error}") from error
    licence = raw.get("licence", "")
    if not isinstance(licence, str) or not licence.strip():
        raise PackLicenceMissing(f"model pack {raw.get('id', '?')!r}: no licence is recorded in its manifest")
    manifest = PackManifest(
        id=_text(raw, "id"),
        version=_text(raw, "version"),
        family=_text(raw, "family"),
        licence=licence.strip(),
        detector=_text(raw, "detector"),
        embedder=_text(raw, "embedder"),
        dimension=int(_number(raw, "dimension")),
        colour_order=_text(raw, "colour_order"),
        input_size=int(_number(raw, "input_size")),
        default_threshold=_number(raw, "default_threshold"),
        evidence_grade=_choice(raw, "evidence_grade", EvidenceGrade),
        evidence=_text(raw, "evidence"),
        files=_files(raw),
        similarity=_text(raw, "similarity"),
        package=_text(raw, "package", default=""),
        package_folder=_text(raw, "package_folder", default=""),
        permitted_use=_choice(raw, "permitted_use", PermittedUse, default=PermittedUse.NON_COMMERCIAL),
        smallest_face_px=_number(raw, "smallest_face_px") if "smallest_face_px" in raw else SMALLEST_FACE_PX,
        impostors=_impostors(raw),
        evidence_file=_evidence_file(raw),
        evidence_sha256=_text(raw, "evidence_sha256", default=""),
    )
    _check(manifest)
    return manifest


def load_manifest(path: Path) -> PackManifest:
    """The manifest at ``path``, with the evidence beside it that it names.

    Raises PackFileMissing, PackHashMismatch, PackManifestInvalid, PackLicenceMissing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PackFileMissing(f"model pack manifest {path.name} is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PackManifestInvalid(f"model pack manifest {path.name} cannot be read: {error}") from error
    return _with_evidence(parse_manifest(text), path.parent)


def read_verified(manifest: PackManifest, folder: Path) -> dict[str, bytes]:
    """The content of every file of the pack, each of which has the pinned hash.

    Loading from these bytes, and not from the path again, leaves no moment in which a file can be swapped.
    Raises PackLicenceMissing, PackFileMissing, PackHashMismatch.
    """
    if not manifest.licence.strip():
        raise PackLicenceMissing(f"model pack {manifest.id!r}: no licence is recorded")
    contents = {}
    for name, expected in manifest.files.items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise PackFileMissing(
                f"model pack {manifest.id!r}: file {name} is missing or unreadable"
            ) from error
        actual = hashlib.sha256(content).hexdigest()
        if actual != expected:
            raise PackHashMismatch(
                f"model pack {manifest.id!r}: file {name} has SHA-256 {actual}, expected {expected}"
            )
        contents[name] = content
    return contents


def verify_files(manifest: PackManifest, folder: Path) -> None:
    """Raise PackLicenceMissing, PackFileMissing or PackHashMismatch unless all files are the pinned ones."""
    read_verified(manifest, folder)


def installed_folder(manifest: PackManifest) -> Path:
    """The folder of the installed package that carries the pack's files; the package's code is not run.

    Raises PackFileMissing when the manifest names no package or it is not installed.
    """
    if not manifest.package:
        raise PackFileMissing(
            f"model pack {manifest.id!r}: no folder was given and no package carries its files"
        )
    spec = importlib.util.find_spec(manifest.package)
    if spec is None or not spec.submodule_search_locations:
        raise PackFileMissing(f"model pack {manifest.id!r}: package {manifest.package!r} is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / manifest.package_folder
