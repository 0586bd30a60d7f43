"""From rows and pictures to what may be listed: every check, a reason for every refusal, nothing stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.recognition.api import SameFace
from apps.recognition.engine.enrol import EnrolmentRefused
from apps.watchlists import comparing, policies
from apps.watchlists.comparing import Candidate
from apps.watchlists.data import (
    Copied,
    Criteria,
    EntryRow,
    FaceConflict,
    ImportWarning,
    PictureRepeat,
    Refused,
    RefusedRow,
)
from apps.watchlists.faces import Face, FaceSource
from apps.watchlists.resolving import NOTHING_DECIDED, PERSON_FIELDS, Resolution


@dataclass(frozen=True)
class Examination:
    """What would be listed, what not and why. `subjects`: each reference's candidates, in file order."""

    subjects: dict[str, list[Candidate]]
    refused: tuple[RefusedRow, ...]
    warnings: tuple[ImportWarning, ...]
    same_face: SameFace
    conflicts: tuple[FaceConflict, ...] = ()
    # The first of very many.
    repeats: tuple[PictureRepeat, ...] = ()

    @property
    def pictures(self) -> int:
        return sum(len(candidates) for candidates in self.subjects.values())

    @property
    def waits_for_person(self) -> bool:
        return bool(self.conflicts or self.repeats)

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
        return [index for index in range(len(self.rows)) if index not in self._problems]

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
        )


def examine(
    rows: Sequence[EntryRow],
    *,
    faces: FaceSource,
    criteria: Criteria,
    same_face: Callable[[int], SameFace],
    now: datetime,
    accept_warnings: bool = False,
    decided: Resolution = NOTHING_DECIDED,
) -> Examination:
    """Check every row, then look at the pictures of those that may be listed at all.

    The picture of a refused row is not opened: nobody's face is measured who may not be on the list.
    `same_face` says, for so many pairs of pictures, from which cosine similarity on two faces are the same:
    each such pair of identities that is not `decided` is a conflict. The rows are those that
    `resolving.applied` gives.
    """
    findings = _check_rows(rows, criteria=criteria, now=now, decided=decided)
    candidates = _enrol(findings, faces=faces, criteria=criteria)
    warnings = _warnings(findings, candidates, accepted=accept_warnings)
    pictures = list(candidates.values())
    rule = same_face(comparing.pairs_of_identities(pictures))
    doubts = comparing.same_faces(pictures, threshold=rule.threshold, apart=decided.apart)
    repeats = comparing.repeats(pictures, distinct=decided.distinct)
    _check_faces(findings, candidates, doubts)
    _check_repeats(findings, candidates, repeats)
    _check_maximum(findings, criteria.max_subjects)
    subjects: dict[str, list[Candidate]] = {}
    for index in findings.clean():
        subjects.setdefault(candidates[index].reference, []).append(candidates[index])
    return Examination(
        subjects=subjects,
        refused=findings.refused(),
        warnings=warnings,
        same_face=rule,
        conflicts=doubts.conflicts,
        repeats=repeats[: comparing.MOST_CONFLICTS],
    )


def _warnings(
    findings: _Findings, candidates: dict[int, Candidate], *, accepted: bool
) -> tuple[ImportWarning, ...]:
    """What is to be known of pictures that may be listed; each is refused until somebody `accepted` it."""
    for index, candidate in candidates.items():
        if candidate.warnings and not accepted:
            findings.add(index, Refused.WARNING_NOT_ACCEPTED, "; ".join(candidate.warnings))
    return tuple(
        ImportWarning(candidate.line, candidate.reference, candidate.row.picture_name, warning)
        for candidate in candidates.values()
        for warning in candidate.warnings
    )


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
        if findings.lines[index] in decided.dropped:
            findings.add(
                index, Refused.LEFT_OUT, "left out, as was decided about a picture that is there twice"
            )
        for problem in policies.row_problems(row, criteria=criteria, now=now):
            findings.add(index, problem.code, problem.reason)
    _check_references(findings)
    _check_consents(findings)
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


def _check_consents(findings: _Findings) -> None:
    """A consent is of one person: where two name the same, nobody knows whose it is."""
    named: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(findings.rows):
        consent = policies.folded_consent(row)
        if consent:
            named[consent].append(index)
    for indexes in named.values():
        references = {findings.rows[index].reference.strip().casefold() for index in indexes}
        if len(references) < 2:
            continue
        for index in indexes:
            row = findings.rows[index]
            others = dict.fromkeys(
                findings.rows[other].reference.strip()
                for other in indexes
                if findings.rows[other].reference.strip().casefold() != row.reference.strip().casefold()
            )
            first, more = next(iter(others)), len(others) - 1
            findings.add(
                index,
                Refused.CONSENT_OF_SOMEBODY_ELSE,
                f"this consent is named for {first} too"
                + (f" and {more} more" if more else "")
                + ": a consent is of one person",
            )


def _enrol(findings: _Findings, *, faces: FaceSource, criteria: Criteria) -> dict[int, Candidate]:
    """Enrol the picture of every row without findings; what is wrong with a picture is one more finding."""
    candidates: dict[int, Candidate] = {}
    for index in findings.clean():
        row = findings.rows[index]
        try:
            digest = faces.digest(row.picture_name)
        except (FileNotFoundError, LookupError):
            findings.add(
                index, Refused.PICTURE_MISSING, f"no picture of this name was sent: {row.picture_name}"
            )
            continue
        except OSError:
            findings.add(index, Refused.PICTURE_MISSING, f"there is no readable picture {row.picture_name}")
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


def _check_faces(findings: _Findings, candidates: dict[int, Candidate], doubts: comparing.Doubts) -> None:
    """The same face under two identities is refused, both of them, until a person resolves it (domain.md §4).

    Every pair is compared, those with other findings too: that one is in doubt does not clear the other.
    """
    for index, candidate in candidates.items():
        others = doubts.against.get(candidate.reference)
        if others:
            findings.add(
                index,
                Refused.SAME_FACE,
                f"the same face as {', '.join(others)}: a person must resolve who this is",
            )


def _check_repeats(
    findings: _Findings, candidates: dict[int, Candidate], repeats: Sequence[PictureRepeat]
) -> None:
    """The later of two rows with one picture, until a person says which stays."""
    twice = {repeat.second_line: repeat for repeat in repeats}
    for index, candidate in candidates.items():
        repeat = twice.get(candidate.line)
        if repeat is not None:
            what = "the same picture as" if repeat.how is Copied.EXACT else "a copy of the picture"
            reason = f"{what} in line {repeat.first_line}: a person must decide which row stays"
            findings.add(index, Refused.PICTURE_TWICE, reason)


def _check_maximum(findings: _Findings, max_subjects: int) -> None:
    # A dict keeps the order of the file.
    references = dict.fromkeys(findings.rows[index].reference.strip() for index in findings.clean())
    excess = set(list(references)[max_subjects:])
    for index in findings.clean():
        if findings.rows[index].reference.strip() in excess:
            findings.add(
                index, Refused.OVER_MAXIMUM, f"the authority allows {max_subjects} people, this is one more"
            )
