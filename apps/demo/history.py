"""A past deployment, from the draft to the certificates and the review, at the times at which it happened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.demo.encounters import Scene, meet
from apps.demo.player import Player
from apps.demo.story import Blind, Ending, Past, Pause, london_day, on_day, working_day
from apps.deployments import api as deployments
from apps.deployments.data import Authority, DeploymentData
from apps.live import api as live
from apps.live.data import (
    Blindness,
    CameraCounts,
    ClosedGap,
    GapReason,
    Lease,
    ShardRef,
    ShardReport,
    ShardScope,
)
from apps.relays import api as relays
from apps.relays.data import IngestCounts, RelayData, TallyDelta
from apps.retention import api as retention

DAY, HOUR, MINUTE, SECOND = (
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)
DRAFTED, SUBMITTED, DECIDED = 19 * DAY, 17 * DAY, 14 * DAY
IMPORTED, CHECKED = 5 * HOUR, 75 * MINUTE
EARLY = 6 * MINUTE  # a commander does not wait for the last second of the window
FRAMES_A_SECOND = 5
FACES_A_TRACK, SEARCHES_A_TRACK = 21, 1.1
US_A_FRAME = 38_000


def play(player: Player, past: Past, *, now: datetime) -> UUID:
    """Play one past deployment as it was; returns its id. `now` is today, from which the days are counted."""
    start = on_day(working_day(london_day(now, -past.days_ago), step=-1), past.start)
    window = (start, start + timedelta(hours=past.hours))
    deployment_id = _plan(player, past, window)
    later: dict[Ending, Callable[[], None]] = {
        Ending.REFUSED: lambda: player.step(
            deployments.refuse, deployment_id, "authoriser", start - DECIDED, reasons=past.why
        ),
        Ending.CANCELLED: lambda: _cancel(player, past, deployment_id, start),
        Ending.UNSTARTED: lambda: _never_started(player, deployment_id, window),
        Ending.REVOKED: lambda: _run(player, past, deployment_id, window),
        Ending.REVIEWED: lambda: _run(player, past, deployment_id, window),
    }
    later[past.ending]()
    audit.chain_force(force_id=player.force.id, now=utc_now())
    return deployment_id


def _plan(player: Player, past: Past, window: tuple[datetime, datetime]) -> UUID:
    """Drafted, submitted, and returned once where the officer wanted more."""
    start = window[0]
    authority = player.plan(past.place, window, start - DRAFTED, purpose=past.purpose)
    deployment_id = player.draft(authority, start - DRAFTED)
    player.submit(deployment_id, start - SUBMITTED)
    if past.returned:
        back = start - SUBMITTED + 20 * HOUR
        player.step(deployments.return_, deployment_id, "authoriser", back, reasons=past.returned)
        better = authority.canonical()
        better["collateral_intrusion"] += " The way around the zone is on the plan and on every sign."
        again = back + 4 * HOUR
        player.step(
            deployments.amend,
            deployment_id,
            "planner",
            again,
            authority=Authority.from_canonical(better),
            reason="Answers what the authorising officer asked for.",
        )
        player.submit(deployment_id, again + 10 * MINUTE)
    return deployment_id


def _approve(player: Player, past: Past, deployment_id: UUID, start: datetime) -> None:
    player.approve(deployment_id, start - DECIDED)
    if past.narrowed:
        fewer = player.get(deployment_id).authority.canonical()
        wanted = past.place.cameras[0]
        fewer["cameras"] = [camera for camera in fewer["cameras"] if camera["name"] == wanted]
        player.step(
            deployments.amend,
            deployment_id,
            "planner",
            start - 7 * DAY,
            authority=Authority.from_canonical(fewer),
            reason=past.narrowed,
        )


def _cancel(player: Player, past: Past, deployment_id: UUID, start: datetime) -> None:
    _approve(player, past, deployment_id, start)
    player.step(deployments.cancel, deployment_id, "planner", start - 3 * DAY, reason=past.why)


def _never_started(player: Player, deployment_id: UUID, window: tuple[datetime, datetime]) -> None:
    """Everything was prepared, but nobody was there to start it."""
    start, end = window
    player.approve(deployment_id, start - DECIDED)
    player.put_list(deployment_id, start - IMPORTED)
    player.seal_and_accept(deployment_id, start - IMPORTED + 20 * MINUTE, start - IMPORTED + HOUR)
    player.call(deployments.expire_overdue, now=end + MINUTE)
    _purge(player, end + DAY + 5 * MINUTE)


def _run(player: Player, past: Past, deployment_id: UUID, window: tuple[datetime, datetime]) -> None:
    """The day itself, the purge 24 hours later, and the review."""
    start, end = window
    _approve(player, past, deployment_id, start)
    ended = run_day(player, past, deployment_id, window)
    _purge(player, ended + DAY + 5 * MINUTE)
    if past.ending is Ending.REVIEWED:
        player.step(deployments.review, deployment_id, "commander", end + 2 * DAY, findings=past.why)


def run_day(player: Player, past: Past, deployment_id: UUID, window: tuple[datetime, datetime]) -> datetime:
    """From the import to the end. Returns when it ended."""
    start, end = window
    player.put_list(deployment_id, start - IMPORTED)
    player.seal_and_accept(deployment_id, start - IMPORTED + 20 * MINUTE, start - IMPORTED + HOUR)
    relay = _enrol_relay(player, deployment_id, start - 2 * HOUR)
    player.check(deployment_id, start - CHECKED, 4 * MINUTE)
    player.start(deployment_id, start - 12 * MINUTE, start + MINUTE)
    lease = _recognise(player, deployment_id, start + MINUTE + 2 * SECOND)
    for _, happen in sorted(_happenings(player, past, deployment_id, start), key=lambda pair: pair[0]):
        happen()
    if past.ending is Ending.REVOKED:
        ended = start + timedelta(minutes=past.seen[-1].minute) + 25 * MINUTE
        player.step(deployments.revoke, deployment_id, "authoriser", ended, reasons=past.why)
    else:
        ended = end - EARLY
        player.step(deployments.end, deployment_id, "commander", ended, reason="The rehearsal is over.")
    _count(player, past, deployment_id, lease, relay, ended)
    return ended


def _enrol_relay(player: Player, deployment_id: UUID, now: datetime) -> RelayData:
    cameras = player.get(deployment_id).authority.cameras
    relay, _ = player.step(
        relays.enrol_relay,
        deployment_id,
        "engineer",
        now,
        name="Van 2",
        camera_ids=[camera.id for camera in cameras],
    )
    enrolled: RelayData = relay
    return enrolled


def _recognise(player: Player, deployment_id: UUID, now: datetime) -> Lease:
    """A worker takes the cameras; the seconds until it sees are a gap like any other."""
    scope = _scope(player.get(deployment_id))
    ref = ShardRef(force_id=player.force.id, deployment_id=deployment_id, shard=0)
    lease = live.acquire(ref=ref, scope=scope, holder="recognition worker", now=now)
    if lease is None:
        raise RuntimeError("somebody else recognises for a deployment of the past")
    starting = ClosedGap(Blindness(since=now, reason=GapReason.STARTING), until=now + 2 * SECOND)
    live.renew(lease=lease, report=ShardReport(scope=scope, closed=(starting,)), now=now + 2 * SECOND)
    return lease


def _scope(deployment: DeploymentData) -> ShardScope:
    return live.shard_scope(camera_ids=[camera.id for camera in deployment.authority.cameras], shard=0)


def _happenings(
    player: Player, past: Past, deployment_id: UUID, start: datetime
) -> list[tuple[float, Callable[[], None]]]:
    """What happens while it is live, each with its minute."""
    found: list[tuple[float, Callable[[], None]]] = []
    scene = Scene.of(player, deployment_id)
    for seen in past.seen:
        found.append((seen.minute, partial(meet, scene, seen, start + seen.minute * MINUTE)))
    for blind in past.blind:
        at = start + blind.minute * MINUTE
        found.append((blind.minute, partial(_go_blind, player, past, deployment_id, blind, at)))
    if past.pause is not None:
        at = start + past.pause.minute * MINUTE
        found.append((past.pause.minute, partial(_pause_and_resume, player, past.pause, deployment_id, at)))
    return found


def _pause_and_resume(player: Player, pause: Pause, deployment_id: UUID, at: datetime) -> None:
    player.step(deployments.suspend, deployment_id, "engagement", at, reason=pause.reason)
    again = at + pause.minutes * MINUTE
    player.step(
        deployments.resume, deployment_id, "commander", again, reason="What stopped it has been put right."
    )


def _go_blind(player: Player, past: Past, deployment_id: UUID, blind: Blind, at: datetime) -> None:
    ids = {camera.name: camera.id for camera in player.get(deployment_id).authority.cameras}
    player.call(
        deployments.record_gap,
        deployment_id=deployment_id,
        camera_id=None if blind.camera is None else ids[past.place.cameras[blind.camera]],
        started_at=at,
        ended_at=at + blind.minutes * MINUTE,
        reason=blind.reason,
        actor=player.system,
        now=at + blind.minutes * MINUTE,
    )


def _count(
    player: Player,
    past: Past,
    deployment_id: UUID,
    lease: Lease,
    relay: RelayData,
    ended: datetime,
) -> None:
    """What relay and worker counted, written as they let go."""
    deployment = player.get(deployment_id)
    cameras = [camera.id for camera in deployment.authority.cameras]
    seconds = (ended - (deployment.started_at or ended)).total_seconds()
    frames = int(seconds * FRAMES_A_SECOND)
    counts, sent = {}, {}
    for number, camera_id in enumerate(cameras):
        # Not quite as many everywhere, and the same each time: by the camera, not by chance.
        dropped = frames * (2 + hashlib.sha256(camera_id.bytes).digest()[0] % 4) // 100
        tracks = past.tracks // len(cameras) + (past.tracks % len(cameras) if number == 0 else 0)
        counts[camera_id] = CameraCounts(
            frames=frames - dropped,
            dropped=dropped,
            faces=tracks * FACES_A_TRACK,
            tracks=tracks,
            searches=int(tracks * SEARCHES_A_TRACK),
            processing_us=(frames - dropped) * US_A_FRAME,
            last_frame_at=ended - SECOND,
        )
        sent[camera_id] = TallyDelta(received=frames, last_received_at=ended - SECOND, clock_offset_ms=12)
    relays.record_ingest(relay=relay, counts=IngestCounts(cameras=sent, refusals={}), now=ended)
    report = ShardReport(scope=_scope(deployment), counts=counts)
    live.release(lease=lease, report=report, reason="not live", now=ended + 2 * SECOND)
    player.call(
        relays.revoke_relay,
        relay_id=relay.id,
        reason="The deployment is over.",
        actor=player.actor("engineer"),
        now=ended + 30 * MINUTE,
    )


def _purge(player: Player, now: datetime) -> None:
    """As the sweep would have run it that day: delete, look again, certify."""
    run = retention.run_due(force_id=player.force.id, now=now)
    if run.problems:
        raise RuntimeError(f"the purge of the past reports: {run.problems}")
