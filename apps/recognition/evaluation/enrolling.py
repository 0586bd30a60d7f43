"""Templates of labelled pictures, by the way that a watchlist's pictures take, and counted failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from apps.recognition.engine.enrol import EnrolmentConfig, enrol_picture
from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.packs import Pack
from apps.recognition.engine.pictures import MAX_FILE_BYTES

from .measure import Evaluation, Failures, evaluate, evaluate_pairs
from .sources import Labelled, LabelsWrong, Pictures
from .tally import BLOCK, Ints, Templates

# Told how many pictures are done, and of one that failed its place and the reason in words.
Progress = Callable[[int], None]
Failed = Callable[[Labelled, str], None]


@dataclass(frozen=True, eq=False)
class Enrolled:
    """``templates[i]`` is of ``pictures[kept[i]]``."""

    templates: Templates
    kept: list[int]
    failures: Failures


def measure(
    enrolled: Enrolled, source: Pictures, *, list_sizes: tuple[int, ...], thresholds: tuple[float, ...]
) -> Evaluation:
    """Everything that is reported of these pictures. Raises LabelsWrong when too few can be compared."""
    people = [source.pictures[index].person for index in enrolled.kept]
    present = sorted(set(people))
    if len(present) < 2:
        raise LabelsWrong("no two people are left whose pictures could be enrolled")
    number = {person: at for at, person in enumerate(present)}
    subjects = np.array([number[person] for person in people], dtype=np.int64)
    groups = [source.groups[person] for person in present]
    if source.pairs is not None:
        return _measure_pairs(enrolled, source.pairs, subjects, groups)
    return evaluate(
        enrolled.templates,
        subjects.tolist(),
        groups=groups,
        list_sizes=list_sizes,
        thresholds=thresholds,
        failures=enrolled.failures,
    )


def _measure_pairs(
    enrolled: Enrolled, pairs: tuple[tuple[int, int], ...], subjects: Ints, groups: list[str]
) -> Evaluation:
    row = {index: at for at, index in enumerate(enrolled.kept)}
    left = [(row[one], row[other]) for one, other in pairs if one in row and other in row]
    first = np.array([one for one, _ in left], dtype=np.int64)
    second = np.array([other for _, other in left], dtype=np.int64)
    scores = np.einsum("ij,ij->i", enrolled.templates[first], enrolled.templates[second])
    return evaluate_pairs(
        scores.astype(np.float64),
        subjects[first].tolist(),
        subjects[second].tolist(),
        people=len(groups),
        pictures=len(enrolled.kept),
        groups=groups,
        failures=enrolled.failures,
    )


def doubtful(enrolled: Enrolled, source: Pictures, *, most: int) -> list[tuple[float, Labelled, Labelled]]:
    """Pairs whose label may be wrong: of different people the most alike, then of one person the least.

    At most so many of each, over everybody; for whoever labelled them to look at.
    """
    people = np.array([source.pictures[index].person for index in enrolled.kept], dtype=np.int64)
    alike: list[tuple[float, int, int]] = []
    unlike: list[tuple[float, int, int]] = []
    for start in range(0, len(people), BLOCK):
        block = enrolled.templates[start : start + BLOCK]
        scores = block @ enrolled.templates.T
        rows = np.arange(start, start + len(block))[:, None]
        later = np.arange(len(people))[None, :] > rows
        same = people[rows] == people[None, :]
        alike = sorted(alike + _extreme(np.where(later & ~same, scores, -2), start, most), reverse=True)[
            :most
        ]
        unlike = sorted(unlike + _extreme(np.where(later & same, -scores, -2), start, most), reverse=True)[
            :most
        ]
    found = alike + [(-score, one, other) for score, one, other in unlike]
    pictures = [source.pictures[index] for index in enrolled.kept]
    return [(score, pictures[one], pictures[other]) for score, one, other in found]


def _extreme(scores: Templates, start: int, most: int) -> list[tuple[float, int, int]]:
    """The highest of a block, as (score, row, column); below -1 there is no such pair."""
    best = np.argpartition(scores, -min(most, scores.size), axis=None)[-most:]
    row, column = np.unravel_index(best, scores.shape)
    return [
        (float(scores[r, c]), start + int(r), int(c))
        for r, c in zip(row, column, strict=True)
        if scores[r, c] > -1.5
    ]


def enrol_all(
    pack: Pack,
    source: Pictures,
    *,
    config: EnrolmentConfig | None = None,
    progress: Progress = lambda done: None,
    failed: Failed = lambda picture, why: None,
) -> Enrolled:
    """One picture at a time: no more than one is in memory."""
    templates, kept = [], []
    reasons: Counter[str] = Counter()
    tried_by: Counter[str] = Counter()
    failed_by: Counter[str] = Counter()
    for index, picture in enumerate(source.pictures):
        group = source.groups[picture.person]
        tried_by[group] += 1
        try:
            templates.append(enrol_picture(pack, _content(picture), config).template)
            kept.append(index)
        except EnrolmentRefused as refused:
            reasons[refused.reason_code.value] += 1
            failed_by[group] += 1
            failed(picture, refused.message)
        progress(index + 1)
    dimension = pack.manifest.dimension
    stacked = np.stack(templates) if templates else np.zeros((0, dimension), np.float32)
    lost = source.people - len({source.pictures[index].person for index in kept})
    failures = Failures(len(source.pictures), dict(reasons), dict(tried_by), dict(failed_by), lost)
    return Enrolled(stacked, kept, failures)


def _content(picture: Labelled) -> bytes:
    try:
        if picture.path.stat().st_size > MAX_FILE_BYTES:
            raise EnrolmentRefused(RefusalCode.FILE_TOO_LARGE, "the file is too large")
        return picture.path.read_bytes()
    except OSError as error:
        raise LabelsWrong(f"{picture.path}: cannot be read") from error
