"""Whether cameras see and recognition runs, in words that an officer can act on (domain.md §2: a lost link is
told to everyone). `judge` is plain: what it looks at comes in as values, the database is read in `health`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.wording import say_clock, say_list
from apps.deployments import api as deployments
from apps.deployments.data import CameraRef, DeploymentState, NotLive
from apps.live import capacity
from apps.live.cameras import HEARD_WITHIN
from apps.live.data import (
    AtRelay,
    CameraHealth,
    CameraState,
    CameraTallyData,
    GapReason,
    LiveHealth,
    RecognitionHealth,
    RecognitionState,
    ShardRef,
    ShardStatus,
)
from apps.live.lastword import why_lost
from apps.live.pulse import late_words
from apps.live.queries import shard_count, shard_scope, shards, tallies
from apps.live.relay_words import at_relay, relay_line, why_silent, worker_clock_words
from apps.relays import api as relays
from apps.relays.data import CameraIngest, RelayData, RelayReport

# Frames are counted twice a second where they are recognised, every two seconds where they arrive.
SILENT_AFTER = timedelta(seconds=5)
# A connected relay gives a sign of life every two seconds, also when its cameras send nothing.
RELAY_LOST_AFTER = timedelta(seconds=8)
# Before its first frame is looked at, a worker loads the model.
STARTING_FOR = timedelta(seconds=20)


NOT_LIVE = {
    DeploymentState.SUSPENDED: "this deployment is suspended",
    DeploymentState.ENDED: "this deployment has ended",
    DeploymentState.REVIEWED: "this deployment has ended",
    DeploymentState.RESULTS_PUBLISHED: "this deployment has ended",
    DeploymentState.REVOKED: "the authority was revoked",
}


@dataclass(frozen=True)
class Facts:
    """What was read. `off` says in words why recognition is not owed at all; None while it is owed."""

    cameras: Sequence[CameraRef]
    off: str | None
    # Those that fell silent and wait for somebody on duty: since when.
    stopped: Mapping[UUID, datetime] = field(default_factory=dict)
    relays: Collection[RelayData] = ()
    arrived: Mapping[UUID, CameraIngest] = field(default_factory=dict)
    looked_at: Mapping[UUID, CameraTallyData] = field(default_factory=dict)
    shards: Mapping[int, ShardStatus] = field(default_factory=dict)
    # By relay: what it said of itself.
    reports: Mapping[UUID, RelayReport] = field(default_factory=dict)


def health(*, deployment_id: UUID, now: datetime) -> LiveHealth:
    """A fixed number of queries, however many cameras there are. Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    facts = Facts(
        cameras=sorted(deployment.authority.cameras, key=lambda camera: camera.name),
        off=_why_off(deployment_id, deployment.state, now),
        stopped={
            stop.camera_id: stop.stopped_at
            for stop in deployments.camera_stops(deployment_id=deployment_id)
            if stop.released_at is None
        },
        relays=relays.list_relays(deployment_id=deployment_id),
        arrived={row.camera_id: row for row in relays.tallies(deployment_id=deployment_id)},
        looked_at={row.camera_id: row for row in tallies(deployment_id=deployment_id)},
        shards=_shards(deployment.force_id, deployment_id, now),
        reports={row.relay_id: row for row in relays.relay_reports(deployment_id=deployment_id, now=now)},
    )
    cameras, recognition = judge(facts, now=now)
    return LiveHealth(
        deployment_id=deployment_id,
        reference=deployment.reference,
        deployment_state=deployment.state.value,
        at=now,
        cameras=cameras,
        recognition=recognition,
        relays=tuple(relay_line(report) for report in facts.reports.values()),
        tracks=sum(row.tracks for row in facts.looked_at.values()),
        worker_clock="" if facts.off else worker_clock_words(facts.shards.values()),
        unattended=late_words() if deployment.state is DeploymentState.LIVE else "",
    )


def _shards(force_id: UUID, deployment_id: UUID, now: datetime) -> dict[int, ShardStatus]:
    """By number; of a lapsed one with what its last holder said of it."""
    found = {row.shard: row for row in shards(deployment_id=deployment_id)}
    for number, row in found.items():
        if row.blind_since is None and row.expires_at <= now:
            ref = ShardRef(force_id=force_id, deployment_id=deployment_id, shard=number)
            why: str = why_lost(ref=ref, token=row.token, heartbeat_at=row.heartbeat_at)
            if capacity.all_full():
                why = f"{why}, and {GapReason.NO_ROOM}"
            found[number] = replace(row, reason=why)
    return found


def camera_health(*, deployment_id: UUID, now: datetime) -> tuple[CameraHealth, ...]:
    """Every camera of the authority, by name. Raises NotFound."""
    return health(deployment_id=deployment_id, now=now).cameras


def recognition_health(*, deployment_id: UUID, now: datetime) -> RecognitionHealth:
    """Raises NotFound."""
    return health(deployment_id=deployment_id, now=now).recognition


