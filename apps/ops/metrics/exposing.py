"""The numbers as Prometheus reads them (text exposition 0.0.4).

What counts up from the beginning of a force is a counter: its rows stay when a deployment ends, so that it
never falls. All else is a gauge. Nothing has a label but the force, which is its slug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from apps.ops.health import Health
from apps.ops.metrics.data import ForceNumbers, Numbers

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class OfPlatform(NamedTuple):
    """`of` gives None where nobody can say: the metric then has no sample."""

    name: str
    help: str
    of: Callable[[Numbers], float | None]


class OfForce(NamedTuple):
    name: str
    help: str
    of: Callable[[ForceNumbers], float]


def _of_sweep(value: Callable[[Health], float | None]) -> Callable[[Numbers], float | None]:
    """What the last sweep left; without one a 0 would say that all is well."""
    return lambda numbers: None if numbers.health.beat_age_s is None else value(numbers.health)


PLATFORM = (
    OfPlatform("lfr_healthy", "1 when /health/ says ok.", lambda n: n.health.ok),
    OfPlatform("lfr_database_up", "1 when PostgreSQL answers.", lambda n: n.health.database),
    OfPlatform("lfr_valkey_up", "1 when Valkey answers.", lambda n: n.health.valkey),
    OfPlatform(
        "lfr_key_store_up",
        "1 when the key store is there and its master key is that of the keys.",
        lambda n: n.key_store,
    ),
    OfPlatform(
        "lfr_beat_age_seconds",
        "Time since the last sweep that went through; no sample when there was none for a day.",
        lambda n: n.health.beat_age_s,
    ),
    OfPlatform(
        "lfr_sweep_failed_steps",
        "Steps of the last sweep that failed, in all forces together.",
        _of_sweep(lambda health: health.failed_steps),
    ),
    OfPlatform(
        "lfr_purges_overdue",
        "Data classes past their deletion deadline at the last sweep, in all forces together.",
        _of_sweep(lambda health: health.overdue),
    ),
    OfPlatform(
        "lfr_purges_would_fail",
        "Purges of the next hours that failed when they were last rehearsed, in all forces together.",
        lambda n: None if n.health.rehearsal_age_s is None else n.health.failing_purges,
    ),
    OfPlatform(
        "lfr_purge_rehearsal_age_seconds",
        "Time since purges were last rehearsed; no sample when they were not for a day.",
        lambda n: n.health.rehearsal_age_s,
    ),
    OfPlatform(
        "lfr_purge_rehearsal_late",
        "1 when purges were not rehearsed for an hour in which the sweep ran.",
        lambda n: n.health.rehearsal_late,
    ),
    OfPlatform(
        "lfr_breaches_overdue",
        "Breaches past 72 hours about which nobody recorded a decision, at the last sweep.",
        _of_sweep(lambda health: health.overdue_breaches),
    ),
    OfPlatform(
        "lfr_forces_unread",
        "Forces whose numbers could not be read for this answer.",
        lambda n: n.unread,
    ),
)

FORCE_GAUGES = (
    OfForce("lfr_deployments_live", "Deployments in state live.", lambda n: n.standing.live),
    OfForce("lfr_deployments_suspended", "Deployments in state suspended.", lambda n: n.standing.suspended),
    OfForce("lfr_shards_owed", "Shards that recognition is owed for now.", lambda n: n.standing.shards_owed),
    OfForce("lfr_shards_held", "Owed shards that a worker holds.", lambda n: n.standing.shards_held),
    OfForce(
        "lfr_shards_without_worker",
        "Owed shards that no worker holds.",
        lambda n: n.standing.shards_without_worker,
    ),
    OfForce(
        "lfr_shards_blind",
        "Held shards whose worker does not recognise: it starts, or something keeps it.",
        lambda n: n.standing.shards_blind,
    ),
    OfForce("lfr_cameras_authorised", "Cameras recognition is owed for now.", lambda n: n.standing.cameras),
    OfForce(
        "lfr_cameras_stopped",
        "Of these, cameras that fell silent for 30 seconds and wait for somebody on duty.",
        lambda n: n.standing.cameras_stopped,
    ),
    OfForce(
        "lfr_cameras_silent",
        "Of these, cameras not stopped that send nothing to the worker looking at them.",
        lambda n: n.standing.cameras_silent,
    ),
    OfForce("lfr_alerts_open", "Alerts somebody still has to act on.", lambda n: n.alerts.open),
    OfForce("lfr_alerts_undecided", "Alerts that wait for a decision.", lambda n: n.alerts.undecided),
    OfForce(
        "lfr_alert_undecided_oldest_age_seconds",
        "Time since the oldest undecided alert was raised; 0 when there is none.",
        lambda n: n.undecided_age_s,
    ),
    OfForce(
        "lfr_alert_past_expiry_seconds",
        "Time for which an undecided alert should have expired; 0 when there is none.",
        lambda n: n.past_expiry_s,
    ),
    OfForce(
        "lfr_audit_events_unchained",
        "Recorded audit events that the chainer has not linked yet.",
        lambda n: n.unchained.count,
    ),
    OfForce(
        "lfr_audit_unchained_oldest_age_seconds",
        "Time since the oldest of them was recorded; 0 when there is none.",
        lambda n: n.unchained_age_s,
    ),
)

FORCE_COUNTERS = (
    OfForce("lfr_frames_received_total", "Frames put on the frame bus.", lambda n: n.arrived.received),
    OfForce(
        "lfr_frames_refused_total",
        "Frames refused where they arrived.",
        lambda n: n.arrived.refused,
    ),
    OfForce(
        "lfr_frames_dropped_total",
        "Frames on the bus that were never looked at, mostly overtaken by newer ones.",
        lambda n: n.arrived.dropped,
    ),
    OfForce(
        "lfr_frames_recognised_total", "Frames looked at by recognition.", lambda n: n.recognised["frames"]
    ),
    OfForce(
        "lfr_frames_undecodable_total",
        "Frames that recognition could not decode.",
        lambda n: n.recognised["undecodable"],
    ),
    OfForce("lfr_faces_total", "Faces found in frames, one in each frame.", lambda n: n.recognised["faces"]),
    OfForce("lfr_tracks_total", "Tracks of people who passed a camera.", lambda n: n.recognised["tracks"]),
    OfForce("lfr_searches_total", "Searches in lists.", lambda n: n.recognised["searches"]),
    OfForce("lfr_alerts_raised_total", "Alerts raised by recognition.", lambda n: n.recognised["alerts"]),
    OfForce(
        "lfr_recognition_seconds_total",
        "Time spent recognising, summed over frames.",
        lambda n: n.recognised["processing_us"] / 1e6,
    ),
)


def names() -> frozenset[str]:
    """Every metric there is, whether it has a sample or not."""
    return frozenset(metric.name for metric in (*PLATFORM, *FORCE_GAUGES, *FORCE_COUNTERS))


class _Answer(Collector):
    """One answer: the registry belongs to it alone, so that no process keeps a number."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        for metric in PLATFORM:
            found = GaugeMetricFamily(metric.name, metric.help)
            value = metric.of(self.numbers)
            if value is not None:
                found.add_metric([], float(value))
            yield found
        for family, metrics in ((GaugeMetricFamily, FORCE_GAUGES), (CounterMetricFamily, FORCE_COUNTERS)):
            for of_force in metrics:
                of_all = family(of_force.name, of_force.help, labels=["force"])
                for force in self.numbers.forces:
                    of_all.add_metric([force.slug], float(of_force.of(force)))
                yield of_all


def as_text(numbers: Numbers) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Answer(numbers))
    return generate_latest(registry)
