"""Comparisons counted by threshold and by person, a block of pictures at a time: memory stays bounded.

A comparison is counted at every threshold that its cosine similarity reaches (``>=``, as in the search).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import Numbers, Rates, rates_by_people

Ints = NDArray[np.int64]
Templates = NDArray[np.float32]

THRESHOLDS: Numbers = np.round(np.arange(-200, 201) * 0.005, 3)
# Bins of a count: below the first threshold, between neighbours, from the last upwards.
BINS = len(THRESHOLDS) + 1
# Pictures compared with all others at once: with 5,000 of them about 50 MB of scores, bins and indices.
BLOCK = 256
SAME_GROUP, OTHER_GROUP = 0, 1


@dataclass(frozen=True)
class People:
    """Who took part: person number p is of group ``groups[p]``, an index into ``names``."""

    groups: Ints
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    @classmethod
    def of(cls, groups: Sequence[str]) -> People:
        names = tuple(sorted(set(groups)))
        index = {name: number for number, name in enumerate(names)}
        return cls(np.array([index[group] for group in groups], dtype=np.int64), names)


class Tally:
    """Counts of scores: of each person with themselves, with others of their group, with other groups."""

    def __init__(self, people: People) -> None:
        self.people = people
        self._genuine = np.zeros((len(people), BINS), np.int64)
        self._impostor = np.zeros((len(people), 2, BINS), np.int32)
        # How many pairs of people were compared: within each group, and between groups.
        self.pairs_within = np.zeros(len(people.names), np.int64)
        self.pairs_between = 0

    def add(self, scores: Numbers, first: Ints, second: Ints) -> None:
        """``scores[i]`` came from a picture of person ``first[i]`` and one of ``second[i]``."""
        bins = np.searchsorted(THRESHOLDS, scores, side="right")
        same = first == second
        np.add.at(self._genuine.reshape(-1), first[same] * BINS + bins[same], 1)
        groups = self.people.groups
        apart = np.flatnonzero(~same)
        one, other, where = first[apart], second[apart], bins[apart]
        kind = np.where(groups[one] == groups[other], SAME_GROUP, OTHER_GROUP)
        flat = self._impostor.reshape(-1)
        for person in (one, other):
            np.add.at(flat, (person * 2 + kind) * BINS + where, 1)

    def add_pairs(self, one: Ints, other: Ints) -> None:
        """These two different people were compared; each pair of people is given once."""
        groups = self.people.groups
        within = groups[one] == groups[other]
        self.pairs_within += np.bincount(groups[one[within]], minlength=len(self.people.names))
        self.pairs_between += int((~within).sum())

    def genuine(self, rows: NDArray[np.bool_] | None = None) -> Ints:
        """(people, BINS) counts, of some people or of all."""
        return self._genuine if rows is None else self._genuine[rows]

    def impostor(self, group: int | None = None, *, between: bool = False) -> Ints:
        """(people, BINS): each comparison is counted with both people in it. Of the members of a group with
        each other; between groups; or of everybody."""
        if between:
            counts = self._impostor[:, OTHER_GROUP]
        elif group is None:
            counts = self._impostor.sum(axis=1, dtype=np.int32)
        else:
            counts = self._impostor[self.people.groups == group, SAME_GROUP]
        return np.asarray(counts, dtype=np.int64)


def compare_everybody(templates: Templates, subjects: Ints, people: People) -> Tally:
    """Each picture with each other once. ``templates`` (n, D) L2-normalised, ``subjects`` (n,) who is shown.

    Raises ValueError where shapes do not fit.
    """
    if templates.ndim != 2 or subjects.shape != (len(templates),):
        raise ValueError(f"expected (n, D) templates and n subjects, got {templates.shape}, {subjects.shape}")
    tally = Tally(people)
    columns = np.arange(len(templates))
    for start in range(0, len(templates), BLOCK):
        block = templates[start : start + BLOCK]
        scores = (block @ templates[start:].T).astype(np.float64)
        rows = np.arange(start, start + len(block))
        above = columns[None, start:] > rows[:, None]
        row, column = np.nonzero(above)
        tally.add(scores[row, column], subjects[rows[row]], subjects[columns[start:][column]])
    _count_all_pairs(tally, np.unique(subjects))
    return tally


def _count_all_pairs(tally: Tally, present: Ints) -> None:
    sizes = np.bincount(tally.people.groups[present], minlength=len(tally.people.names)).astype(np.int64)
    tally.pairs_within += sizes * (sizes - 1) // 2
    total = int(sizes.sum())
    tally.pairs_between += total * (total - 1) // 2 - int((sizes * (sizes - 1) // 2).sum())


def compare_pairs(scores: Numbers, first: Ints, second: Ints, people: People) -> Tally:
    """Only the given comparisons: ``scores[i]`` of a picture of ``first[i]`` and one of ``second[i]``."""
    tally = Tally(people)
    tally.add(scores, first, second)
    apart = first != second
    both = np.sort(np.stack([first[apart], second[apart]], axis=1), axis=1)
    unique = np.unique(both, axis=0) if len(both) else both
    tally.add_pairs(unique[:, 0], unique[:, 1])
    return tally


def at_least(counts: Ints) -> Ints:
    """(…, thresholds) how many reached each threshold, of (…, BINS) counts."""
    reached: Ints = counts[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:]
    return reached


def false_non_matches(counts: Ints) -> Rates:
    """FNMR: of comparisons of a person with themselves, those below each threshold. Alike within a person."""
    tried = counts.sum(axis=1)
    missed = (tried[:, None] - at_least(counts)).astype(np.float64)
    trials, people = int(tried.sum()), int((tried > 0).sum())
    errors = missed.sum(axis=0)
    variance = np.zeros_like(errors)
    if trials and people > 1:
        # Each person's errors beyond what is average: what one person adds to the scatter of the share.
        beyond = missed - tried[:, None] * (errors / trials)
        variance = (beyond**2).sum(axis=0) / trials**2 * people / (people - 1)
    return rates_by_people(
        errors, trials=trials, variance=variance, people=people, units=people, always_capped=False
    )


def false_matches(counts: Ints, *, pairs: int) -> Rates:
    """FMR: of comparisons of different people, those that reached each threshold.

    Two comparisons are alike when they share a person. The variance is that for pairs with a shared member
    (Fafchamps and Gubert 2007): each person's errors beyond the average, squared, less what was so counted
    twice; never below that of independent comparisons.
    """
    tried = counts.sum(axis=1)
    matched = at_least(counts).astype(np.float64)
    trials, people = int(tried.sum()) // 2, int((tried > 0).sum())
    errors = matched.sum(axis=0) / 2
    variance = np.zeros_like(errors)
    if trials and people > 2:
        share = errors / trials
        beyond = matched - tried[:, None] * share
        shared = (beyond**2).sum(axis=0) * people / (people - 2) - trials * share * (1 - share)
        variance = np.maximum(shared, trials * share * (1 - share)) / trials**2
    return rates_by_people(
        errors, trials=trials, variance=variance, people=people, units=pairs, always_capped=True
    )
