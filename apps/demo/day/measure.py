"""What a day measured: counted by the platform, timed by the platform's own clocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from apps.alerts import api as alerts
from apps.alerts.data import AlertData
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import GapData
from apps.live import api as live
from apps.relays import api as relays
from apps.watchlists import api as watchlists


@dataclass(frozen=True, slots=True)
class Alerted:
    """One alert, with the reference of its candidate, for comparison with who walked."""

    alert: AlertData
    reference: str


@dataclass
class Measures:
    """Numbers of one day. Milliseconds are of alerts only; `cameras` has one row a camera."""

    cameras: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[Alerted] = field(default_factory=list)
    gaps: list[GapData] = field(default_factory=list)
    decisions: dict[str, int] = field(default_factory=dict)
    captured_to_alert_ms: list[float] = field(default_factory=list)
    captured_to_console_ms: list[float] = field(default_factory=list)

    def total(self, name: str) -> int:
        return sum(camera[name] for camera in self.cameras)


def percentile(values: Iterable[float], q: float) -> float | None:
    """The q-th percentile in the unit of `values`, or None when there are none."""
    known = list(values)
    return round(float(np.percentile(known, q)), 1) if known else None


def all_alerts(deployment_id: UUID) -> list[AlertData]:
    """Every alert of a deployment. Needs a force context."""
    found: dict[UUID, AlertData] = {}
    after, more = 0, True
    while more:
        news = alerts.news_since(deployment_id=deployment_id, after=after)
        found |= {alert.id: alert for alert in news.alerts}
        after, more = news.revision, news.more
    return sorted(found.values(), key=lambda alert: alert.number)


def measure(*, force_id: UUID, deployment_id: UUID, relay_stats: dict[str, Any]) -> Measures:
    """Collect before the purge, while the references of the candidates are still known."""
    with force_context(force_id):
        found = Measures(
            cameras=_cameras(deployment_id, relay_stats),
            gaps=list(deployments.gaps(deployment_id=deployment_id)),
        )
        for alert in all_alerts(deployment_id):
            reference = watchlists.subject_card(subject_id=alert.subject_id).reference
            found.alerts.append(Alerted(alert, reference))
            for decision in alerts.decisions_of(alert_id=alert.id):
                name = f"{decision.step}: {decision.value}"
                found.decisions[name] = found.decisions.get(name, 0) + 1
    for item in found.alerts:
        alert = item.alert
        found.captured_to_alert_ms.append((alert.raised_at - alert.captured_at).total_seconds() * 1000)
        if alert.first_shown_at is not None:
            shown_after = alert.first_shown_at - alert.captured_at
            found.captured_to_console_ms.append(shown_after.total_seconds() * 1000)
    return found


def _cameras(deployment_id: UUID, relay_stats: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a camera: what the relay sent, what arrived, what recognition did with it."""
    ingest = {str(row.camera_id): row for row in relays.tallies(deployment_id=deployment_id)}
    done = {str(row.camera_id): row for row in live.tallies(deployment_id=deployment_id)}
    names = {
        str(camera.id): camera.name
        for camera in deployments.get(deployment_id=deployment_id).authority.cameras
    }
    rows = []
    for camera_id, name in names.items():
        sent = relay_stats.get(camera_id, {})
        arrived, processed = ingest.get(camera_id), done.get(camera_id)
        frames = processed.frames if processed else 0
        rows.append(
            {
                "camera": name,
                "frames_read": sent.get("read", 0),
                "frames_sent": sent.get("sent", 0),
                "frames_dropped_by_relay": sent.get("dropped", 0),
                "frames_received": arrived.received if arrived else 0,
                "frames_refused": arrived.refused if arrived else 0,
                "frames_dropped_on_bus": arrived.dropped if arrived else 0,
                "frames_processed": frames,
                "faces": processed.faces if processed else 0,
                "tracks": processed.tracks if processed else 0,
                "searches": processed.searches if processed else 0,
                "ms_a_frame": round(processed.processing_us / frames / 1000, 1)
                if processed and frames
                else None,
            }
        )
    return rows


def as_json(measures: Measures) -> dict[str, Any]:
    """Without anything about a person: numbers, states and invented references."""
    return {
        "cameras": measures.cameras,
        "alerts": [
            {
                "number": item.alert.number,
                "reference": item.reference,
                "state": item.alert.state.value,
                "cosine_similarity": round(item.alert.cosine_similarity, 3),
                "captured_at": item.alert.captured_at.isoformat(),
            }
            for item in measures.alerts
        ],
        "decisions": measures.decisions,
        "captured_to_alert_ms": _spread(measures.captured_to_alert_ms),
        "captured_to_console_ms": _spread(measures.captured_to_console_ms),
        "gaps": [
            {
                "reason": gap.reason,
                "seconds": round((gap.ended_at - gap.started_at).total_seconds(), 1),
                "camera": str(gap.camera_id) if gap.camera_id else "all",
            }
            for gap in measures.gaps
        ],
    }


def _spread(values: list[float]) -> dict[str, float | int | None]:
    return {"n": len(values), "p50": percentile(values, 50), "p95": percentile(values, 95)}
