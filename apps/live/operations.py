"""Leases, counters and gaps of recognition, and the one way from a search hit to an alert.

Every function here opens the force's context itself: a Celery task has none, and a lease must be checked in
the same transaction as what it allows. Leases are claimed by an UPDATE that must change one row; heartbeats
and counters are no decision of anybody, so they write no audit event, but each start and end of recognition
does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Least

from apps.alerts import api as alerts
from apps.alerts.data import Sighting, SightingAnswer
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import NotLive
from apps.live import lastword
from apps.live.data import (
    COUNTERS,
    CameraCounts,
    GapReason,
    Lease,
    LeaseLost,
    ShardRef,
    ShardReport,
    ShardScope,
)
from apps.live.models import CameraTally, ShardLease
from apps.live.queries import shard_count, shard_scope
from apps.relays import api as relays

LEASE_TTL = timedelta(seconds=5)
# How far two readings of the database's clock may be apart without its having been set.
CLOCK_ALLOWANCE = timedelta(seconds=2)
ABANDONED = "its worker vanished and the deployment is no longer live"


def recognition_actor(force_id: UUID, *, origin: str = "") -> Actor:
    return Actor.system(force_id=force_id, label="recognition", origin=origin)


def shards_due(*, force_id: UUID, now: datetime, full: bool = False) -> tuple[ShardRef, ...]:
    """The shards of this force that nobody recognises for and somebody should; notes since when they are
    owed.

    `now` is the database's, as everywhere with leases (core.database_clock). `full`: there are workers, and
    none of them may take a further shard (capacity.py); that is then why nobody recognises.

    Shards whose worker vanished just before their deployment stopped being live are closed here, with their
    gap.
    """
    due: list[ShardRef] = []
    live: set[UUID] = set()
    with force_context(force_id):
        for deployment in deployments.list_live():
            try:
                authority = deployments.live_authority(deployment_id=deployment.id, now=now)
            except NotLive:
                continue
            live.add(deployment.id)
            for shard in range(shard_count(camera_ids=authority.all_camera_ids)):
                ref = ShardRef(force_id=force_id, deployment_id=deployment.id, shard=shard)
                row = _owe(ref, now)
                if _is_free(row, now):
                    due.append(ref)
                    if full:
                        _note_no_room(row, now)
        _close_abandoned(force_id, live, now)
    return tuple(due)


def _free(now: datetime) -> Q:
    """Lapsed; or good for longer than any lease is: then the database's clock was set back since, and the
    holder, if there is one, will say within half a second that it is there (`renew`)."""
    return Q(expires_at__lte=now) | Q(expires_at__gt=now + LEASE_TTL + CLOCK_ALLOWANCE)


def _is_free(row: ShardLease, now: datetime) -> bool:
    return not now < row.expires_at <= now + LEASE_TTL + CLOCK_ALLOWANCE


def _owe(ref: ShardRef, now: datetime) -> ShardLease:
    """The lease row of a shard that recognition is owed for, made or opened again when need be."""
    fresh = {
        "heartbeat_at": now,
        "expires_at": now,
        "blind_since": now,
        "blind_reason": GapReason.STARTING,
        "released_at": None,
    }
    row, _ = ShardLease.objects.get_or_create(
        deployment_id=ref.deployment_id, shard=ref.shard, defaults=fresh
    )
    if row.released_at is not None:
        ShardLease.objects.filter(id=row.id, released_at__isnull=False).update(**fresh)
        row.refresh_from_db()
    return row


def _note_no_room(row: ShardLease, now: datetime) -> None:
    """Only where nobody began or somebody stopped: of other gaps the holder may still be there, and close
    them under their own reason. Nothing where a worker took it in this moment after all."""
    ShardLease.objects.filter(
        _free(now),
        id=row.id,
        token=row.token,
        blind_since__isnull=False,
        blind_reason__in=(GapReason.STARTING, GapReason.WORKER_STOPPED),
    ).update(blind_reason=GapReason.NO_ROOM)


def _close_abandoned(force_id: UUID, live: set[UUID], now: datetime) -> None:
    abandoned = ShardLease.objects.select_for_update(skip_locked=True).filter(
        _free(now), released_at__isnull=True
    )
    for row in abandoned.exclude(deployment_id__in=live):
        deployment = deployments.get(deployment_id=row.deployment_id)
        until = min(now, deployment.ended_at or now)
        if row.blind_since is None:
            row.blind_since, row.blind_reason = row.heartbeat_at, _why_lost(row)
        cameras = {camera.id for camera in deployment.authority.cameras}
        scope = shard_scope(camera_ids=cameras, shard=row.shard)
        actor = recognition_actor(force_id)
        _close(row, scope=scope, reason=ABANDONED, actor=actor, until=until, now=now)


def acquire(*, ref: ShardRef, scope: ShardScope, holder: str, now: datetime) -> Lease | None:
    """Take the shard, or None when somebody else holds it. What the last holder owed since its last sign of
    life becomes a gap, which stays open until a `renew` reports that it ended."""
    with force_context(ref.force_id):
        why_lost = _why_lost(_owe(ref, now))
        taken = ShardLease.objects.filter(
            _free(now), deployment_id=ref.deployment_id, shard=ref.shard, released_at__isnull=True
        ).update(
            token=F("token") + 1,
            holder=holder,
            expires_at=now + LEASE_TTL,
            heartbeat_at=now,
            blind_reason=Case(
                When(blind_since__isnull=True, then=Value(why_lost.value)),
                default=F("blind_reason"),
            ),
            # In an UPDATE the right-hand sides are the old values: this is the last holder's heartbeat.
            # Not later than now: the clock may have been set back since.
            blind_since=Coalesce(F("blind_since"), Least(F("heartbeat_at"), Value(now))),
        )
        if taken != 1:
            return None
        row = ShardLease.objects.get(deployment_id=ref.deployment_id, shard=ref.shard)
        _settle_silences(row, scope.cameras, until=row.blind_since or now, now=now)
        lease = Lease(id=row.id, ref=ref, token=row.token, holder=holder)
        payload = {"blind_since": row.blind_since.isoformat() if row.blind_since else None}
        _record(row, "recognition.started", payload, recognition_actor(ref.force_id, origin=holder), "", now)
    return lease


def _why_lost(row: ShardLease) -> GapReason:
    ref = ShardRef(force_id=row.force_id, deployment_id=row.deployment_id, shard=row.shard)
    return lastword.why_lost(ref=ref, token=row.token, heartbeat_at=row.heartbeat_at)


def renew(*, lease: Lease, report: ShardReport, now: datetime) -> None:
    """Keep the shard, and write down what was done since the last time. Raises LeaseLost."""
    with force_context(lease.ref.force_id):
        row = _hold(lease)
        _move(row, report)
        _note_stall(row, report, now)
        row.heartbeat_at, row.expires_at = now, now + LEASE_TTL
        row.clock_offset_ms = report.clock_offset_ms
        _take_gaps(row, report, now)
        row.save(
            update_fields=["heartbeat_at", "expires_at", "blind_since", "blind_reason", "clock_offset_ms"]
        )
        _write_counts(row.deployment_id, report.counts)
        _note_silences(row, report, now)


def release(*, lease: Lease, report: ShardReport, reason: str, now: datetime) -> None:
    """Give the shard back because nothing is owed any more. Raises LeaseLost."""
    actor = recognition_actor(lease.ref.force_id, origin=lease.holder)
    with force_context(lease.ref.force_id):
        row = _hold(lease)
        _move(row, report)
        _write_counts(row.deployment_id, report.counts)
        _take_gaps(row, report, now)
        deployment = deployments.get(deployment_id=row.deployment_id)
        until = min(now, deployment.ended_at or now)
        _close(row, scope=report.scope, reason=reason, actor=actor, until=until, now=now)


def hand_over(*, lease: Lease, report: ShardReport, now: datetime) -> None:
    """Give the shard back although recognition is still owed: the next worker may take it at once."""
    with force_context(lease.ref.force_id):
        row = _hold(lease)
        _move(row, report)
        _write_counts(row.deployment_id, report.counts)
        _take_gaps(row, report, now)
        row.heartbeat_at = row.expires_at = now
        if row.blind_since is None:
            row.blind_since, row.blind_reason = now, GapReason.WORKER_STOPPED
        row.save(update_fields=["heartbeat_at", "expires_at", "blind_since", "blind_reason"])
        actor = recognition_actor(lease.ref.force_id, origin=lease.holder)
        _record(row, "recognition.stopped", {}, actor, GapReason.WORKER_STOPPED, now)


def raise_alerts(*, lease: Lease, sightings: Sequence[Sighting], now: datetime) -> list[SightingAnswer]:
    """Raise alerts under this lease, in one transaction with the check of its token.

    Raises LeaseLost when another worker took over, and what `alerts.raise_alerts` raises.
    """
    with force_context(lease.ref.force_id):
        _hold(lease)
        return alerts.raise_alerts(
            deployment_id=lease.ref.deployment_id,
            sightings=sightings,
            actor=recognition_actor(lease.ref.force_id, origin=lease.holder),
            now=now,
        )


def _hold(lease: Lease) -> ShardLease:
    """The lease row, locked until the end of the transaction, so that a takeover waits for what is written
    now."""
    row = (
        ShardLease.objects.select_for_update(no_key=True)
        .filter(id=lease.id, token=lease.token, released_at__isnull=True)
        .first()
    )
    if row is None:
        raise LeaseLost(f"token {lease.token} of shard {lease.ref.shard} was overtaken")
    return row


def _move(row: ShardLease, report: ShardReport) -> None:
    """The database's clock was set while this lease was held: what it says in the old time moves along, so
    that no hour of nothing is counted and none that was owed is lost."""
    by = report.stepped
    if not by:
        return
    row.heartbeat_at, row.expires_at = row.heartbeat_at + by, row.expires_at + by
    if row.blind_since is not None:
        row.blind_since += by
    CameraTally.objects.filter(
        deployment_id=row.deployment_id, camera_id__in=report.scope.cameras, silent_since__isnull=False
    ).update(silent_since=F("silent_since") + by)


def _take_gaps(row: ShardLease, report: ShardReport, now: datetime) -> None:
    """Record the gaps that ended, and note the one that is open. The row may know of an earlier beginning."""
    for late in report.late:
        _gap(row, late.camera_id, late.since, late.until, GapReason.TOO_SLOW, now)
    for closed in report.closed:
        if row.blind_since is None:
            row.blind_since, row.blind_reason = closed.blindness.since, closed.blindness.reason
        _settle_gap(row, report.scope, until=closed.until, now=now)
    if row.blind_since is None and report.blind is not None:
        row.blind_since, row.blind_reason = report.blind.since, report.blind.reason


def _note_stall(row: ShardLease, report: ShardReport, now: datetime) -> None:
    """A holder that let its lease lapse unnoticed (a stopped process, say) was not recognising."""
    knows = report.blind is not None or report.closed or row.blind_since is not None
    if row.expires_at < now and not knows:
        for camera_id in report.scope.gap_cameras():
            _gap(row, camera_id, row.heartbeat_at, now, GapReason.WORKER_STALLED, now)


def _settle_gap(row: ShardLease, scope: ShardScope, *, until: datetime, now: datetime) -> None:
    """Record the open gap of a shard, if there is one."""
    if row.blind_since is None:
        return
    for camera_id in scope.gap_cameras():
        _gap(row, camera_id, row.blind_since, until, row.blind_reason, now)
    row.blind_since, row.blind_reason = None, ""


def _close(
    row: ShardLease, *, scope: ShardScope, reason: str, actor: Actor, until: datetime, now: datetime
) -> None:
    """End what is owed for a shard: its open gaps end here too."""
    _settle_silences(row, scope.cameras, until=min(until, row.blind_since or until), now=now)
    _settle_gap(row, scope, until=until, now=now)
    row.expires_at, row.released_at = now, now
    row.save(update_fields=["blind_since", "blind_reason", "expires_at", "released_at"])
    _record(row, "recognition.stopped", {}, actor, reason, now)


def _note_silences(row: ShardLease, report: ShardReport, now: datetime) -> None:
    """Open a silence for each camera that became quiet, close it for each that is heard again."""
    for camera_id in report.scope.cameras:
        tally, _ = CameraTally.objects.get_or_create(deployment_id=row.deployment_id, camera_id=camera_id)
        since = report.silent.get(camera_id)
        if since is not None and tally.silent_since is None:
            CameraTally.objects.filter(id=tally.id).update(silent_since=since)
        elif since is None and tally.silent_since is not None:
            _settle_silences(row, (camera_id,), until=now, now=now)


def _settle_silences(row: ShardLease, cameras: tuple[UUID, ...], *, until: datetime, now: datetime) -> None:
    """Close the silence of these cameras and record it as a gap of each."""
    for tally in CameraTally.objects.filter(
        deployment_id=row.deployment_id, camera_id__in=cameras, silent_since__isnull=False
    ):
        if tally.silent_since is not None:
            _gap(row, tally.camera_id, tally.silent_since, until, GapReason.NO_FRAMES, now)
        CameraTally.objects.filter(id=tally.id).update(silent_since=None)


def _gap(
    row: ShardLease, camera_id: UUID | None, since: datetime, until: datetime, reason: str, now: datetime
) -> None:
    if until <= since:
        return
    deployments.record_gap(
        deployment_id=row.deployment_id,
        camera_id=camera_id,
        started_at=since,
        ended_at=until,
        reason=reason,
        actor=recognition_actor(row.force_id),
        now=now,
    )


def _write_counts(deployment_id: UUID, counts: Mapping[UUID, CameraCounts]) -> None:
    for camera_id in sorted(counts, key=str):
        delta = counts[camera_id]
        tally, _ = CameraTally.objects.get_or_create(deployment_id=deployment_id, camera_id=camera_id)
        changes: dict[str, object] = {name: F(name) + getattr(delta, name) for name in COUNTERS}
        if delta.last_frame_at is not None:
            changes["last_frame_at"] = delta.last_frame_at
        CameraTally.objects.filter(id=tally.id).update(**changes)
    dropped = {camera_id: delta.dropped for camera_id, delta in counts.items() if delta.dropped}
    relays.add_dropped(deployment_id=deployment_id, dropped=dropped)


def _record(
    row: ShardLease,
    verb: str,
    payload: Mapping[str, str | None],
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="deployment",
        object_id=row.deployment_id,
        payload={"shard": row.shard, "token": row.token, "holder": row.holder, **payload},
        now=now,
        reason=reason,
    )
