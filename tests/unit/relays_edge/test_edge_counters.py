"""Each frame is counted once, whatever happens to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.edge.counters import CameraCounters, DropReason, write_stats


@given(st.lists(st.tuples(st.integers(1, 300), st.sampled_from([None, *DropReason]))))
def test_read_is_sent_plus_dropped(events: list[tuple[int, DropReason | None]]) -> None:
    counters = CameraCounters()
    for number, reason in events:
        if reason is not None:
            counters.drop_up_to(number, reason)
        elif number > counters.settled:
            counters.drop_up_to(number - 1, DropReason.RATE)
            counters.count_sent(number, 10)
    stats = counters.as_dict()
    assert (
        stats["read"] == stats["sent"] + stats["dropped"] == max((number for number, _ in events), default=0)
    )


def test_a_frame_cannot_be_sent_after_it_was_counted_as_lost() -> None:
    counters = CameraCounters()
    counters.drop_up_to(5, DropReason.NO_LINK)
    with pytest.raises(ValueError, match="frame 5"):
        counters.count_sent(5, 10)


def test_statistics_are_never_half_written_and_leave_nothing_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "stats.json"
    for number in range(3):
        write_stats(path, {"n": number})
        assert json.loads(path.read_text())["n"] == number
    assert list(tmp_path.iterdir()) == [path]
