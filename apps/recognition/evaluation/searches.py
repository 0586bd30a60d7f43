"""Searches of a list (open set): how often somebody who is not on it raises an alert, and somebody who is.

From each person one picture is put on the list, the first; the others are searched (or, where there is no
other, the first one, for searches of people who are not listed). A list of N people is drawn from everybody.
Nothing need be drawn at random: over all lists of N people that could be drawn, the share in which one search
finds somebody follows from how many of the others it resembles (the hypergeometric distribution). How much
would differ with other people comes from drawing the people anew, with replacement (bootstrap): those who
search and those who are listed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln

from .intervals import ENOUGH, Numbers, Rate, rates_by_people
from .tally import Ints, People, Templates

REPLICATES = 200
SEED = 20_190_107
BLOCK = 512


@dataclass(frozen=True)
class SearchRow:
    """At one list size and threshold, for searches of everybody or of one group's people.

    ``false_positive`` (FPIR): of searches by people who are not listed, those that found anybody at or over
    the threshold. ``true_positive`` (TPIR): of searches by people who are, those in which they themselves
    came first, at or over it. ``group`` is empty for everybody.
    """

    group: str
    list_size: int
    threshold: float
    false_positive: Rate
    true_positive: Rate


@dataclass(frozen=True, eq=False)
class _Searches:
    """Which picture is listed for each person, which are searched, and by whom."""

    listed: Templates
    probes: Templates
    owner: Ints
    mated: Ints


@dataclass(frozen=True, eq=False)
class _Weights:
    """(people, 1 + REPLICATES): how often each person was drawn; the first column is the data as it is."""

    times: Numbers


def search_lists(
    templates: Templates,
    subjects: Ints,
    people: People,
    *,
    list_sizes: Sequence[int],
    thresholds: Sequence[float],
) -> tuple[SearchRow, ...]:
    """For every list size that leaves at least one person unlisted; larger ones cannot be measured."""
    fitting = [size for size in sorted(set(list_sizes)) if 1 <= size < len(people)]
    if not fitting:
        return ()
    searches = _arranged(templates, subjects, len(people))
    weights = _drawn_anew(len(people))
    rows: list[SearchRow] = []
    missed_first = {size: _outranked(searches, weights, size, len(people)) for size in fitting}
    for threshold in sorted(set(thresholds)):
        hits = _hits(searches, weights, threshold)
        own = _own_scores(searches) >= threshold
        for size in fitting:
            found = _found_anybody(hits, weights, searches.owner, size)
            first = own[:, None] * (1 - missed_first[size])
            rows += _rows(people, searches, weights, size, threshold, found, first)
    return tuple(rows)


def _arranged(templates: Templates, subjects: Ints, people: int) -> _Searches:
    order = np.argsort(subjects, kind="stable")
    _, first = np.unique(subjects[order], return_index=True)
    listed_at = order[first]
    if len(listed_at) != people:
        raise ValueError("every person needs a picture")
    counts = np.bincount(subjects, minlength=people)
    is_listed = np.zeros(len(subjects), bool)
    is_listed[listed_at] = True
    searched = np.flatnonzero(~is_listed | (counts[subjects] == 1))
    return _Searches(
        listed=templates[listed_at],
        probes=templates[searched],
        owner=subjects[searched],
        mated=np.flatnonzero(~is_listed[searched]),
    )


def _drawn_anew(people: int) -> _Weights:
    random = np.random.default_rng(SEED)
    times = np.ones((people, 1 + REPLICATES))
    for column in range(1, 1 + REPLICATES):
        times[:, column] = np.bincount(random.integers(0, people, people), minlength=people)
    return _Weights(times)


def _own_scores(searches: _Searches) -> Numbers:
    """(mated,) of each search by a listed person against their own listed picture."""
    mine = searches.listed[searches.owner[searches.mated]]
    scores: Numbers = (searches.probes[searches.mated] * mine).sum(axis=1).astype(np.float64)
    return scores


def _blocks(searches: _Searches, rows: Ints) -> Iterator[tuple[Ints, Numbers]]:
    """Scores of some searches against everybody else's listed picture; one's own is out of reach."""
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        scores = (searches.probes[part] @ searches.listed.T).astype(np.float64)
        scores[np.arange(len(part)), searches.owner[part]] = -np.inf
        yield part, scores


def _weighted(reached: np.ndarray[tuple[int, int], np.dtype[np.bool_]], weights: _Weights) -> Numbers:
    counted: Numbers = csr_matrix(reached, dtype=np.float64) @ weights.times
    return counted


def _hits(searches: _Searches, weights: _Weights, threshold: float) -> Numbers:
    """(probes, columns): how many others reach the threshold, each as often as they were drawn."""
    every = np.arange(len(searches.probes))
    parts = [_weighted(scores >= threshold, weights) for _, scores in _blocks(searches, every)]
    return np.concatenate(parts)


def _outranked(searches: _Searches, weights: _Weights, size: int, people: int) -> Numbers:
    """(mated, columns): the chance that another person on the list resembles a search more than its own."""
    own = _own_scores(searches)
    parts = [np.zeros((0, weights.times.shape[1]))]
    for at, (_, scores) in enumerate(_blocks(searches, searches.mated)):
        better = scores > own[at * BLOCK : at * BLOCK + len(scores), None]
        parts.append(_weighted(better, weights))
    hits = np.concatenate(parts)
    # One place on the list is their own.
    return _found_anybody(hits, weights, searches.owner[searches.mated], size - 1)


def _found_anybody(hits: Numbers, weights: _Weights, owner: Ints, size: int) -> Numbers:
    """The share of all lists of ``size`` of the others in which one of the ``hits`` is at least."""
    others = weights.times.shape[0] - weights.times[owner]
    share: Numbers = np.zeros_like(hits)
    some = hits > 0
    every, alike = others[some], hits[some]
    drawn = np.minimum(size, every)
    free = every - alike - drawn
    none = np.exp(
        gammaln(every - alike + 1)
        + gammaln(every - drawn + 1)
        - gammaln(np.maximum(free, 0) + 1)
        - gammaln(every + 1)
    )
    share[some] = np.where(free < 0, 1.0, np.clip(1 - none, 0.0, 1.0))
    return share


def _rows(
    people: People,
    searches: _Searches,
    weights: _Weights,
    size: int,
    threshold: float,
    found: Numbers,
    first: Numbers,
) -> Iterator[SearchRow]:
    owner, mated_owner = searches.owner, searches.owner[searches.mated]
    groups = [(name, number) for number, name in enumerate(people.names)] if len(people.names) > 1 else []
    for name, number in [("", None), *groups]:
        mine = np.ones(len(owner), bool) if number is None else people.groups[owner] == number
        theirs = np.ones(len(mated_owner), bool) if number is None else people.groups[mated_owner] == number
        yield SearchRow(
            group=name,
            list_size=size,
            threshold=threshold,
            false_positive=_rate(found[mine], owner[mine], weights),
            true_positive=_rate(first[theirs], mated_owner[theirs], weights),
        )


def _rate(chances: Numbers, owner: Ints, weights: _Weights) -> Rate:
    """Of searches by these people; each column of ``chances`` belongs to that column of the weights."""
    trials, who = len(owner), len(np.unique(owner))
    times = weights.times[owner]
    drawn = times.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (chances * times).sum(axis=0) / drawn
    again = shares[1:][drawn[1:] > 0]
    errors = np.array([chances[:, 0].sum()])
    # At the edges people drawn twice distort more than they show: there each person counts once.
    clear = min(errors[0], trials - errors[0]) >= ENOUGH
    variance = float(again.var(ddof=1)) if clear and len(again) > 1 else 0.0
    return rates_by_people(
        errors,
        trials=trials,
        variance=np.array([variance]),
        people=who,
        units=who,
        always_capped=False,
    ).at(0)