def _why_off(deployment_id: UUID, state: DeploymentState, now: datetime) -> str | None:
    if state is not DeploymentState.LIVE:
        return f"Recognition is off: {NOT_LIVE.get(state, 'this deployment is not live')}."
    try:
        deployments.live_authority(deployment_id=deployment_id, now=now)
    except NotLive as refused:
        return f"Recognition is off: {refused.reason}."
    return None


def judge(facts: Facts, *, now: datetime) -> tuple[tuple[CameraHealth, ...], RecognitionHealth]:
    blind = _blind_shards(facts, now)
    of_shard = {
        camera: shard
        for shard in range(shard_count(camera_ids=_ids(facts)))
        for camera in shard_scope(camera_ids=_ids(facts), shard=shard).cameras
    }
    seen = tuple(_camera(camera, facts, blind.get(of_shard[camera.id]), now) for camera in facts.cameras)
    return seen, _recognition(facts, blind, of_shard, now)


def _ids(facts: Facts) -> list[UUID]:
    return [camera.id for camera in facts.cameras]


@dataclass(frozen=True)
class _Blind:
    """Recognition is owed for a shard and does not happen. `since` None: there is no record of it yet."""

    reason: str
    since: datetime | None


def _blind_shards(facts: Facts, now: datetime) -> dict[int, _Blind]:
    found: dict[int, _Blind] = {}
    for number in range(shard_count(camera_ids=_ids(facts))):
        status = facts.shards.get(number)
        if status is None or status.released_at is not None:
            found[number] = _Blind(GapReason.STARTING, None)
        elif status.blind_since is not None:
            found[number] = _Blind(status.reason, status.blind_since)
        elif status.expires_at <= now:
            # Nobody has noticed yet: the dispatcher looks every three seconds.
            found[number] = _Blind(status.reason or GapReason.WORKER_LOST, status.heartbeat_at)
    return found


def _recognition(
    facts: Facts, blind: Mapping[int, _Blind], of_shard: Mapping[UUID, int], now: datetime
) -> RecognitionHealth:
    if facts.off is not None:
        return RecognitionHealth(RecognitionState.OFF, facts.off)
    stopped = [camera for camera in facts.cameras if camera.id in facts.stopped]
    if stopped and len(stopped) == len(facts.cameras):
        words = "Recognition is not running: every camera fell silent and is stopped."
        return RecognitionHealth(RecognitionState.NOT_RUNNING, words)
    if not blind and not stopped:
        return RecognitionHealth(RecognitionState.RUNNING, "Recognition is running.")
    without = {camera.id for camera in stopped}
    without |= {camera for camera, shard in of_shard.items() if shard in blind}
    why = _why_not(blind, stopped, now)
    if len(without) < len(of_shard):
        words = f"Recognition is not running for {len(without)} of {len(of_shard)} cameras: {why}."
        return RecognitionHealth(RecognitionState.PARTLY, words)
    if all(_starting(gap, now) for gap in blind.values()):
        return RecognitionHealth(RecognitionState.STARTING, f"Recognition is not running yet: {why}.")
    return RecognitionHealth(RecognitionState.NOT_RUNNING, f"Recognition is not running: {why}.")


def _why_not(blind: Mapping[int, _Blind], stopped: Sequence[CameraRef], now: datetime) -> str:
    reasons = [_why_blind(min(blind.values(), key=lambda gap: gap.since or now), now)] if blind else []
    if stopped:
        names = say_list([camera.name for camera in stopped])
        reasons.append(f"{names} fell silent and {'is' if len(stopped) == 1 else 'are'} stopped")
    return "; ".join(reasons)


def _starting(gap: _Blind, now: datetime) -> bool:
    return gap.reason == GapReason.STARTING and (gap.since is None or now - gap.since < STARTING_FOR)


def _why_blind(gap: _Blind, now: datetime) -> str:
    if _starting(gap, now):
        return "it is starting"
    reason = "it has not started" if gap.reason == GapReason.STARTING else gap.reason
    return reason if gap.since is None else f"{reason}, for {_seconds(now - gap.since)}"


def _camera(camera: CameraRef, facts: Facts, blind: _Blind | None, now: datetime) -> CameraHealth:
    arrived, looked_at = facts.arrived.get(camera.id), facts.looked_at.get(camera.id)
    last = max(
        (
            at
            for at in (
                arrived and arrived.last_received_at,
                arrived and arrived.heard_at,
                looked_at and looked_at.last_frame_at,
            )
            if at
        ),
        default=None,
    )
    relay = _relay_of(camera, facts.relays)
    connected = _connected(relay, now)
    said = _said(camera, relay, facts.reports)
    age = None if last is None else max(now - last, timedelta())
    if camera.id in facts.stopped and facts.off is None:
        state, words = CameraState.STOPPED, _stopped_words(camera.name, facts.stopped[camera.id], age)
    else:
        state, words = _camera_words(camera.name, facts.off, relay, connected, age, blind, said, now)
    return CameraHealth(
        camera_id=camera.id,
        name=camera.name,
        relay_name=relay.name if relay else None,
        relay_connected=connected,
        last_frame_age_s=None if age is None else round(age.total_seconds(), 1),
        state=state,
        words=words,
        received=arrived.received if arrived else 0,
        dropped=arrived.dropped if arrived else 0,
        refused=arrived.refused if arrived else 0,
        refusals=arrived.refusals if arrived else {},
        at_relay=said,
    )


