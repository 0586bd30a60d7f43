"""Rate and quality: never more than the platform can use, down at once, up slowly, and without swinging."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.edge.pace import QUALITY_LEAST, QUALITY_MOST, Pace

Step = tuple[float, float | bool | None]
STEPS = st.lists(
    st.tuples(st.floats(0, 100), st.one_of(st.floats(0.1, 60), st.booleans(), st.none())), max_size=60
)


@given(st.floats(0.5, 60), STEPS)
def test_it_is_never_above_what_was_said_last_nor_the_relays_own_rate(most: float, steps: list[Step]) -> None:
    pace, at, limit = Pace(fps_most=most), 0.0, most
    for passed_s, event in steps:
        at += passed_s
        if isinstance(event, bool):
            pace.sending(short_of_credit=event)
        elif event is None:
            pace.forget(at=at)
            limit = most
        else:
            pace.told(event, at=at)
            limit = min(most, event)
        assert 0 < pace.fps(at=at) <= limit
        assert QUALITY_LEAST <= pace.quality <= QUALITY_MOST


@given(STEPS)
def test_left_alone_it_comes_back_to_the_most(steps: list[Step]) -> None:
    pace, at = Pace(fps_most=6), 0.0
    for passed_s, event in steps:
        at += passed_s
        if isinstance(event, bool):
            pace.sending(short_of_credit=event)
        elif event is not None:
            pace.told(event, at=at)
    pace.told(60, at=at)
    for _ in range(10 * (QUALITY_MOST - QUALITY_LEAST)):
        pace.sending(short_of_credit=False)
    assert pace.fps(at=at + 60) == 6
    assert pace.quality == QUALITY_MOST


@given(st.floats(0.5, 5.9), st.floats(0, 20))
def test_it_goes_down_at_once_and_does_not_go_up_right_after(told: float, later_s: float) -> None:
    pace = Pace(fps_most=6)
    pace.told(told, at=100)
    assert pace.fps(at=100) == told
    pace.told(6, at=100)
    assert pace.fps(at=102.9) == told
    now, soon = pace.fps(at=103 + later_s), pace.fps(at=104 + later_s)
    assert now <= soon <= min(6, now * 1.1501)


def test_a_shortage_now_and_then_lowers_the_quality_and_does_not_make_it_swing() -> None:
    pace = Pace(fps_most=6)
    seen = []
    for frame in range(60):
        pace.sending(short_of_credit=frame % 5 == 0)
        seen.append(pace.quality)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == QUALITY_LEAST


def test_a_platform_that_asks_for_fewer_frames_does_not_get_worse_ones() -> None:
    pace = Pace(fps_most=6)
    pace.told(1, at=0)
    for _ in range(50):
        pace.sending(short_of_credit=False)
    assert pace.quality == QUALITY_MOST


@pytest.mark.parametrize("pause_s", [3600.0, 36_000.0 * 1000])
def test_a_long_silence_overflows_nothing(pause_s: float) -> None:
    pace = Pace(fps_most=6)
    pace.told(0.1, at=0)
    pace.told(6, at=1)
    assert pace.fps(at=pause_s) == 6
