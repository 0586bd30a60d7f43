"""From templates to everything that is reported of them, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .intervals import Numbers, Rates
from .searches import SearchRow, search_lists
from .tally import (
    THRESHOLDS,
    Ints,
    People,
    Tally,
    Templates,
    compare_everybody,
    compare_pairs,
    false_matches,
    false_non_matches,
)

EVERYBODY = ""
BETWEEN = "between groups"
NO_GROUP = "not recorded"
LIST_SIZES = (10, 50, 100, 500, 1000, 2000, 5000, 10_000)
SEARCH_THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


@dataclass(frozen=True)
class Failures:
    """Pictures of which no template came (failure to enrol), by reason code and by group; never by name."""

    tried: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    tried_by_group: dict[str, int] = field(default_factory=dict)
    failed_by_group: dict[str, int] = field(default_factory=dict)
    people_without_picture: int = 0

    @property
    def failed(self) -> int:
        return sum(self.by_reason.values())


@dataclass(frozen=True, eq=False)
class Row:
    """Of everybody (``group`` is empty), of one group's members with each other, or between groups.

    ``genuine`` is FNMR and ``impostor`` FMR at each of ``THRESHOLDS``; between groups nobody meets
    themselves.
    """

    group: str
    people: int
    pairs: int
    genuine: Rates
    impostor: Rates


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Rates at ``THRESHOLDS``; ``rows`` begins with everybody. Bins are counts of scores (``tally.BINS``)."""

    people: int
    pictures: int
    rows: tuple[Row, ...]
    genuine_bins: Ints
    impostor_bins: Ints
    searches: tuple[SearchRow, ...]
    failures: Failures = field(default_factory=Failures)

    @property
    def everybody(self) -> Row:
        return self.rows[0]

    @property
    def groups(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows[1:] if row.group != BETWEEN)


def row_of(threshold: float) -> int:
    """Where a threshold stands in ``THRESHOLDS``: the highest that is not above it."""
    return max(0, int(np.searchsorted(THRESHOLDS, threshold, side="right")) - 1)


def evaluate(
    templates: Templates,
    subjects: Sequence[int],
    *,
    groups: Sequence[str] | None = None,
    list_sizes: Sequence[int] = LIST_SIZES,
    thresholds: Sequence[float] = SEARCH_THRESHOLDS,
    failures: Failures | None = None,
) -> Evaluation:
    """Every picture with every other, and searches of lists.

    ``subjects[i]`` is who picture i shows, 0 to people - 1, each with a picture; ``groups[p]`` the group of
    person p. Raises ValueError where that does not hold.
    """
    who = np.asarray(subjects, dtype=np.int64)
    count = int(who.max(initial=-1)) + 1
    if len(np.unique(who)) != count or (len(who) and who.min() < 0):
        raise ValueError("people must be numbered from 0 without gaps, each with a picture")
    people = _people(groups, count)
    tally = compare_everybody(templates, who, people)
    found = search_lists(templates, who, people, list_sizes=list_sizes, thresholds=thresholds)
    return _evaluation(tally, len(templates), found, failures or Failures())


def evaluate_pairs(
    scores: Numbers,
    first: Sequence[int],
    second: Sequence[int],
    *,
    people: int,
    pictures: int,
    groups: Sequence[str] | None = None,
    failures: Failures | None = None,
) -> Evaluation:
    """Only the pairs that somebody chose: no searches of lists can be worked out from them."""
    one, other = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    tally = compare_pairs(np.asarray(scores, dtype=np.float64), one, other, _people(groups, people))
    return _evaluation(tally, pictures, (), failures or Failures())


def _people(groups: Sequence[str] | None, count: int) -> People:
    if groups is not None and len(groups) != count:
        raise ValueError(f"expected a group for each of {count} people, got {len(groups)}")
    return People.of(groups if groups is not None else [NO_GROUP] * count)


def _evaluation(
    tally: Tally, pictures: int, searches: tuple[SearchRow, ...], failures: Failures
) -> Evaluation:
    people = tally.people
    pairs = int(tally.pairs_within.sum()) + tally.pairs_between
    rows = [_row(tally, EVERYBODY, len(people), pairs)]
    if len(people.names) > 1:
        for number, name in enumerate(people.names):
            size = int((people.groups == number).sum())
            rows.append(_row(tally, name, size, int(tally.pairs_within[number]), group=number))
        rows.append(_row(tally, BETWEEN, len(people), tally.pairs_between, between=True))
    return Evaluation(
        people=len(people),
        pictures=pictures,
        rows=tuple(rows),
        genuine_bins=tally.genuine().sum(axis=0),
        impostor_bins=tally.impostor().sum(axis=0) // 2,
        searches=searches,
        failures=failures,
    )


def _row(
    tally: Tally, name: str, people: int, pairs: int, *, group: int | None = None, between: bool = False
) -> Row:
    members = np.ones(len(tally.people), bool) if group is None else tally.people.groups == group
    if between:
        members = np.zeros(len(tally.people), bool)
    return Row(
        group=name,
        people=people,
        pairs=pairs,
        genuine=false_non_matches(tally.genuine(members)),
        impostor=false_matches(tally.impostor(group, between=between), pairs=pairs),
    )