def _camera_words(
    name: str,
    off: str | None,
    relay: RelayData | None,
    connected: bool,
    age: timedelta | None,
    blind: _Blind | None,
    said: AtRelay | None,
    now: datetime,
) -> tuple[CameraState, str]:
    """The first thing to put right, from the camera to the worker: what comes later needs it."""
    if off is not None:
        return CameraState.IDLE, f"{name} is not looked at. {off}"
    silent = age is None or age > SILENT_AFTER
    if relay is None:
        return CameraState.NO_RELAY, f"{name} has no relay: nothing can reach recognition from it."
    if silent and not connected:
        heard = relay.last_seen_at
        since = "it has not connected yet" if heard is None else f"last heard {_seconds(now - heard)} ago"
        return CameraState.NO_RELAY, f"The relay {relay.name} of {name} is not connected: {since}."
    if age is None:
        return CameraState.SILENT, f"{name} has sent nothing yet{why_silent(said)}."
    if silent:
        return CameraState.SILENT, f"{name} has sent nothing for {_seconds(age)}{why_silent(said)}."
    if blind is not None:
        return (
            CameraState.BLIND,
            f"{name} sends pictures that nothing looks at: {_why_blind(blind, now)}.",
        )
    return CameraState.SEEING, f"{name} is seeing."


def _stopped_words(name: str, since: datetime, age: timedelta | None) -> str:
    """Nobody has looked through it since it fell silent, so nothing of it is searched."""
    words = f"{name} fell silent and is stopped since {say_clock(since)}: nothing of it is searched."
    if age is None or age > HEARD_WITHIN:
        return f"{words} It is still silent."
    return f"{words} It sends pictures again: somebody on duty has to say that it may be looked at."


def _relay_of(camera: CameraRef, known: Collection[RelayData]) -> RelayData | None:
    """The relay that carries a camera: of several, the one heard last."""
    carrying = [relay for relay in known if camera.id in relay.camera_ids and relay.revoked_at is None]
    return max(carrying, key=lambda relay: relay.last_seen_at or relay.enrolled_at, default=None)


def _said(camera: CameraRef, relay: RelayData | None, reports: Mapping[UUID, RelayReport]) -> AtRelay | None:
    report = reports.get(relay.id) if relay else None
    if report is None or not report.current or camera.id not in report.cameras:
        return None
    return at_relay(report.cameras[camera.id])


def _connected(relay: RelayData | None, now: datetime) -> bool:
    heard = relay.last_seen_at if relay else None
    return heard is not None and now - heard <= RELAY_LOST_AFTER


def _seconds(span: timedelta) -> str:
    """Seconds up to two minutes: on a console they count; then minutes, then hours."""
    seconds = max(int(span.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h"


def problems(found: LiveHealth) -> list[tuple[str, str]]:
    """(key, sentence) of each thing that is wrong, the widest first. A key stays while the problem does, so
    a page can tell a new problem from one whose seconds went on. Cameras that are blind because recognition
    stands still are said once, not camera by camera."""
    listed = []
    if found.recognition.degraded:
        listed.append((f"recognition-{found.recognition.state}", found.recognition.words))
    listed += [
        (f"camera-{camera.camera_id}-{camera.state}", camera.words)
        for camera in found.cameras
        if camera.degraded and not (camera.state is CameraState.BLIND and found.recognition.degraded)
    ]
    listed += [(f"relay-clock-{relay.id}", relay.alarm) for relay in found.relays if relay.alarm]
    if found.worker_clock:
        listed.append(("worker-clock", found.worker_clock))
    if found.unattended:
        listed.append(("unattended", found.unattended))
    return listed


def summary(found: LiveHealth) -> str:
    """One line for the strip, for instance "Recognition running · 2 of 2 cameras seeing"."""
    seeing = sum(camera.state is CameraState.SEEING for camera in found.cameras)
    silent = [camera.name for camera in found.cameras if camera.degraded]
    words = {
        RecognitionState.RUNNING: "Recognition running",
        RecognitionState.PARTLY: "Recognition partly running",
        RecognitionState.STARTING: "Recognition starting",
        RecognitionState.NOT_RUNNING: "Recognition not running",
        RecognitionState.OFF: "Recognition off",
    }[found.recognition.state]
    if found.recognition.state is RecognitionState.OFF:
        return words
    cameras = f"{seeing} of {len(found.cameras)} cameras seeing"
    return f"{words} · {cameras}" + (f" (not {say_list(silent)})" if silent else "")
