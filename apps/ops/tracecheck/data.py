"""What the trace check is told and what it answers: frozen values, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray


class TraceKind(StrEnum):
    """What a finding is. Every kind fails the check."""

    CANARY = "canary"
    PICTURE = "picture"
    TEMPLATE = "template"
    DECRYPTS = "decrypts"
    DOES_NOT_DECRYPT = "does_not_decrypt"
    UNREADABLE = "unreadable"
    UNDECIDED = "undecided"
    PLANT_MISSED = "plant_missed"


@dataclass(frozen=True)
class Finding:
    """One trace. `where` is a path or `valkey:<key>`; `offset` is in bytes from its start, None for a whole
    thing.

    `detail` names the form and the label the caller gave; it never quotes what was found.
    """

    kind: TraceKind
    where: str
    offset: int | None
    detail: str


@dataclass(frozen=True)
class Root:
    """One folder (or file) to search, with everything below it.

    `changed_since` (epoch seconds) leaves out files not touched since, `own_only` leaves out what belongs to
    users other than this process's and the other roots' owners: both are for a temporary folder shared with
    strangers. `leave_out` names folders below it that belong to something else, a test database for instance.
    What is left out is counted in the report. `plant` puts the check's own traces there.
    """

    path: Path
    changed_since: float | None = None
    own_only: bool = False
    leave_out: tuple[Path, ...] = ()
    plant: bool = True


@dataclass(frozen=True)
class NamedTemplate:
    """A face template under a label that is safe to print. `vector`: (D,) float32, L2-normalised."""

    label: str
    vector: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"a template is (D,) float32, not {self.vector.shape} {self.vector.dtype}")
        norm = float(np.linalg.norm(self.vector))
        if not 0.99 <= norm <= 1.01:
            raise ValueError(f"template {self.label}: expected length 1, got {norm:.3f}")


@dataclass(frozen=True)
class Expectations:
    """What must not be found and what may be.

    forbidden: templates of people who must have left no trace (bystanders; after the purge, everybody).
    known: templates a face in a readable picture may match (enrolments and open alerts), cosine similarity
        at or above `same_face`.
    known_pictures / inputs: lower-case SHA-256 of picture bytes that may be carved, and of whole files that
        are the caller's own inputs and are not searched at all.
    decryptable: the ids of exactly those blobs that may still decrypt; None leaves that part out.
    plant_picture: JPEG bytes with one face matching nobody in `known`, for the check's own traces.
    """

    canaries: tuple[bytes, ...]
    forbidden: tuple[NamedTemplate, ...]
    known: tuple[NamedTemplate, ...]
    same_face: float
    plant_picture: bytes
    known_pictures: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    decryptable: frozenset[UUID] | None = None

    def __post_init__(self) -> None:
        short = [canary for canary in self.canaries if len(canary) < 12]
        if short:
            raise ValueError("a canary needs at least 12 bytes, or it is found by chance")


@dataclass(frozen=True)
class TraceReport:
    """The answer. `clean` only when nothing was found and every planted trace was."""

    findings: tuple[Finding, ...]
    planted: int
    planted_found: int
    files_scanned: int
    bytes_scanned: int
    inputs_excluded: int
    left_out: Mapping[str, int]
    pictures_decoded: int
    blobs_tried: int
    seconds: float
    by_root: Mapping[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.findings and self.planted_found == self.planted > 0

    def as_json(self) -> dict[str, Any]:
        """A JSON-able copy, without anything that was found."""
        return {
            "clean": self.clean,
            "findings": [
                {"kind": f.kind.value, "where": f.where, "offset": f.offset, "detail": f.detail}
                for f in self.findings
            ],
            "planted": self.planted,
            "planted_found": self.planted_found,
            "files_scanned": self.files_scanned,
            "bytes_scanned": self.bytes_scanned,
            "inputs_excluded": self.inputs_excluded,
            "left_out": dict(self.left_out),
            "pictures_decoded": self.pictures_decoded,
            "blobs_tried": self.blobs_tried,
            "seconds": round(self.seconds, 2),
            "files_by_root": dict(self.by_root),
        }
