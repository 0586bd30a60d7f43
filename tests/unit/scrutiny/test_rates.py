import json
from datetime import UTC, datetime, timedelta

import pytest

from apps.alerts.api import Rate
from apps.recognition.api import exact_rate, true_recognition_rate
from apps.scrutiny.data import covered_seconds

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def span(begin_s, end_s):
    return NOON + timedelta(seconds=begin_s), NOON + timedelta(seconds=end_s)


def test_a_rate_keeps_both_numbers_and_an_honest_interval():
    rate = Rate(10, 2077)
    assert rate.share == pytest.approx(0.004815, abs=1e-6)
    low, high = rate.interval95
    # Clopper-Pearson, as in any table of it.
    assert (low, high) == (pytest.approx(0.00231, abs=1e-5), pytest.approx(0.00884, abs=1e-5))
    assert rate.words == "10 of 2,077 (0.48%; exact 95% interval 0.23% to 0.88%)"


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 3), (1, 17), (18, 20), (5, 5)])
def test_every_rate_has_the_exact_interval_that_the_evidence_names(numerator, denominator):
    found = exact_rate(numerator, denominator)
    assert Rate(numerator, denominator).interval95 == (found.low, found.high)
    assert true_recognition_rate(denominator, numerator) == found


def test_none_false_of_few_is_not_a_rate_of_nothing():
    low, high = Rate(0, 3).interval95
    assert low == 0
    assert high > 0.5


def test_nothing_to_count_is_no_rate():
    assert (Rate(0, 0).share, Rate(0, 0).interval95, Rate(0, 0).words) == (None, None, "none to count")


@pytest.mark.parametrize(("numerator", "denominator"), [(2, 1), (-1, 1)])
def test_an_impossible_rate_is_refused(numerator, denominator):
    with pytest.raises(ValueError, match="numerator"):
        Rate(numerator, denominator)


def test_what_two_cameras_missed_at_once_counts_once():
    assert covered_seconds([span(0, 10), span(5, 12), span(20, 21), span(6, 7)]) == 13
    assert covered_seconds([]) == 0
    assert json.dumps(covered_seconds([span(0, 1)]))
