"""What one recognition loop has to report: counts, silent cameras, and the times it could not see.

Plain bookkeeping without a clock or a database: the loop passes the time in, and hands each report to
`operations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.live.data import (
    Blindness,
    CameraCounts,
    ClosedGap,
    GapReason,
    ShardReport,
    ShardScope,
    Unlooked,
)

SILENT_AFTER = timedelta(seconds=3)


class Ledger:
    """`now` is aware UTC everywhere."""

    def __init__(self, *, scope: ShardScope, now: datetime) -> None:
        self.scope = scope
        self.blind: Blindness | None = Blindness(since=now, reason=GapReason.STARTING)
        self._closed: list[ClosedGap] = []
        self._counts: dict[UUID, CameraCounts] = {}
        self._heard: dict[UUID, datetime] = dict.fromkeys(scope.cameras, now)
        # When it was last looked whether a frame is there and none was.
        self._nothing: dict[UUID, datetime] = {}
        self._late: list[Unlooked] = []
        self._moved = timedelta()

    def of(self, camera_id: UUID) -> CameraCounts:
        return self._counts.setdefault(camera_id, CameraCounts())

    def nothing(self, camera_ids: Iterable[UUID], *, now: datetime) -> None:
        """No frame of these waited: none came since the last one."""
        self._nothing |= dict.fromkeys(camera_ids, now)

    def _is_silent(self, camera_id: UUID) -> bool:
        """Of a round that took long nobody can say so: its frames may have waited all the while."""
        nothing = self._nothing.get(camera_id)
        return nothing is not None and nothing - self._heard[camera_id] > SILENT_AFTER

    def _was_late(self, camera_id: UUID, until: datetime) -> None:
        since = self._heard.get(camera_id, until)
        if self.blind is None and until - since > SILENT_AFTER and not self._is_silent(camera_id):
            self._late.append(Unlooked(camera_id, since, until))

    def heard(self, camera_id: UUID, *, now: datetime) -> None:
        self._was_late(camera_id, now)
        self._heard[camera_id] = now
        self.of(camera_id).last_frame_at = now

    def lost_sight(self, *, since: datetime, reason: GapReason) -> Blindness:
        """Recognition does not happen since then; an earlier reason still open stays the reason. The gap
        that is open now."""
        if self.blind is None:
            for camera_id in self.scope.cameras:
                self._was_late(camera_id, since)
            self.blind = Blindness(since=since, reason=reason)
        return self.blind

    def sees(self, *, now: datetime) -> bool:
        """Recognition runs. True when it did not before: the gap is then closed."""
        if self.blind is None:
            return False
        self._closed.append(ClosedGap(blindness=self.blind, until=now))
        self.blind = None
        # Nobody listened meanwhile: a camera counts as silent from now on only.
        self._heard = dict.fromkeys(self.scope.cameras, now)
        return True

    def clock_moved(self, by: timedelta) -> None:
        """The clock that `now` comes from was set: what is noted here keeps its distance from now."""
        self._heard = {camera_id: heard + by for camera_id, heard in self._heard.items()}
        self._nothing = {camera_id: looked + by for camera_id, looked in self._nothing.items()}
        self._late = [replace(one, since=one.since + by, until=one.until + by) for one in self._late]
        if self.blind is not None:
            self.blind = replace(self.blind, since=self.blind.since + by)
        self._closed = [
            ClosedGap(replace(gap.blindness, since=gap.blindness.since + by), gap.until + by)
            for gap in self._closed
        ]
        self._moved += by

    def change_scope(self, scope: ShardScope, *, now: datetime) -> None:
        self.scope = scope
        self._heard = {camera_id: self._heard.get(camera_id, now) for camera_id in scope.cameras}

    def take(self, *, clock_offset_ms: int | None = None) -> ShardReport:
        """The report since the last one; counting starts again."""
        silent = (
            {}
            if self.blind is not None
            else {camera: heard for camera, heard in self._heard.items() if self._is_silent(camera)}
        )
        report = ShardReport(
            scope=self.scope,
            counts=self._counts,
            silent=silent,
            late=tuple(self._late),
            blind=self.blind,
            closed=tuple(self._closed),
            stepped=self._moved,
            clock_offset_ms=clock_offset_ms,
        )
        self._counts, self._closed, self._late, self._moved = {}, [], [], timedelta()
        return report

    def put_back(self, report: ShardReport) -> None:
        """Undo `take` after a failed write."""
        for camera_id, counts in report.counts.items():
            self.of(camera_id).add(counts)
        self._closed[:0] = report.closed
        self._late[:0] = report.late
        self._moved += report.stepped
