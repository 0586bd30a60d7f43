"""How fast a relay may send: measured by what the reader of the bus takes, whatever that does."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.relays.pacing import FLOOR_FPS, Pacer

CAMERA, OTHER = uuid4(), uuid4()


class Bus:
    """One camera's stream as the bus keeps it: a reader that is ready takes the newest frame and drops the
    rest. `reader_fps` None: nobody reads."""

    def __init__(self, own_fps: float, reader_fps: float | None) -> None:
        self.own_fps, self.reader_fps = own_fps, reader_fps
        self.pacer = Pacer(at=0.0)
        self.at = self.next_frame = self.ready_at = 0.0
        self.waiting = self.put = self.overtaken = 0

    @property
    def sent_fps(self) -> float:
        return min(self.own_fps, self.pacer.limit_fps or self.own_fps)

    def run(self, seconds: float) -> None:
        until = self.at + seconds
        while self.at < until:
            self.at = self.next_frame
            self.next_frame += 1 / self.sent_fps
            if self.waiting and self.reader_fps and self.ready_at <= self.at:
                self._take(self.ready_at)
            self.put += 1
            self.waiting = min(self.waiting + 1, 8)
            self.overtaken += self.waiting > 1
            self.pacer.offered(CAMERA, waiting=self.waiting)
            if self.reader_fps and self.ready_at <= self.at:
                self._take(self.at)
            self.pacer.step(at=self.at)

    def _take(self, at: float) -> None:
        self.waiting = 0
        self.ready_at = at + 1 / (self.reader_fps or 1)


@pytest.mark.parametrize("own_fps", [4.0, 10.0, 25.0])
def test_at_twice_the_load_it_comes_down_to_what_is_read_and_little_is_overtaken(own_fps):
    bus = Bus(own_fps, own_fps / 2)
    bus.run(20)
    bus.put = bus.overtaken = 0
    limits = []
    for _ in range(40):
        bus.run(1)
        limits.append(bus.sent_fps)
    mean = sum(limits) / len(limits)
    assert max(FLOOR_FPS, 0.7 * own_fps / 2) <= mean <= max(FLOOR_FPS, 1.35 * own_fps / 2)
    assert bus.overtaken / bus.put < 0.3


def test_a_reader_that_is_fast_enough_limits_nothing():
    bus = Bus(10.0, 30.0)
    bus.run(60)
    assert bus.pacer.limit_fps is None
    assert bus.overtaken == 0


def test_nobody_reads_it_goes_to_the_floor_and_back_up_once_somebody_does():
    bus = Bus(10.0, None)
    bus.run(10)
    assert bus.pacer.limit_fps == FLOOR_FPS
    bus.reader_fps = 30.0
    bus.run(20)
    assert bus.pacer.limit_fps is None


def test_a_link_that_holds_frames_back_once_is_no_slow_reader():
    pacer = Pacer(at=0.0)
    for second in range(1, 20):
        for waiting in (1, 2, 3, 4, 5) if second % 2 else (1, 1, 1, 1, 1):
            pacer.offered(CAMERA, waiting=waiting)
        assert not pacer.step(at=float(second))
    assert pacer.limit_fps is None


def test_the_camera_that_is_read_least_decides():
    pacer = Pacer(at=0.0)
    for second in (1.0, 2.0):
        for _ in range(10):
            pacer.offered(OTHER, waiting=1)
            pacer.offered(CAMERA, waiting=8)
        pacer.step(at=second)
    assert pacer.limit_fps == 5.0


WINDOWS = st.lists(
    st.tuples(
        st.floats(0.01, 5.0),
        st.lists(st.tuples(st.sampled_from([CAMERA, OTHER]), st.integers(1, 8)), max_size=40),
    ),
    max_size=30,
)


@given(WINDOWS)
def test_it_is_never_above_what_the_relay_sends_by_itself_nor_below_the_floor(windows):
    pacer, at, highest = Pacer(at=0.0), 0.0, 0.0
    offered: dict[object, int] = {}
    began = 0.0
    for passed, frames in windows:
        at += passed
        for camera, waiting in frames:
            pacer.offered(camera, waiting=waiting)
            offered[camera] = offered.get(camera, 0) + 1
        unlimited, before = pacer.limit_fps is None, pacer.limit_fps
        changed = pacer.step(at=at)
        assert changed == (pacer.limit_fps != before)
        if at - began >= 1.0:
            highest = max([highest, *(n / (at - began) for n in offered.values())]) if unlimited else highest
            offered, began = {}, at
        if pacer.limit_fps is not None:
            assert FLOOR_FPS <= pacer.limit_fps <= max(highest, FLOOR_FPS) + 1e-9
