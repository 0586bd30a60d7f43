"""The offset of the relay's clock, found through a link whose two ways are not equally long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.edge.clock import ClockOffset

EPOCH = 1_800_000_000.0


def exchange(clock: ClockOffset, *, at: float, offset_s: float, there_s: float, back_s: float) -> float:
    """One question and answer, asked at monotonic `at` by a relay whose own clock says EPOCH + at; the time
    after it."""
    number = clock.ask(at=at)
    platform_s = EPOCH + at + there_s + offset_s
    clock.answered(number=number, platform_s=platform_s, at=at + there_s + back_s)
    return at + there_s + back_s


def offset_ms(clock: ClockOffset, at: float) -> int | None:
    return clock.offset_ms(at=at, now=EPOCH + at)


@given(st.floats(-5000, 5000), st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=8))
def test_the_error_is_at_most_half_of_the_shortest_round_trip(
    offset_s: float, ways: list[tuple[float, float]]
) -> None:
    clock, at = ClockOffset(), 10.0
    for there_s, back_s in ways:
        at = exchange(clock, at=at, offset_s=offset_s, there_s=there_s, back_s=back_s)
    shortest_s = min(there_s + back_s for there_s, back_s in ways)
    found = offset_ms(clock, at)
    assert found is not None
    assert abs(found - offset_s * 1000) <= shortest_s * 500 + 1
    rtt_ms = clock.rtt_ms(at=at)
    assert rtt_ms is not None
    assert rtt_ms == pytest.approx(shortest_s * 1000, abs=1.01)


def test_nothing_is_known_before_the_first_answer_and_a_minute_after_the_last() -> None:
    clock = ClockOffset()
    clock.ask(at=1.0)
    assert offset_ms(clock, 1.0) is None
    assert clock.rtt_ms(at=1.0) is None
    at = exchange(clock, at=2.0, offset_s=3, there_s=0.01, back_s=0.01)
    assert offset_ms(clock, at) == 3000
    assert offset_ms(clock, at + 61) is None


def test_a_step_of_the_relays_clock_is_seen_at_once() -> None:
    clock = ClockOffset()
    at = exchange(clock, at=5.0, offset_s=0, there_s=0.01, back_s=0.01)
    assert clock.offset_ms(at=at + 1, now=EPOCH + at + 1) == 0
    assert clock.offset_ms(at=at + 1, now=EPOCH + at + 1 + 3600) == -3_600_000, "an hour fast: less an hour"


def test_an_answer_that_nobody_asked_for_or_that_comes_twice_changes_nothing() -> None:
    clock = ClockOffset()
    clock.answered(number=7, platform_s=0.0, at=1.0)
    assert offset_ms(clock, 1.0) is None
    number = clock.ask(at=2.0)
    clock.answered(number=number, platform_s=EPOCH + 2.0, at=2.0)
    clock.answered(number=number, platform_s=EPOCH + 999, at=2.0)
    assert offset_ms(clock, 2.0) == 0


def test_questions_that_are_never_answered_do_not_pile_up() -> None:
    clock = ClockOffset()
    for second in range(10_000):
        clock.ask(at=float(second))
    assert len(clock._asked) <= 16
