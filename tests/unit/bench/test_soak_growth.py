"""The soak's judgement: what grows is found however slowly, what only trembles or warms up is not."""

import random

import pytest

from bench.growth import Series, Tolerance, too_short

HOUR = tuple(range(0, 3600, 10))
MEMORY = Tolerance(absolute=8.0, share=0.05)


def series(value, at=HOUR):
    return Series("worker memory", "MB", tuple(map(float, at)), tuple(float(value(t)) for t in at))


@pytest.mark.parametrize(
    ("value", "grows"),
    [
        pytest.param(lambda t: 400, False, id="flat"),
        pytest.param(lambda t: 400 + random.Random(t).gauss(0, 15), False, id="trembling"),
        pytest.param(lambda t: 400 + 40 * t / 3600 + random.Random(t).gauss(0, 5), True, id="40-MB-an-hour"),
        pytest.param(lambda t: 400 + (300 if t == 3590 else 0), False, id="one-bad-sample-at-the-end"),
        pytest.param(lambda t: 400 - 100 * t / 3600, False, id="shrinking"),
        pytest.param(lambda t: 10 + 3 * t / 3600, False, id="a-small-process-by-little"),
        pytest.param(lambda t: 0, False, id="nothing-at-all"),
    ],
)
def test_growth(value, grows):
    assert MEMORY.exceeded_by(series(value)) is grows


def test_the_first_minutes_do_not_count():
    warming = series(lambda t: 400 if t >= 300 else 200 + t * 200 / 300)
    assert warming.after(300).growth == 0
    assert not MEMORY.exceeded_by(warming.after(300))


def test_steps_that_never_go_back_are_growth():
    assert Tolerance(absolute=4, share=0.05).exceeded_by(series(lambda t: 30 + t // 400))


def test_a_series_of_which_nothing_can_be_said_is_named():
    assert too_short([series(lambda t: 1), series(lambda t: 1, at=(0, 10))], 10) == ["worker memory"]
    assert not MEMORY.exceeded_by(series(lambda t: t * 100, at=(0, 10)))
