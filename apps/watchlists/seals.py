"""The seal of a watchlist: one SHA-256 that anybody holding the entries can compute again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from uuid import UUID

import numpy as np

from apps.watchlists.data import FloatArray, SealEntry

SEAL_FORMAT = "lfr-watchlist-seal-1"


def template_bytes(template: FloatArray) -> bytes:
    """(D,) float32 → float32 little-endian bytes: what is encrypted and what the seal covers."""
    return np.ascontiguousarray(template, dtype="<f4").tobytes()


def template_from_bytes(raw: bytes, *, dimension: int) -> FloatArray:
    """The inverse of `template_bytes`. Raises ValueError when `raw` is not `dimension` float32 values."""
    if len(raw) != 4 * dimension:
        raise ValueError(f"expected {4 * dimension} template bytes, got {len(raw)}")
    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


def template_sha256(template: FloatArray) -> str:
    return hashlib.sha256(template_bytes(template)).hexdigest()


def seal_hash(*, deployment_id: UUID, entries: Iterable[SealEntry]) -> str:
    """SHA-256 (hex) over the sorted entries, one canonical JSON line each, below a line that names the
    deployment: the same people listed for another deployment have another seal (domain.md §2)."""
    lines = sorted(
        [entry.reference, entry.category, str(entry.picture_id), entry.template_sha256, entry.pack_id]
        for entry in entries
    )
    digest = hashlib.sha256()
    for line in [[SEAL_FORMAT, str(deployment_id), str(len(lines))], *lines]:
        digest.update(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
