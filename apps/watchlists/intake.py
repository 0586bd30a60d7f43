"""From rows and pictures to what may be listed: every check, a reason for every refusal, nothing stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from apps.recognition.engine.enrol import EnrolmentRefused
from apps.watchlists import policies
from apps.watchlists.data import (
    Criteria,
    EntryRow,
    FaceConflict,
    FloatArray,
    ImportWarning,
    Refused,
    RefusedRow,
)
from apps.watchlists.faces import Face, FaceSource
from apps.watchlists.resolving import NOTHING_DECIDED, PERSON_FIELDS, Resolution

COMPARE_BLOCK_ROWS = 1024
# More pairs than a person can decide on: the file is wrong as a whole.
MOST_CONFLICTS = 200
SHOWN_IDENTITIES = 5


@dataclass(frozen=True)
class Candidate:
    """An accepted picture: template (D,) float32, L2-normalised. `picture` gives the upright JPEG without
    metadata when it is stored: thousands of them are never in memory at once."""

    line: int
    row: EntryRow
    quality_score: float
    warnings: tuple[str, ...]
    template: FloatArray = field(repr=False)
    picture: Callable[[], bytes] = field(repr=False)
    digest: str = ""

    @property
    def reference(self) -> str:
        return self.row.reference.strip()

    @property
    def captured_date(self) -> date:
        if self.row.captured_date is None:
            raise ValueError("a row without a capture date became a candidate")
        return self.row.captured_date


@dataclass(frozen=True)
class Examination:
    """What would be listed, what not and why. `subjects`: each reference's candidates, in file order."""

    subjects: dict[str, list[Candidate]]
    refused: tuple[RefusedRow, ...]
    warnings: tuple[ImportWarning, ...]
    conflicts: tuple[FaceConflict, ...] = ()

    @property
    def pictures(self) -> int:
        return sum(len(candidates) for candidates in self.subjects.values())

    @property
    def over_maximum(self) -> bool:
        return any(refusal.code == Refused.OVER_MAXIMUM for refusal in self.refused)


class _Findings:
    """The rows with what was found against each; the first finding gives the code, all the reason."""

    def __init__(self, rows: Sequence[EntryRow]) -> None:
        self.lines = [row.line if row.line is not None else index + 1 for index, row in enumerate(rows)]
        self.rows = rows
        self._problems: dict[int, list[policies.Problem]] = defaultdict(list)

    def add(self, index: int, code: str, reason: str) -> None:
        self._problems[index].append(policies.Problem(code, reason))

    def clean(self) -> list[int]:
        return [index for index in range(len(self.rows)) if not self._problems[index]]

    def refused(self) -> tuple[RefusedRow, ...]:
        return tuple(
            RefusedRow(
                line=self.lines[index],
                reference=self.rows[index].reference,
                picture_name=self.rows[index].picture_name,
                code=problems[0].code,
                reason="; ".join(problem.reason for problem in problems),
            )
            for index, problems in sorted(self._problems.items())
            if problems
        )


def examine(
    rows: Sequence[EntryRow],
    *,
    faces: FaceSource,
    criteria: Criteria,
    threshold: float,
    now: datetime,
    accept_warnings: bool = False,
    decided: Resolution = NOTHING_DECIDED,
) -> Examination:
    """Check every row, then look at the pictures of those that may be listed at all.

    The picture of a refused row is not opened: nobody's face is measured who may not be on the list. Faces
    whose cosine similarity reaches `threshold` are the same face: each such pair of identities that is not
    `decided` is a conflict. The rows are those that `resolving.applied` gives.
    """
    findings = _check_rows(rows, criteria=criteria, now=now, decided=decided)
    candidates = _enrol(findings, faces=faces, criteria=criteria)
    warnings = tuple(
        ImportWarning(candidate.line, candidate.reference, candidate.row.picture_name, warning)
        for candidate in candidates.values()
        for warning in candidate.warnings
    )
    if not accept_warnings:
        for index, candidate in candidates.items():
            if candidate.warnings:
                findings.add(index, Refused.WARNING_NOT_ACCEPTED, "; ".join(candidate.warnings))
    conflicts = _check_faces(findings, candidates, threshold=threshold, apart=decided.apart)
    _check_maximum(findings, criteria.max_subjects)
    subjects: dict[str, list[Candidate]] = {}
    for index in findings.clean():
        subjects.setdefault(candidates[index].reference, []).append(candidates[index])
    return Examination(subjects=subjects, refused=findings.refused(), warnings=warnings, conflicts=conflicts)


