from hypothesis import given
from hypothesis import strategies as st

from tests.support.order import spread


@given(st.integers(0, 20), st.integers(100, 300), st.integers(1, 8))
def test_each_is_run_once_and_each_worker_begins_with_its_share_of_the_slow_ones(slow, others, workers):
    items = [("slow", n) for n in range(slow)] + [("quick", n) for n in range(others)]
    order = list(spread(items[:slow], items[slow:], workers))
    assert sorted(order) == sorted(items)
    stretches, left = [], list(order)
    for worker in range(workers):
        size = len(left) // (workers - worker)
        stretches.append(left[:size])
        left = left[size:]
    for worker, stretch in enumerate(stretches):
        share = [item for item in stretch if item[0] == "slow"]
        assert share == items[:slow][worker::workers]
        assert stretch[: len(share)] == share
