"""Which pictures of an upload show one face, and which are one picture. Nothing is decided or stored here.

Time grows with the square of the pictures, memory does not: they are compared block by block.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from apps.recognition.engine.copies import NEARLY_EQUAL, is_copy
from apps.watchlists.data import Copied, EntryRow, FaceConflict, FloatArray, PictureRepeat

# So many pictures at a time, and no more than so many similarities: 8 MiB, however long the list.
COMPARE_BLOCK_ROWS = 512
COMPARE_BLOCK_PAIRS = 2**21
# More pairs than a person can decide on: the file is wrong as a whole.
MOST_CONFLICTS = 200
SHOWN_IDENTITIES = 5
# Templates of the same pixels: these are in doubt whatever the threshold of the list.
EQUAL = 0.999
# A picture is looked at beside so many earlier ones of its person that are nearly equal to it.
LOOKED_AT_BESIDE = 5


@dataclass(frozen=True, slots=True)
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


Found = dict[tuple[str, str], tuple[FaceConflict, Candidate, Candidate]]


@dataclass(frozen=True)
class Doubts:
    """`against`: of each identity in doubt a few of those that have its face."""

    conflicts: tuple[FaceConflict, ...]
    against: Mapping[str, tuple[str, ...]]


def pairs_of_identities(candidates: Sequence[Candidate]) -> int:
    """How many comparisons of pictures of different identities there are."""
    each = Counter(candidate.reference for candidate in candidates).values()
    return (len(candidates) ** 2 - sum(count**2 for count in each)) // 2


def same_faces(
    candidates: Sequence[Candidate], *, threshold: float, apart: frozenset[frozenset[str]]
) -> Doubts:
    """Each pair of identities of which two pictures reach `threshold` or are equal, in the order of the file.

    `apart` are two people by the word of two persons; that one picture shows both is not believed even so.
    """
    noted = _Noted(apart)
    for left, rights, similar in _close_rows(candidates, threshold=min(threshold, EQUAL)):
        for number, (right, similarity) in enumerate(zip(rights, similar, strict=True)):
            # A name or two tell what is wrong, and the most alike are shown: a file full of one face must
            # not make a report that grows with the square of its rows.
            if number >= SHOWN_IDENTITIES and similarity <= noted.floor:
                break
            noted.add(left, right, similarity)
    looked_at = [_copied(*each) for each in _most_alike(noted.found).values()]
    conflicts = tuple(sorted(looked_at, key=lambda each: (each.first_line, each.second_line)))
    return Doubts(
        conflicts, {reference: tuple(sorted(others)) for reference, others in noted.against.items()}
    )


class _Noted:
    """What was found so far. `floor`: what is not more alike is not among those that are shown."""

    def __init__(self, apart: frozenset[frozenset[str]]) -> None:
        self._apart = apart
        self.against: dict[str, dict[str, None]] = defaultdict(dict)
        self.found: Found = {}
        self.floor = -2.0

    def add(self, left: Candidate, right: Candidate, similarity: float) -> None:
        one, other = left.reference, right.reference
        is_settled = bool(self._apart) and frozenset({one, other}) in self._apart
        if is_settled and (similarity < EQUAL or how_copied(left, right) is not Copied.EXACT):
            return
        for reference, against in ((one, other), (other, one)):
            if len(self.against[reference]) < SHOWN_IDENTITIES:
                self.against[reference][against] = None
        conflict = FaceConflict(one, other, left.line, right.line, similarity, left.digest == right.digest)
        known = self.found.get((one, other))
        if known is None or _weight(known[0]) < _weight(conflict):
            self.found[one, other] = conflict, left, right
        if len(self.found) >= 2 * MOST_CONFLICTS:
            self.found = _most_alike(self.found)
            self.floor = min(each[0].cosine_similarity for each in self.found.values())


def _weight(conflict: FaceConflict) -> tuple[bool, float]:
    return conflict.same_picture, conflict.cosine_similarity


def _most_alike(found: Found) -> Found:
    """At most `MOST_CONFLICTS`: somebody listed twice must not be left out for people who look alike."""
    order = sorted(found, key=lambda pair: _weight(found[pair][0]), reverse=True)
    return {pair: found[pair] for pair in order[:MOST_CONFLICTS]}


def _copied(conflict: FaceConflict, left: Candidate, right: Candidate) -> FaceConflict:
    if conflict.same_picture or conflict.cosine_similarity < NEARLY_EQUAL:
        return conflict
    how = how_copied(left, right)
    return replace(conflict, same_picture=how is Copied.EXACT, looks_copied=how is Copied.RESAVED)


def how_copied(one: Candidate, other: Candidate) -> Copied | None:
    """Whether two pictures are one: the same file, the same pixels once cut out, or those saved anew."""
    if one.digest == other.digest:
        return Copied.EXACT
    first, second = one.picture(), other.picture()
    if first == second:
        return Copied.EXACT
    return Copied.RESAVED if is_copy(first, second) else None


def _close_rows(
    candidates: Sequence[Candidate], *, threshold: float
) -> Iterator[tuple[Candidate, list[Candidate], list[float]]]:
    """Each picture with those of later identities at or over the threshold, most alike first, at most
    `MOST_CONFLICTS`."""
    if not candidates:
        return
    numbers: dict[str, int] = {}
    owners = np.array([numbers.setdefault(each.reference, len(numbers)) for each in candidates])
    # By identity: then whatever comes later in the order is a later identity, or the same.
    order = np.argsort(owners, kind="stable")
    owners = owners[order]
    templates = np.stack([candidates[int(index)].template for index in order])
    # Before the end of its own identity a picture is compared with itself, its own and earlier ones.
    ends = np.searchsorted(owners, owners, side="right")
    rows = max(1, min(COMPARE_BLOCK_ROWS, COMPARE_BLOCK_PAIRS // len(order)))
    for start in range(0, len(order), rows):
        similar = templates[start : start + rows] @ templates[start:].T
        for number, end in enumerate(ends[start : start + rows]):
            similar[number, : end - start] = -2.0
        for row in np.flatnonzero(similar.max(axis=1) >= threshold):
            columns = _nearest(similar[row], threshold, MOST_CONFLICTS)
            others = [candidates[int(index)] for index in order[start + columns]]
            yield candidates[int(order[start + row])], others, [float(each) for each in similar[row, columns]]
        del similar  # or there are two of them while the next one is made


def _nearest(similar: FloatArray, threshold: float, most: int) -> NDArray[np.int64]:
    """The columns at or over the threshold, most alike first, at most so many."""
    close = np.flatnonzero(similar >= threshold)
    if len(close) > most:
        close = np.sort(close[np.argpartition(-similar[close], most)[:most]])
    return close[np.argsort(-similar[close], kind="stable")]


def repeats(
    candidates: Sequence[Candidate], *, distinct: frozenset[frozenset[int]]
) -> tuple[PictureRepeat, ...]:
    """Each picture that an earlier row of the same person has already, once, in the order of the file.

    `distinct` are lines of which somebody said that they are two photographs; of the same pixels that is not
    believed.
    """
    people: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        people[candidate.reference].append(candidate)
    found = [repeat for each in people.values() if len(each) > 1 for repeat in _repeats_of(each, distinct)]
    return tuple(sorted(found, key=lambda each: (each.second_line, each.first_line)))


def _repeats_of(
    pictures: Sequence[Candidate], distinct: frozenset[frozenset[int]]
) -> Iterator[PictureRepeat]:
    templates = np.stack([each.template for each in pictures])
    rows = max(1, min(COMPARE_BLOCK_ROWS, COMPARE_BLOCK_PAIRS // len(pictures)))
    for start in range(0, len(pictures), rows):
        block = slice(start, start + rows)
        similar = templates[block] @ templates[: start + rows].T
        for row, later in enumerate(pictures[block]):
            near = _nearest(similar[row, : start + row], NEARLY_EQUAL, LOOKED_AT_BESIDE)
            repeat = _first_copy(later, [pictures[int(index)] for index in near], distinct)
            if repeat is not None:
                yield repeat


def _first_copy(
    later: Candidate, earlier: Sequence[Candidate], distinct: frozenset[frozenset[int]]
) -> PictureRepeat | None:
    for each in earlier:
        how = how_copied(each, later)
        settled = frozenset({each.line, later.line}) in distinct
        if how is Copied.EXACT or (how is Copied.RESAVED and not settled):
            return PictureRepeat(later.reference, each.line, later.line, how)
    return None
