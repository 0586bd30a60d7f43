"""Would this alert too much? Counted evidence, exact bounds, and no answer where there is none."""

from __future__ import annotations

from math import comb

import pytest

from apps.deployments.rules.estimate import (
    CEILING,
    Verdict,
    comparisons_needed,
    estimate,
    expected_false_alerts,
    lower_bound,
    upper_bound,
)
from apps.recognition.data import ImpostorCount

PLAN = {"list_size": 500, "footfall": 20_000, "threshold": 0.45}


def at_most(errors: int, of: int, share: float) -> float:
    return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(errors + 1))


@pytest.mark.parametrize(("errors", "of"), [(0, 262), (1, 100), (7, 400)])
def test_bounds_are_the_exact_binomial_ones(errors, of):
    assert at_most(errors, of, upper_bound(errors, of)) == pytest.approx(0.05)
    low = lower_bound(errors, of)
    assert low == 0 if errors == 0 else 1 - at_most(errors - 1, of, low) == pytest.approx(0.05)


def test_the_two_numbers_of_the_domain():
    """262 comparisons bound the rate only below 1.14 %; 1:1,000 people against 500 needs about 1.5 million
    for one look at each person, 4.5 million for three."""
    assert 0.0113 < upper_bound(0, 262) < 0.0114
    assert comparisons_needed(list_size=500, ceiling=CEILING) == pytest.approx(1_500_000, rel=0.01)
    assert comparisons_needed(list_size=1500, ceiling=CEILING) == pytest.approx(4_500_000, rel=0.01)


def test_enough_evidence_gives_a_range_that_is_never_rounded_inwards():
    found = estimate(**PLAN, counts=[ImpostorCount(0.4, 10_000_000, 1)])
    assert found.verdict is Verdict.WITHIN
    # One error at a lower threshold says nothing about the fewest at this one.
    assert found.fewest == 0
    # Each of three views of everybody who passes is compared with each picture on the list.
    assert found.most == pytest.approx(20_000 * 500 * 3 * upper_bound(1, 10_000_000), rel=0.001)
    assert "between 0 and 15 false alerts among 20,000 people" in found.answer


def test_too_many_is_said_only_when_even_the_lower_bound_is_above_the_ceiling():
    many = estimate(**PLAN, counts=[ImpostorCount(0.45, 1_000_000, 50)])
    assert many.verdict is Verdict.ABOVE
    assert many.answer.startswith("Too many")
    assert 0 < many.fewest < many.most
    perhaps = estimate(**PLAN, counts=[ImpostorCount(0.45, 1_000_000, 1)])
    assert perhaps.verdict is Verdict.UNSUPPORTED


def test_what_was_counted_only_at_a_higher_threshold_answers_nothing():
    found = estimate(**PLAN, counts=[ImpostorCount(0.5, 10_000_000, 0)])
    assert found.verdict is Verdict.NO_EVIDENCE
    assert found.most is None
    assert found.answer.startswith("The evidence cannot support an answer")


def test_the_default_pack_cannot_support_an_answer_and_says_so():
    found = expected_false_alerts(**PLAN, pack_id="opencv-zoo")
    assert found.verdict is Verdict.UNSUPPORTED
    assert not found.is_reassuring
    words = " ".join(found.words)
    assert "154 comparisons" in words
    assert "only 12 people" in words
    assert "about 4,500,000 comparisons" in words
    assert "1 to 3 views" in words


@pytest.mark.parametrize("missing", ["list_size", "footfall", "threshold"])
def test_an_unfinished_plan_is_asked_for_what_is_missing(missing):
    found = expected_false_alerts(**PLAN | {missing: 0}, pack_id="no such pack")
    assert found.verdict is Verdict.INCOMPLETE


def test_an_unknown_pack_has_no_evidence():
    assert expected_false_alerts(**PLAN, pack_id="no such pack").verdict is Verdict.NO_EVIDENCE
