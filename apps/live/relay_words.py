"""What a relay says of its cameras, in words for people. Plain: what it said comes in as values."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from apps.live.data import AtRelay, RelayLine, ShardStatus
from apps.relays import api as relays
from apps.relays.data import RelayReport
from apps.relays.edge.wire import CameraHealth

# From here on people hear of it: a machine in order is within milliseconds.
CLOCK_ALARM = timedelta(seconds=2)

# Faster cameras than wanted are in order; the others say that something is short.
IN_ORDER = frozenset({"rate"})


def at_relay(said: CameraHealth) -> AtRelay:
    return AtRelay(
        state=said.state,
        fault=relays.fault_words(said.error),
        reopened=said.reopened,
        quality=said.quality,
        fps=said.fps,
        age_ms=said.age_ms,
        dropped=tuple((relays.drop_words(why), number) for why, number in said.dropped_by.items() if number),
        dropped_for_want=sum(number for why, number in said.dropped_by.items() if why not in IN_ORDER),
    )


def relay_line(report: RelayReport) -> RelayLine:
    return RelayLine(
        id=report.relay_id,
        name=report.name,
        connected=report.connected,
        current=report.current,
        offset_ms=report.offset_ms if report.current else None,
        rtt_ms=report.rtt_ms if report.current else None,
        pace_fps=report.pace_fps if report.current else None,
        version=report.version,
        alarm=report.alarm,
    )


def why_silent(at: AtRelay | None) -> str:
    """As the end of a sentence; empty where the relay does not say."""
    if at is None:
        return ""
    if at.fault:
        return f": {at.fault}"
    return ": its film is over" if at.state == "ended" else ""


def worker_clock_words(shards: Collection[ShardStatus]) -> str:
    """A sentence when the clock of a machine that recognises is wrong; empty otherwise."""
    offsets = [shard.clock_offset_ms for shard in shards if shard.released_at is None]
    worst = max((offset for offset in offsets if offset is not None), key=abs, default=0)
    if abs(worst) < CLOCK_ALARM // timedelta(milliseconds=1):
        return ""
    way = "ahead of" if worst > 0 else "behind"
    return (
        f"The clock of a machine that recognises is {_span(abs(worst))} {way} the database's. "
        "Recognition goes by the database's; have the machine's set."
    )


def _span(ms: int) -> str:
    seconds = ms / 1000
    return f"{seconds:.1f} s" if seconds < 100 else f"{round(seconds / 60)} min"