def wanted_pictures(
    rows: Sequence[EntryRow], *, criteria: Criteria, now: datetime, decided: Resolution = NOTHING_DECIDED
) -> list[str]:
    """The pictures that `examine` would look at, each once, in the order of the file."""
    findings = _check_rows(rows, criteria=criteria, now=now, decided=decided)
    return list(dict.fromkeys(rows[index].picture_name for index in findings.clean()))


def _check_rows(
    rows: Sequence[EntryRow], *, criteria: Criteria, now: datetime, decided: Resolution
) -> _Findings:
    findings = _Findings(rows)
    for index, row in enumerate(rows):
        if decided.leaves_out(row.reference.strip()):
            findings.add(index, Refused.LEFT_OUT, "left out, as was decided about two identities of one face")
        for problem in policies.row_problems(row, criteria=criteria, now=now):
            findings.add(index, problem.code, problem.reason)
    _check_references(findings)
    return findings


def _check_references(findings: _Findings) -> None:
    """Rows of one reference must describe one person; otherwise none of them is believed."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(findings.rows):
        if row.reference.strip():
            groups[row.reference.strip().casefold()].append(index)
    for indexes in groups.values():
        first = findings.rows[indexes[0]]
        differing = [
            name
            for name in PERSON_FIELDS
            if any(getattr(findings.rows[index], name) != getattr(first, name) for index in indexes)
        ]
        if differing:
            for index in indexes:
                findings.add(
                    index,
                    Refused.DUPLICATE_REFERENCE,
                    f"reference {first.reference} is used twice and differs in: {', '.join(differing)}",
                )


def _enrol(findings: _Findings, *, faces: FaceSource, criteria: Criteria) -> dict[int, Candidate]:
    """Enrol the picture of every row without findings; what is wrong with a picture is one more finding."""
    candidates: dict[int, Candidate] = {}
    seen: dict[tuple[str, str], int] = {}
    for index in findings.clean():
        row = findings.rows[index]
        try:
            digest = faces.digest(row.picture_name)
        except (OSError, LookupError):
            findings.add(index, Refused.PICTURE_MISSING, f"there is no readable picture {row.picture_name}")
            continue
        first = seen.setdefault((row.reference.strip(), digest), index)
        if first != index:
            findings.add(index, Refused.PICTURE_TWICE, f"the same picture as in line {findings.lines[first]}")
            continue
        try:
            face = faces.face(row.picture_name)
        except EnrolmentRefused as refusal:
            findings.add(index, str(refusal.reason_code), refusal.message)
            continue
        if face.quality_score < criteria.min_quality:
            findings.add(index, Refused.POOR_QUALITY, _too_poor(face, criteria.min_quality))
            continue
        candidates[index] = Candidate(
            line=findings.lines[index],
            row=row,
            quality_score=face.quality_score,
            warnings=face.warnings,
            template=face.template,
            picture=face.picture,
            digest=digest,
        )
    return candidates


def _too_poor(face: Face, minimum: float) -> str:
    # Rounded down: "30, at least 30" would explain nothing.
    reason = f"quality {int(face.quality_score * 100)} of 100, at least {minimum * 100:.0f} is needed here"
    return f"{reason}: {'; '.join(face.weak_points)}" if face.weak_points else reason


def _check_faces(
    findings: _Findings,
    candidates: dict[int, Candidate],
    *,
    threshold: float,
    apart: frozenset[frozenset[str]],
) -> tuple[FaceConflict, ...]:
    """The same face under two identities is refused, both of them, until a person resolves it (domain.md §4).

    Every pair is compared, those with other findings too: that one is in doubt does not clear the other.
    """
    doubted: dict[str, dict[str, None]] = defaultdict(dict)
    conflicts: dict[tuple[str, str], FaceConflict] = {}
    for left, right, similarity in _close_pairs(list(candidates.values()), threshold=threshold, apart=apart):
        one, other = left.reference, right.reference
        for reference, against in ((one, other), (other, one)):
            # A name or two tell what is wrong; a file full of one face must not make a report that grows
            # with the square of its rows.
            if len(doubted[reference]) < SHOWN_IDENTITIES:
                doubted[reference][against] = None
        known = conflicts.get((one, other))
        if known is None or known.cosine_similarity < similarity:
            conflicts[one, other] = FaceConflict(
                one, other, left.line, right.line, similarity, left.digest == right.digest
            )
        if len(conflicts) == 2 * MOST_CONFLICTS:
            conflicts = _most_alike(conflicts)
    for index, candidate in candidates.items():
        others = doubted.get(candidate.reference)
        if others:
            findings.add(
                index,
                Refused.SAME_FACE,
                f"the same face as {', '.join(sorted(others))}: a person must resolve who this is",
            )
    shown = _most_alike(conflicts).values()
    return tuple(sorted(shown, key=lambda found: (found.first_line, found.second_line)))


def _most_alike(conflicts: dict[tuple[str, str], FaceConflict]) -> dict[tuple[str, str], FaceConflict]:
    """At most `MOST_CONFLICTS`: somebody listed twice must not be left out for people who look alike."""
    order = sorted(conflicts, key=lambda pair: -conflicts[pair].cosine_similarity)
    return {pair: conflicts[pair] for pair in order[:MOST_CONFLICTS]}


def _close_pairs(
    candidates: list[Candidate], *, threshold: float, apart: frozenset[frozenset[str]]
) -> Iterator[tuple[Candidate, Candidate, float]]:
    """Pairs of different identities at or over the threshold, the earlier identity of the file first.

    Block by block: memory grows with the rows, not with their square. Of one picture the `MOST_CONFLICTS`
    others that are most alike are given.
    """
    if not candidates:
        return
    templates = np.stack([candidate.template for candidate in candidates])
    numbers: dict[str, int] = {}
    owner = np.array([numbers.setdefault(each.reference, len(numbers)) for each in candidates])
    for start in range(0, len(candidates), COMPARE_BLOCK_ROWS):
        block = slice(start, start + COMPARE_BLOCK_ROWS)
        similar = templates[block] @ templates.T
        close = (similar >= threshold) & (owner[block, None] < owner[None, :])
        for left in np.flatnonzero(close.any(axis=1)):
            one, given = candidates[start + int(left)], 0
            others = np.flatnonzero(close[left])
            for right in others[np.argsort(-similar[left, others], kind="stable")]:
                other = candidates[int(right)]
                if frozenset({one.reference, other.reference}) in apart:
                    continue
                yield one, other, float(similar[left, right])
                given += 1
                if given == MOST_CONFLICTS:
                    break


def _check_maximum(findings: _Findings, max_subjects: int) -> None:
    # A dict keeps the order of the file.
    references = dict.fromkeys(findings.rows[index].reference.strip() for index in findings.clean())
    excess = set(list(references)[max_subjects:])
    for index in findings.clean():
        if findings.rows[index].reference.strip() in excess:
            findings.add(
                index, Refused.OVER_MAXIMUM, f"the authority allows {max_subjects} people, this is one more"
            )
