"""The text messages of one relay: its clock's questions and what it says of itself."""

from __future__ import annotations

from datetime import datetime

from apps.relays.data import RelayData, ReportedHealth
from apps.relays.edge import wire
from apps.relays.framebus import to_us

# A relay asks for the time and reports every few seconds; at its beginning it asks several times in a row.
BURST = 20
A_SECOND = 2.0


def merged(before: wire.RelayHealth | None, part: wire.RelayHealth) -> wire.RelayHealth:
    """A report of many cameras comes in parts: each part replaces what was said of its cameras."""
    if before is None:
        return part
    return wire.RelayHealth(
        cameras={**before.cameras, **part.cameras},
        offset_ms=part.offset_ms,
        rtt_ms=part.rtt_ms,
        uptime_s=part.uptime_s,
        version=part.version,
    )


class Uplinks:
    """Reads the texts of one connection. `at` is monotonic seconds, `now` is UTC."""

    def __init__(self, *, relay: RelayData, at: float) -> None:
        self._relay = relay
        self._allowance = float(BURST)
        self._counted_at = at
        self._health: wire.RelayHealth | None = None
        self._at: datetime | None = None
        self._told = True

    @property
    def talks(self) -> bool:
        """Whether this relay is new enough to be sent more than credits: it has reported."""
        return self._health is not None

    def read(self, text: str, *, now: datetime, at: float) -> str | None:
        """The answer to a message, if it wants one. Raises WireError for what is none, or one too many."""
        if not self._take(at):
            raise wire.WireError("too_many", "more messages than a relay has reason for")
        uplink = wire.parse_uplink(text)
        if uplink.kind is wire.UplinkKind.CLOCK:
            return wire.clock_answer(sent_us=uplink.sent_us, at_us=to_us(now))
        if uplink.health is not None:
            self._hear(uplink.health, now)
        return None

    def _take(self, at: float) -> bool:
        passed_s, self._counted_at = max(at - self._counted_at, 0.0), at
        self._allowance = min(self._allowance + passed_s * A_SECOND, BURST)
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _hear(self, part: wire.RelayHealth, now: datetime) -> None:
        """Of its own cameras only: a stolen key must not fill the row with invented ones."""
        health = merged(self._health, part)
        known = {camera: said for camera, said in health.cameras.items() if camera in self._relay.camera_ids}
        self._health = wire.RelayHealth(
            cameras=known,
            offset_ms=health.offset_ms,
            rtt_ms=health.rtt_ms,
            uptime_s=health.uptime_s,
            version=health.version,
        )
        self._at, self._told = now, False

    def take(self, *, pace_fps: float | None) -> ReportedHealth | None:
        """The report, when it is newer than the one taken before."""
        if self._told or self._health is None or self._at is None:
            return None
        self._told = True
        return ReportedHealth(health=self._health, at=self._at, pace_fps=pace_fps)

    def put_back(self) -> None:
        """The report that was taken could not be written."""
        self._told = self._health is None
