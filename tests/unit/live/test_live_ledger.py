"""What a recognition loop reports: every second it could not see, and every frame, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apps.live.data import GapReason, ShardScope, Unlooked
from apps.live.ledger import SILENT_AFTER, Ledger
from apps.live.queries import CAMERAS_PER_SHARD, shard_count, shard_scope

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ONE, TWO = uuid4(), uuid4()


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ledger() -> Ledger:
    return Ledger(scope=ShardScope(cameras=(ONE, TWO), sole=True), now=START)


def test_it_is_blind_until_the_first_round_succeeds():
    book = ledger()
    report = book.take()
    assert report.blind is not None
    assert (report.blind.since, report.blind.reason) == (START, GapReason.STARTING)
    assert book.sees(now=at(2))
    (gap,) = book.take().closed
    assert (gap.blindness.since, gap.until) == (START, at(2))
    assert not book.sees(now=at(4))


def test_a_gap_is_reported_once():
    book = ledger()
    book.sees(now=at(1))
    assert len(book.take().closed) == 1
    assert book.take().closed == ()


def test_a_second_fault_does_not_shorten_the_gap():
    book = ledger()
    book.sees(now=at(1))
    book.lost_sight(since=at(5), reason=GapReason.BUS)
    book.lost_sight(since=at(7), reason=GapReason.DATABASE)
    book.sees(now=at(9))
    gap = book.take().closed[-1]
    assert (gap.blindness.since, gap.blindness.reason, gap.until) == (at(5), GapReason.BUS, at(9))


def test_a_camera_is_silent_after_three_seconds_without_a_frame():
    book = ledger()
    book.sees(now=START)
    book.heard(ONE, now=at(2))
    book.nothing((ONE, TWO), now=START + SILENT_AFTER)
    assert book.take().silent == {}
    book.nothing((ONE, TWO), now=at(4))
    assert book.take().silent == {TWO: START}
    book.nothing((ONE, TWO), now=at(6))
    assert book.take().silent == {ONE: at(2), TWO: START}
    book.heard(TWO, now=at(6.5))
    report = book.take()
    assert report.silent == {ONE: at(2)}
    assert report.late == ()


def test_a_camera_whose_frames_wait_for_a_slow_round_is_not_called_silent():
    book = ledger()
    book.sees(now=START)
    book.nothing((TWO,), now=at(1))
    # A round of four seconds: nobody looked whether frames are there.
    assert book.take().silent == {}
    book.heard(ONE, now=at(4))
    book.nothing((TWO,), now=at(4))
    report = book.take()
    assert report.silent == {TWO: START}
    assert report.late == (Unlooked(ONE, START, at(4)),)
    book.put_back(report)
    book.clock_moved(timedelta(seconds=10))
    assert book.take().late == (Unlooked(ONE, at(10), at(14)),)
    assert book.take().late == ()


def test_what_was_not_looked_at_before_a_fault_is_told_beside_it():
    book = ledger()
    book.sees(now=START)
    book.lost_sight(since=at(5), reason=GapReason.BUS)
    book.sees(now=at(9))
    report = book.take()
    assert report.late == (Unlooked(ONE, START, at(5)), Unlooked(TWO, START, at(5)))
    assert report.closed[-1].blindness.since == at(5)


def test_nobody_is_called_silent_while_nobody_listened():
    book = ledger()
    assert book.take().silent == {}
    book.sees(now=at(20))
    assert book.take().silent == {}


def test_a_report_that_could_not_be_written_is_not_lost():
    book = ledger()
    book.sees(now=at(1))
    book.of(ONE).frames += 3
    failed = book.take()
    book.of(ONE).frames += 2
    book.of(TWO).searches += 1
    book.put_back(failed)
    report = book.take()
    assert report.counts[ONE].frames == 5
    assert report.counts[TWO].searches == 1
    assert report.closed == failed.closed


def test_a_shard_has_at_most_four_cameras_and_no_camera_is_left_out_or_twice():
    cameras = frozenset(uuid4() for _ in range(9))
    assert shard_count(camera_ids=cameras) == 3
    scopes = [shard_scope(camera_ids=cameras, shard=number) for number in range(3)]
    assert all(len(scope.cameras) <= CAMERAS_PER_SHARD for scope in scopes)
    assert sorted(camera for scope in scopes for camera in scope.cameras) == sorted(cameras)
    assert not any(scope.sole for scope in scopes)
    assert shard_scope(camera_ids=cameras, shard=3).cameras == ()


def test_a_gap_of_the_only_shard_is_a_gap_of_every_camera():
    assert shard_scope(camera_ids={ONE, TWO}, shard=0).gap_cameras() == (None,)
    assert shard_count(camera_ids=()) == 0


def test_a_clock_that_is_set_moves_what_is_noted_and_makes_no_silence_and_no_gap():
    book = ledger()
    book.sees(now=at(1))
    book.heard(ONE, now=at(2))
    book.clock_moved(timedelta(hours=1))
    report = book.take()
    assert report.silent == {}
    assert report.stepped == timedelta(hours=1)
    assert [(gap.blindness.since, gap.until) for gap in report.closed] == [(at(3600), at(3601))]
    assert book.take().stepped == timedelta()
    book.put_back(report)
    assert book.take().stepped == timedelta(hours=1)
