"""What one recognition loop has to report: counts, silent cameras, and the times it could not see.

Plain bookkeeping without a clock or a database: the loop passes the time in, and hands each report to
`operations`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.live.data import Blindness, CameraCounts, ClosedGap, GapReason, ShardReport, ShardScope

SILENT_AFTER = timedelta(seconds=3)


class Ledger:
    """`now` is aware UTC everywhere."""

    def __init__(self, *, scope: ShardScope, now: datetime) -> None:
        self.scope = scope
        self.blind: Blindness | None = Blindness(since=now, reason=GapReason.STARTING)
        self._closed: list[ClosedGap] = []
        self._counts: dict[UUID, CameraCounts] = {}
        self._heard: dict[UUID, datetime] = dict.fromkeys(scope.cameras, now)
        self._moved = timedelta()

    def of(self, camera_id: UUID) -> CameraCounts:
        return self._counts.setdefault(camera_id, CameraCounts())

    def heard(self, camera_id: UUID, *, now: datetime) -> None:
        self._heard[camera_id] = now
        self.of(camera_id).last_frame_at = now

    def lost_sight(self, *, since: datetime, reason: GapReason) -> Blindness:
        """Recognition does not happen since then; an earlier reason still open stays the reason. The gap
        that is open now."""
        if self.blind is None:
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

    def take(self, *, now: datetime, clock_offset_ms: int | None = None) -> ShardReport:
        """The report since the last one; counting starts again."""
        silent = (
            {}
            if self.blind is not None
            else {camera: heard for camera, heard in self._heard.items() if now - heard > SILENT_AFTER}
        )
        report = ShardReport(
            scope=self.scope,
            counts=self._counts,
            silent=silent,
            blind=self.blind,
            closed=tuple(self._closed),
            stepped=self._moved,
            clock_offset_ms=clock_offset_ms,
        )
        self._counts, self._closed, self._moved = {}, [], timedelta()
        return report

    def put_back(self, report: ShardReport) -> None:
        """Undo `take` after a failed write."""
        for camera_id, counts in report.counts.items():
            self.of(camera_id).add(counts)
        self._closed[:0] = report.closed
        self._moved += report.stepped
