"""The evidence of a model pack as a file: ``manage.py evaluate`` writes it, a manifest names it.

The file holds counts, never rates, and says which model they were made with: a pack whose manifest names a
file of another model is refused, as is a file whose SHA-256 is not the recorded one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PackFileMissing, PackHashMismatch, PackManifestInvalid

FORMAT = "lfr-evidence/1"
MAX_BYTES = 20 * 1024 * 1024


def _independent(
    errors: int, comparisons: int, effective: float | None, at_most: float | None
) -> tuple[float, float]:
    """Errors and comparisons, as many as if no two shared a person.

    Where nobody worked that out, each person or each pair of people says one thing, however many their
    pictures (docs/explanation/evidence.md, "Which interval is which").
    """
    of = min(comparisons, comparisons if at_most is None else at_most) if effective is None else effective
    return errors * of / comparisons, of


@dataclass(frozen=True)
class ImpostorCount:
    """Of so many comparisons of different people, so many reached the threshold (a cosine similarity).

    ``people`` is how many took part, None where it was not recorded. ``effective`` is how many independent
    comparisons say as much, since those that share a person are alike; None where that was not worked out.
    """

    threshold: float
    comparisons: int
    false_matches: int
    people: int | None = None
    effective: float | None = None

    @property
    def independent(self) -> tuple[float, float]:
        """Errors, and comparisons: each pair of people counts once where ``effective`` is not given."""
        pairs = None if self.people is None else self.people * (self.people - 1) / 2
        return _independent(self.false_matches, self.comparisons, self.effective, pairs)


@dataclass(frozen=True)
class GenuineCount:
    """Of so many comparisons of a person with themselves, so many stayed below the threshold."""

    threshold: float
    comparisons: int
    false_non_matches: int
    people: int | None = None
    effective: float | None = None

    @property
    def independent(self) -> tuple[float, float]:
        """Errors, and comparisons: each person counts once where ``effective`` is not given."""
        return _independent(self.false_non_matches, self.comparisons, self.effective, self.people)


@dataclass(frozen=True)
class GroupEvidence:
    """Counts within one group of people, compared with each other."""

    group: str
    impostors: tuple[ImpostorCount, ...]
    genuine: tuple[GenuineCount, ...]


@dataclass(frozen=True)
class Evidence:
    """What one evaluation counted, with whose pictures (``dataset``), by whom, and of which model.

    ``fingerprint`` is ``PackManifest.fingerprint`` of the pack that made the templates.
    """

    fingerprint: str
    dataset: str
    conducted_by: str
    impostors: tuple[ImpostorCount, ...]
    genuine: tuple[GenuineCount, ...]
    groups: tuple[GroupEvidence, ...] = ()


def impostor_count(row: Mapping[str, Any]) -> ImpostorCount:
    """Raises PackManifestInvalid."""
    threshold, comparisons, errors, people, effective = _numbers(row, "impostors", "false_matches")
    return ImpostorCount(threshold, comparisons, errors, people, effective)


def genuine_count(row: Mapping[str, Any]) -> GenuineCount:
    """Raises PackManifestInvalid."""
    threshold, comparisons, errors, people, effective = _numbers(row, "genuine", "false_non_matches")
    return GenuineCount(threshold, comparisons, errors, people, effective)


def _numbers(
    row: Mapping[str, Any], table: str, counted: str
) -> tuple[float, int, int, int | None, float | None]:
    threshold = _number(row, "threshold", table)
    comparisons, errors = _whole(row, "comparisons", table), _whole(row, counted, table)
    people = _whole(row, "people", table) if row.get("people") is not None else None
    effective = _number(row, "effective", table) if row.get("effective") is not None else None
    if not -1.0 <= threshold <= 1.0:
        raise PackManifestInvalid(f"manifest: [[{table}]] threshold is a cosine similarity")
    if not 0 <= errors <= comparisons or comparisons < 1:
        raise PackManifestInvalid(f"manifest: [[{table}]] needs 0 <= {counted} <= comparisons")
    if people is not None and people < 1:
        raise PackManifestInvalid(f"manifest: [[{table}]] people must be positive")
    # Evidence may say less than its comparisons, never more.
    if effective is not None and not 0 <= effective <= comparisons:
        raise PackManifestInvalid(f"manifest: [[{table}]] needs 0 <= effective <= comparisons")
    return threshold, comparisons, errors, people, effective


def _number(row: Mapping[str, Any], key: str, table: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PackManifestInvalid(f"manifest: {key!r} of [[{table}]] must be a number, got {value!r}")
    return float(value)


def _whole(row: Mapping[str, Any], key: str, table: str) -> int:
    value = _number(row, key, table)
    if not value.is_integer():
        raise PackManifestInvalid(f"manifest: {key!r} of [[{table}]] must be a whole number, got {value!r}")
    return int(value)


def parse_evidence(content: bytes) -> Evidence:
    """Raises PackManifestInvalid unless it is a complete file of this format, each threshold once."""
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise PackManifestInvalid("evidence: not JSON") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise PackManifestInvalid(f"evidence: expected the format {FORMAT!r}")
    groups = _tables(raw, "groups")
    evidence = Evidence(
        fingerprint=_text(raw, "fingerprint"),
        dataset=_text(raw, "dataset"),
        conducted_by=_text(raw, "conducted_by"),
        impostors=tuple(impostor_count(row) for row in _tables(raw, "impostors")),
        genuine=tuple(genuine_count(row) for row in _tables(raw, "genuine")),
        groups=tuple(
            GroupEvidence(
                group=_text(group, "group"),
                impostors=tuple(impostor_count(row) for row in _tables(group, "impostors")),
                genuine=tuple(genuine_count(row) for row in _tables(group, "genuine")),
            )
            for group in groups
        ),
    )
    parts: list[Evidence | GroupEvidence] = [evidence, *evidence.groups]
    for part in parts:
        _once(part.impostors)
        _once(part.genuine)
    return evidence


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PackManifestInvalid(f"evidence: {key!r} must be a text")
    return value.strip()


def _tables(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = raw.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PackManifestInvalid(f"evidence: {key!r} must be a list of objects")
    return rows


def _once(counts: tuple[ImpostorCount, ...] | tuple[GenuineCount, ...]) -> None:
    if len({count.threshold for count in counts}) != len(counts):
        raise PackManifestInvalid("evidence: a threshold is given twice")


def read_evidence(path: Path, *, sha256: str, fingerprint: str) -> Evidence:
    """The evidence that a manifest names. Raises PackFileMissing, PackHashMismatch, PackManifestInvalid."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PackManifestInvalid(f"evidence file {path.name} is too large")
        content = path.read_bytes()
    except OSError as error:
        raise PackFileMissing(f"evidence file {path.name} is missing or unreadable") from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise PackHashMismatch(f"evidence file {path.name} has SHA-256 {actual}, expected {sha256}")
    evidence = parse_evidence(content)
    if evidence.fingerprint != fingerprint:
        raise PackManifestInvalid(f"evidence file {path.name} was made with another recognition model")
    return evidence
