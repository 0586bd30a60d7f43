"""What a relay says of itself: how it is stored, and what of it people are told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from apps.relays.data import RelayReport, ReportedHealth
from apps.relays.edge.wire import CameraHealth, WireError, read_camera_health
from apps.relays.models import Relay

# A relay reports every five seconds, and gives a sign of life every two.
CURRENT_FOR = timedelta(seconds=15)
CONNECTED_FOR = timedelta(seconds=8)
# Its pictures are refused when they are 10 s off (sessions.CLOCK_TOLERANCE): people hear of it well before.
CLOCK_ALARM_MS = 2_000


def storable(report: ReportedHealth) -> dict[str, Any]:
    health = report.health
    return {
        "offset_ms": health.offset_ms,
        "rtt_ms": health.rtt_ms,
        "uptime_s": health.uptime_s,
        "version": health.version,
        "pace_fps": report.pace_fps,
        "cameras": {str(camera_id): camera.as_dict() for camera_id, camera in health.cameras.items()},
    }


def relay_reports(*, deployment_id: UUID, now: datetime) -> tuple[RelayReport, ...]:
    """Of each relay of a deployment that has a valid key, by the time of its enrolment. One query."""
    rows = Relay.objects.filter(deployment_id=deployment_id, revoked_at__isnull=True)
    return tuple(as_report(row, now=now) for row in rows)


def as_report(row: Relay, *, now: datetime) -> RelayReport:
    said: dict[str, Any] = row.report or {}
    current = row.reported_at is not None and now - row.reported_at <= CURRENT_FOR
    offset_ms = said.get("offset_ms")
    return RelayReport(
        relay_id=row.id,
        name=row.name,
        connected=row.last_seen_at is not None and now - row.last_seen_at <= CONNECTED_FOR,
        last_seen_at=row.last_seen_at,
        reported_at=row.reported_at,
        current=current,
        offset_ms=offset_ms,
        rtt_ms=said.get("rtt_ms"),
        uptime_s=said.get("uptime_s"),
        version=said.get("version", ""),
        pace_fps=said.get("pace_fps"),
        cameras=MappingProxyType(_cameras(said.get("cameras", {}))),
        refusals=MappingProxyType(dict(row.refusals)),
        alarm=clock_words(row.name, offset_ms) if current else "",
    )


def clock_words(name: str, offset_ms: int | None) -> str:
    """A sentence when a relay's clock is further off than is tolerated; empty otherwise."""
    if offset_ms is None or abs(offset_ms) <= CLOCK_ALARM_MS:
        return ""
    way = "behind" if offset_ms > 0 else "ahead"
    return (
        f"The clock of the relay {name} is {_span(abs(offset_ms))} {way}: have it set. "
        "From 10 s on its pictures are refused."
    )


def _span(ms: int) -> str:
    seconds = ms / 1000
    return f"{seconds:.1f} s" if seconds < 100 else f"{round(seconds / 60)} min"


def _cameras(stored: Mapping[str, Any]) -> dict[UUID, CameraHealth]:
    """A word that this version no longer knows is left out with its camera."""
    found = {}
    for camera_id, values in stored.items():
        try:
            found[UUID(camera_id)] = read_camera_health(values)
        except WireError:
            continue
    return found
