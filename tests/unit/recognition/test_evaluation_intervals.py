"""Intervals hold what they promise: tried exactly where that can be worked out, by simulation elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from apps.recognition.api import true_recognition_rate
from apps.recognition.evaluation.intervals import exact_rate
from apps.recognition.evaluation.tally import (
    THRESHOLDS,
    People,
    Tally,
    compare_pairs,
    false_matches,
    false_non_matches,
)

ROW = int(np.searchsorted(THRESHOLDS, 0.5))
RUNS = 200


@pytest.mark.parametrize("share", [0.01, 0.2, 0.97])
def test_the_exact_interval_covers_at_least_95_in_100(share):
    trials = 80
    inside = [exact_rate(k, trials).low <= share <= exact_rate(k, trials).high for k in range(trials + 1)]
    covered = sum(binom.pmf(k, trials, share) for k in range(trials + 1) if inside[k])
    assert covered >= 0.95


def test_a_day_of_blue_list_passes():
    found = true_recognition_rate(40, 38)
    assert found.value == pytest.approx(0.95)
    assert found.low == pytest.approx(0.8308, abs=0.0001)
    assert found.high == pytest.approx(0.9939, abs=0.0001)
    nothing = true_recognition_rate(0, 0)
    assert nothing.value is None
    assert (nothing.low, nothing.high) == (0, 1)
    for passes, recognised in [(3, 4), (3, -1)]:
        with pytest.raises(ValueError):
            true_recognition_rate(passes, recognised)


def counted(rates, true_share: float) -> tuple[bool, bool]:
    """Whether the interval by people covers, and whether one that takes comparisons for independent does."""
    mine, naive = rates.at(ROW), exact_rate(int(rates.errors[ROW]), rates.trials)
    return mine.low <= true_share <= mine.high, naive.low <= true_share <= naive.high


def test_misses_of_few_people_are_covered_and_would_not_be_if_taken_for_independent():
    """Some people are missed nearly always: 30 pictures of one are not 30 people."""
    random = np.random.default_rng(11)
    people = People.of(["all"] * 40)
    who = np.repeat(np.arange(40), 30)
    covered = []
    for _ in range(RUNS):
        chance = random.beta(0.2, 1.8, 40)[who]
        scores = np.where(random.random(len(who)) < chance, 0.4, 0.6)
        covered.append(counted(false_non_matches(compare_pairs(scores, who, who, people).genuine()), 0.1))
    by_people, naive = np.mean(covered, axis=0)
    assert by_people >= 0.93
    assert naive < 0.6


@pytest.mark.parametrize("alike", [0.0, 0.6])
def test_false_matches_of_people_who_resemble_many_are_covered(alike):
    """Pairs share people; `alike` is how much the chance of a false match differs between people."""
    random = np.random.default_rng(12)
    size, share = 90, 0.02
    one, other = np.triu_indices(size, 1)
    covered = []
    for _ in range(RUNS):
        person = np.exp(random.normal(0, alike, size) - alike**2 / 2)
        chance = np.clip(share * person[one] * person[other], 0, 1)
        tally = compare_pairs(
            np.where(random.random(len(one)) < chance, 0.6, 0.4), one, other, People.of(["all"] * size)
        )
        covered.append(counted(false_matches(tally.impostor(), pairs=len(one)), share))
    by_people, naive = np.mean(covered, axis=0)
    assert by_people >= 0.93
    if alike:
        assert naive < 0.85


def test_without_an_error_each_pair_of_people_counts_once_however_many_pictures_there_are():
    people = People.of(["all"] * 10)
    one, other = np.triu_indices(10, 1)
    scores = np.zeros(45 * 50)
    rates = false_matches(
        compare_pairs(scores, np.tile(one, 50), np.tile(other, 50), people).impostor(), pairs=45
    )
    found = rates.at(ROW)
    assert (found.errors, found.trials) == (0, 2250)
    assert found.effective == 45
    assert found.high == pytest.approx(exact_rate(0, 45).high)


def test_nobody_compared_is_no_rate_and_no_certainty():
    empty = Tally(People.of(["all", "all"]))
    found = false_non_matches(empty.genuine()).at(ROW)
    assert found.value is None
    assert (found.low, found.high) == (0, 1)
