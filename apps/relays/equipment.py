"""What the engineer's page shows: cameras, relays and the age of the last frame; nobody's name or face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.deployments import api as deployments
from apps.deployments.data import CameraData, DeploymentData, DeploymentState
from apps.relays.data import CameraIngest, CodeData, RelayData, RelayReport
from apps.relays.enrolment import open_codes
from apps.relays.models import IngestTally, Relay
from apps.relays.policies import OVER
from apps.relays.queries import as_data, as_ingest
from apps.relays.reports import as_report
from apps.relays.wording import camera_words, clock_and_link

# Beyond this a camera that should send is called silent, as console and board do (apps/live/health.py).
SILENT_AFTER_S = 5
SHOWN = 50
OPEN = frozenset(DeploymentState) - OVER - {DeploymentState.DRAFT, DeploymentState.RETURNED}


@dataclass(frozen=True)
class CameraLine:
    """One camera of one deployment. `state` is one of "seeing", "silent", "waiting" and "no-relay"."""

    name: str
    relay: str
    state: str
    words: str
    ingest: CameraIngest | None

    @property
    def refused_because(self) -> tuple[str, ...]:
        found = self.ingest.refusals.items() if self.ingest else ()
        return tuple(f"{number} {reason}" for reason, number in sorted(found))


@dataclass(frozen=True)
class RelayLine:
    """A relay and what it said in its last report, which may be old: `cameras` are (name, words)."""

    relay: RelayData
    report: RelayReport
    clock: str
    cameras: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DeploymentEquipment:
    deployment: DeploymentData
    relays: tuple[RelayLine, ...]
    cameras: tuple[CameraLine, ...]
    codes: tuple[CodeData, ...]


@dataclass(frozen=True)
class EquipmentPage:
    """`cameras` is the force's register; `in_use` are the deployments that are not over, live first."""

    cameras: tuple[CameraData, ...]
    in_use: tuple[DeploymentEquipment, ...]


def equipment(*, now: datetime) -> EquipmentPage:
    """Five queries, however many deployments, relays and cameras there are."""
    found = deployments.list_page(states=OPEN, limit=SHOWN, soonest_first=True).items
    ordered = sorted(found, key=lambda d: (d.state is not DeploymentState.LIVE, d.authority.window_start))
    ids = [deployment.id for deployment in ordered]
    relays: dict[UUID, list[Relay]] = defaultdict(list)
    for row in Relay.objects.filter(deployment_id__in=ids):
        relays[row.deployment_id].append(row)
    codes: dict[UUID, list[CodeData]] = defaultdict(list)
    for code in open_codes(deployment_ids=ids, now=now):
        codes[code.deployment_id].append(code)
    tallies: dict[UUID, dict[UUID, CameraIngest]] = defaultdict(dict)
    for tally in IngestTally.objects.filter(deployment_id__in=ids):
        tallies[tally.deployment_id][tally.camera_id] = as_ingest(tally)
    return EquipmentPage(
        cameras=tuple(deployments.list_cameras()),
        in_use=tuple(_in_use(d, relays[d.id], tallies[d.id], codes[d.id], now) for d in ordered),
    )


def _in_use(
    deployment: DeploymentData,
    rows: Iterable[Relay],
    tallies: Mapping[UUID, CameraIngest],
    codes: Iterable[CodeData],
    now: datetime,
) -> DeploymentEquipment:
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    relays = tuple(_relay(row, names, now) for row in rows)
    valid = [line.relay for line in relays if line.relay.revoked_at is None]
    carried = {camera_id: relay.name for relay in valid for camera_id in relay.camera_ids}
    live = deployment.state is DeploymentState.LIVE
    lines = []
    for camera in deployment.authority.cameras:
        ingest = tallies.get(camera.id)
        state, words = _state(carried.get(camera.id), ingest, live=live, now=now)
        lines.append(CameraLine(camera.name, carried.get(camera.id, ""), state, words, ingest))
    return DeploymentEquipment(deployment, relays, tuple(lines), tuple(codes))


def _relay(row: Relay, names: Mapping[UUID, str], now: datetime) -> RelayLine:
    report = as_report(row, now=now)
    cameras = tuple(
        (names[camera_id], camera_words(said))
        for camera_id, said in sorted(report.cameras.items(), key=lambda item: names.get(item[0], ""))
        if camera_id in names
    )
    return RelayLine(as_data(row), report, clock_and_link(report), cameras)


def _state(relay: str | None, ingest: CameraIngest | None, *, live: bool, now: datetime) -> tuple[str, str]:
    if relay is None:
        return "no-relay", "No relay carries it"
    if ingest is None or ingest.last_received_at is None:
        return ("silent", "Nothing received yet") if live else ("waiting", "Waits for the start")
    age_s = max(0, int((now - ingest.last_received_at).total_seconds()))
    if live and age_s <= SILENT_AFTER_S:
        return "seeing", f"Last frame {age_s} s ago"
    if live:
        return "silent", f"Nothing for {age_s} s"
    return "waiting", "Not live: frames are refused"
