"""From when on two pictures of a list are one face: by the evidence and by the size of the list."""

from dataclasses import replace

import pytest

from apps.recognition import api
from apps.recognition.api import SameFaceBasis as Basis
from apps.recognition.api import same_face
from apps.recognition.engine.evidence import Evidence, GenuineCount, ImpostorCount
from apps.recognition.evaluation.duplicates import BUDGET
from apps.recognition.evaluation.intervals import upper_bound


def pairs_of(pictures):
    return pictures * (pictures - 1) // 2


@pytest.fixture
def manifest():
    return replace(api.manifest(api.DEFAULT_PACK_ID), impostors=(), measured=None)


def counted(manifest, *rows, genuine=()):
    counts = tuple(ImpostorCount(*row) for row in rows)
    evidence = Evidence("f", "d", "c", counts, tuple(GenuineCount(*row) for row in genuine))
    return replace(manifest, impostors=counts, measured=evidence)


MANY = (
    (0.40, 10**8, 30_000),
    (0.50, 10**8, 900),
    (0.60, 10**8, 4),
    (0.70, 10**8, 0),
)


@pytest.mark.parametrize(
    ("pictures", "threshold"),
    [(2, 0.45), (300, 0.45), (1_000, 0.5), (2_000, 0.5), (6_000, 0.6), (20_000, 0.6)],
)
def test_the_lowest_counted_threshold_with_few_enough_strangers(manifest, pictures, threshold):
    """The default is 0.45, and what was counted at 0.40 bounds it from above."""
    found = same_face(counted(manifest, *MANY), pairs=pairs_of(pictures))
    assert (found.threshold, found.basis) == (threshold, Basis.MEASURED)
    assert found.strangers <= BUDGET
    lower = [row for row in MANY if row[0] < threshold]
    if threshold > 0.45:
        assert upper_bound(lower[-1][2], 10**8) * pairs_of(pictures) > BUDGET


def test_few_errors_of_few_comparisons_prove_nothing_for_a_long_list(manifest):
    few = counted(manifest, (0.32, 154, 0))
    short, long = (same_face(few, pairs=pairs_of(n)) for n in (40, 20_000))
    assert (short.threshold, short.basis) == (0.45, Basis.MEASURED)
    assert (long.threshold, long.basis, long.strangers) == (0.64, Basis.EXTENDED, None)


@pytest.mark.parametrize(
    "rows", [(), ((0.32, 154, 0),), ((0.45, 1000, 1000),), MANY], ids=lambda r: str(len(r))
)
def test_it_never_falls_below_the_default_or_with_a_longer_list(manifest, rows):
    at = [
        same_face(counted(manifest, *rows), pairs=pairs_of(n)).threshold for n in (0, 1, 2, 50, 10**3, 10**5)
    ]
    assert at[0] == manifest.default_threshold
    assert at == sorted(at)
    assert at[-1] <= (1 + manifest.default_threshold) / 2


def test_without_any_count_it_is_an_assumption_and_says_so(manifest):
    found = same_face(manifest, pairs=pairs_of(20_000))
    assert (found.basis, found.strangers, found.missed) == (Basis.ASSUMED, None, None)
    assert found.threshold == 0.63


def test_effective_comparisons_count_and_not_those_that_share_people(manifest):
    alike = ImpostorCount(0.5, 10**8, 0, people=50, effective=1_000)
    found = same_face(replace(manifest, impostors=(alike,)), pairs=pairs_of(5_000))
    assert found.basis is Basis.EXTENDED


def test_whom_it_misses_is_of_a_threshold_that_is_not_lower(manifest):
    genuine = [(0.55, 1000, 10), (0.65, 1000, 80)]
    found = same_face(counted(manifest, *MANY, genuine=genuine), pairs=pairs_of(20_000))
    assert found.missed == 0.08
    assert 0.08 < found.missed_at_most < 0.11
    assert same_face(counted(manifest, *MANY, genuine=genuine[:1]), pairs=pairs_of(20_000)).missed is None


def test_where_nobody_said_how_much_comparisons_share_each_pair_of_people_counts_once(manifest):
    """Ten pictures each of 12 people are 66 pairs of people, not thousands of independent comparisons."""
    few = ImpostorCount(0.32, 6_600, 0, people=12)
    assert few.independent == (0, 66)
    assert ImpostorCount(0.32, 6_600, 100, people=12).independent == (1.0, 66)
    assert ImpostorCount(0.32, 40, 0, people=12).independent == (0, 40)
    assert ImpostorCount(0.32, 6_600, 0, people=12, effective=300.0).independent == (0, 300.0)
    assert GenuineCount(0.5, 240, 24, people=12).independent == (1.2, 12)
    as_pairs = ImpostorCount(0.32, 66, 0, people=12)
    assert same_face(replace(manifest, impostors=(few,)), pairs=pairs_of(5_000)) == (
        same_face(replace(manifest, impostors=(as_pairs,)), pairs=pairs_of(5_000))
    )
