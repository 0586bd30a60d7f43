"""The recognition loop of one shard: newest frames → engine → search → alert, while it is allowed, and no
longer.

Every round checks the lease, the authority and the seal (design invariant 1), by the database's clock. No
transaction is open while the engine works. What did not match goes out of scope with the round; it was never
anywhere else. Nor is a frame of which a round was interrupted, or took longer than a lease, ever searched.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection
from redis.exceptions import RedisError

from apps.alerts.data import Sighting
from apps.core.clock import utc_now
from apps.core.database_clock import DatabaseClock, elapsed_s
from apps.core.errors import DomainError, RuleViolated
from apps.core.outage import DATABASE_GONE
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import LiveAuthority, NotLive
from apps.live import lastword, operations, queries, room, shapes
from apps.live.data import GapReason, Lease, LeaseLost, ShardRef, StopReason
from apps.live.decode import decode
from apps.live.ledger import Ledger
from apps.live.policies import check_may_recognise
from apps.live.room import AlertNotStored, storing
from apps.live.stages import Stage, span
from apps.live.turns import Turns
from apps.recognition import api as recognition
from apps.recognition.engine.data import BatchResult, Frame, Probe
from apps.recognition.engine.packs import Pack
from apps.recognition.engine.pipeline import PipelineConfig, ShardPipeline
from apps.relays.data import BusFrame
from apps.watchlists import api as watchlists
from apps.watchlists.data import SearchHit

log = logging.getLogger(__name__)

CONFIRM_EVERY_S = 0.5
READ_BLOCK_MS = 250
# Older than this when it is taken, a frame is the past: looking at it would be retrospective (domain.md §2).
FRAME_MAX_MS = 3000
# A round that takes longer than the lease is good for did not recognise meanwhile: what it began is the past.
ROUND_MAX_S = operations.LEASE_TTL.total_seconds()
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
RAISE_RETRIES = 3
NOBODY = np.empty((0, 1), np.float32)


class GalleryNotWhole(Exception):
    """The gallery is not as sealed and could not be filled again; searching it would look like "no match"."""


class Stalled(Exception):
    """This process slept, or took too long, in the middle of a round."""


class ShardLoop:
    """One worker's turn at one shard. `beat` is called every round, for a watchdog on progress. The time is
    the database's, unless a test has a `clock` of its own."""

    def __init__(
        self,
        *,
        ref: ShardRef,
        holder: str,
        stop: threading.Event,
        clock: Callable[[], datetime] | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._ref = ref
        self._holder = holder
        self._stop = stop
        self._database = DatabaseClock() if clock is None else None
        self._clock: Callable[[], datetime] = self._database or clock or utc_now
        self._beat = beat
        self._failures = 0
        self._confirm_at = 0.0
        self._wants_room = False
        self._round_s = elapsed_s()

    def run(self) -> StopReason:
        """Recognise until the authority, the lease or the worker ends. Unexpected errors pass: the lease then
        lapses and another worker takes over, with the gap on record."""
        try:
            lease = self._open_at_last()
        except (NotLive, RuleViolated) as error:
            log.warning("shard %s of %s: %s", self._ref.shard, self._ref.deployment_id, error.message)
            return StopReason.NOT_LIVE if isinstance(error, NotLive) else StopReason.REFUSED
        if lease is None:
            return StopReason.LEASE_HELD
        self._lease = lease
        return self._hold()

    def _open_at_last(self) -> Lease | None:
        """After a restart of the database each connection of the pool is dead, and found out one by one."""
        for pause_s in BACKOFF_S[:3]:
            try:
                return self._open()
            except DATABASE_GONE:
                connection.close()
                self._stop.wait(pause_s)
        return self._open()

    def _open(self) -> Lease | None:
        """Check everything, load the pack, and only then take the lease: loading may take longer than a
        lease."""
        self._moved_clock()
        with force_context(self._ref.force_id):
            self._authority = self._live_authority()
            watchlist = watchlists.get_for_deployment(deployment_id=self._ref.deployment_id)
        scope = queries.shard_scope(camera_ids=self._authority.all_camera_ids, shard=self._ref.shard)
        if not scope.cameras:
            raise NotLive("the authority has no cameras for this shard")
        manifest = recognition.manifest(self._authority.pack_id)
        check_may_recognise(authority=self._authority, manifest=manifest, watchlist=watchlist)
        assert watchlist is not None  # noqa: S101 - the policy refuses a missing one; this tells mypy
        self._watchlist_id = watchlist.id
        self._pack: Pack = recognition.get_pack(self._authority.pack_id)
        self._pipeline = ShardPipeline(self._pack, PipelineConfig(), shapes.zones(self._authority))
        self._turns = Turns(self._pack)
        self._moved_clock()
        now, self._round_s = self._clock(), elapsed_s()
        self._ledger = Ledger(scope=scope, now=now)
        self._seal_seen_at = self._last_round_at = now
        return operations.acquire(ref=self._ref, scope=scope, holder=self._holder, now=now)

    def _live_authority(self) -> LiveAuthority:
        return deployments.live_authority(deployment_id=self._ref.deployment_id, now=self._clock())

    def _hold(self) -> StopReason:
        try:
            while not self._stop.is_set():
                self._beat()
                self._round()
            return self._hand_over()
        except LeaseLost:
            log.warning("shard %s of %s was taken over", self._ref.shard, self._ref.deployment_id)
            return StopReason.LEASE_LOST
        except NotLive as error:
            return self._release(error.reason)
        finally:
            self._pipeline.reset()

    def _round(self) -> None:
        try:
            self._check_awake()
            self._round_s = elapsed_s()
            self._check_room()
            if time.monotonic() >= self._confirm_at:
                with span(Stage.CONFIRM):
                    self._confirm()
            with span(Stage.WAIT):
                batch = self._turns.take(
                    deployment_id=self._ref.deployment_id, scope=self._ledger.scope, block_ms=READ_BLOCK_MS
                )
            self._ledger.nothing(self._turns.nothing, now=self._clock())
            for camera_id, number in batch.dropped.items():
                self._ledger.of(camera_id).dropped += number
            self._recognise(batch.frames)
        except Stalled:
            self._interrupted(GapReason.WORKER_STALLED, since=self._last_round_at)
        except DATABASE_GONE:
            self._interrupted(GapReason.DATABASE, since=self._seal_seen_at)
        except RedisError:
            self._interrupted(GapReason.BUS, since=self._last_round_at)
        except GalleryNotWhole:
            self._interrupted(GapReason.GALLERY, since=self._seal_seen_at)
        except AlertNotStored:
            self._wants_room = True
            self._interrupted(GapReason.STORAGE, since=self._last_round_at)
        else:
            self._failures = 0
            self._last_round_at = self._clock()
            if self._ledger.sees(now=self._last_round_at):
                self._confirm_at = 0.0

    def _check_room(self) -> None:
        """Once an alert could not be stored, nothing is looked at before one could be."""
        if self._wants_room:
            self._confirm()
            room.check(force_id=self._ref.force_id)
            self._wants_room = False

    def _check_awake(self) -> None:
        """Raises Stalled when the round that is under way began longer ago than a lease is good for."""
        if self._round_took_too_long():
            raise Stalled

    def _round_took_too_long(self) -> bool:
        return elapsed_s() - self._round_s > ROUND_MAX_S

    def _interrupted(self, reason: GapReason, *, since: datetime) -> None:
        """Nothing is kept for later: tracks in flight are discarded, and the time since whatever failed was
        last known to work becomes a gap.
        """
        self._pipeline.reset()
        open_gap = self._ledger.lost_sight(since=since, reason=reason)
        lastword.leave(lease=self._lease, reason=open_gap.reason, at=self._clock())
        connection.close()
        pause_s = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        self._failures += 1
        log.warning("shard %s of %s: %s", self._ref.shard, self._ref.deployment_id, reason)
        self._stop.wait(pause_s)
        self._round_s = elapsed_s()

    def _moved_clock(self) -> timedelta:
        """Ask the database for its time; how far its clock was set since it was last asked."""
        return self._database.sync() if self._database else timedelta()

    def _confirm(self) -> None:
        """Renew the lease with the report, by the database's time; then what batches are checked for."""
        if moved := self._moved_clock():
            log.warning("the database's clock was set by %.1f s", moved.total_seconds())
            self._ledger.clock_moved(moved)
            self._seal_seen_at += moved
            self._last_round_at += moved
        now = self._clock()
        report = self._ledger.take(clock_offset_ms=self._offset_ms())
        try:
            operations.renew(lease=self._lease, report=report, now=now)
        except DATABASE_GONE:
            self._ledger.put_back(report)
            raise
        self._check()
        self._confirm_at = time.monotonic() + CONFIRM_EVERY_S

    def _offset_ms(self) -> int | None:
        return self._database.offset // timedelta(milliseconds=1) if self._database else None

    def _check(self) -> bool:
        """Lease, authority and seal as they are now; of a batch, before any of it is decoded. False where the
        gallery had to be filled again: what was in hand by then is of the gap."""
        now = self._clock()
        authority, found = queries.search(lease=self._lease, templates=NOBODY, now=now)
        self._adopt(authority)
        if found.seal_ok:
            self._seal_seen_at = now
        else:
            self._mend_gallery()
        return found.seal_ok

    def _adopt(self, authority: LiveAuthority) -> frozenset[UUID]:
        """Go on under a fresh authority; the cameras whose zone it changed. Another pack or seal is another
        deployment of recognition: end this one."""
        if (authority.pack_id, authority.seal_hash) != (self._authority.pack_id, self._authority.seal_hash):
            raise NotLive("the model pack or the watchlist of the authority changed")
        scope = queries.shard_scope(camera_ids=authority.all_camera_ids, shard=self._ref.shard)
        if not scope.cameras:
            raise NotLive("the authority has no cameras for this shard")
        if scope != self._ledger.scope:
            self._ledger.change_scope(scope, now=self._clock())
            self._pipeline.reset()
        changed = self._pipeline.use_zones(shapes.zones(authority))
        self._authority = authority
        return frozenset(UUID(camera_id) for camera_id in changed)

    def _mend_gallery(self) -> None:
        """An emptied gallery is not "no match": count the gap, fill it again, start the tracks anew."""
        self._ledger.lost_sight(since=self._seal_seen_at, reason=GapReason.GALLERY)
        self._pipeline.reset()
        try:
            with force_context(self._ref.force_id):
                count = watchlists.refill_gallery(watchlist_id=self._watchlist_id, now=self._clock())
        except DomainError as error:
            raise GalleryNotWhole(error.message) from error
        log.warning("the gallery of %s was filled again with %d templates", self._ref.deployment_id, count)

    def _recognise(self, frames: tuple[BusFrame, ...]) -> None:
        if not frames:
            return
        with span(Stage.CHECK):
            whole = self._check()
        if not whole:
            for frame in frames:
                self._ledger.of(frame.camera_id).dropped += 1
            return
        # Of a stopped camera nothing is decoded, whatever was still on the bus.
        wanted = [frame for frame in frames if frame.camera_id in self._authority.camera_ids]
        with span(Stage.DECODE):
            decoded = [image for frame in wanted if (image := self._decoded(frame)) is not None]
        if not decoded:
            return
        started = time.perf_counter()
        with span(Stage.PROCESS):
            result = self._pipeline.process(decoded)
        self._count(result, elapsed_us=int((time.perf_counter() - started) * 1e6))
        if result.probes:
            self._search(result.probes)

    def _decoded(self, frame: BusFrame) -> Frame | None:
        counts = self._ledger.of(frame.camera_id)
        if not 0 <= frame.waited_ms <= FRAME_MAX_MS:
            counts.dropped += 1
            if frame.waited_ms > FRAME_MAX_MS:  # and it is the newest
                self._ledger.nothing((frame.camera_id,), now=self._clock())
            return None
        self._ledger.heard(frame.camera_id, now=self._clock())
        image = decode(frame)
        if image is None:
            counts.undecodable += 1
        return image

    def _count(self, result: BatchResult, *, elapsed_us: int) -> None:
        frames = sum(camera.frames_processed + camera.frames_ignored for camera in result.cameras)
        for camera in result.cameras:
            counts = self._ledger.of(UUID(camera.camera_id))
            counts.frames += camera.frames_processed
            counts.dropped += camera.frames_ignored
            counts.faces += camera.faces_detected
            counts.tracks += camera.tracks_started
            share = camera.frames_processed + camera.frames_ignored
            counts.processing_us += elapsed_us * share // max(frames, 1)

    def _search(self, probes: list[Probe]) -> None:
        self._check_awake()
        templates = np.stack([probe.template for probe in probes])
        with span(Stage.SEARCH):
            authority, found = queries.search(lease=self._lease, templates=templates, now=self._clock())
        changed = self._adopt(authority)
        if not found.seal_ok:
            self._mend_gallery()
            return
        self._seal_seen_at = self._clock()
        found_now: list[tuple[Probe, SearchHit]] = []
        for probe, hit in zip(probes, found.hits, strict=True):
            self._ledger.of(UUID(probe.camera_id)).searches += 1
            if UUID(probe.camera_id) not in authority.camera_ids - changed:
                continue  # off the authority, stopped, or of another zone, since the frame was read
            if hit is None or hit.cosine_similarity < authority.threshold:
                continue
            if self._pipeline.is_confirmed(probe):  # else another view is asked for
                found_now.append((probe, hit))
        if found_now:
            self._check_awake()
            with span(Stage.RAISE):
                self._raise([shapes.sighting(probe, hit, authority.threshold) for probe, hit in found_now])

    def _raise(self, sightings: Sequence[Sighting]) -> None:
        """Raise the alerts of a round; a database that fails just now is tried again, because a track raises
        at most one."""
        for attempt in range(RAISE_RETRIES + 1):
            now = self._clock()
            try:
                with storing():
                    answers = operations.raise_alerts(lease=self._lease, sightings=sightings, now=now)
            except DATABASE_GONE:
                if attempt == RAISE_RETRIES or self._round_took_too_long():
                    raise
                connection.close()
                self._stop.wait(BACKOFF_S[attempt])
                continue
            for seen, answer in zip(sightings, answers, strict=True):
                if answer.alert is None:
                    # Somebody was taken off the list, or a camera off the authority, in this very moment.
                    log.warning("no alert for track %s: %s", seen.track_id, answer.refused)
                    continue
                if answer.alert.raised_at == now:
                    self._ledger.of(seen.camera_id).alerts += 1
                if answer.alert.track_id == seen.track_id:
                    self._pipeline.settle(str(seen.camera_id), seen.track_id)
            return

    def _hand_over(self) -> StopReason:
        try:
            operations.hand_over(lease=self._lease, report=self._ledger.take(), now=self._clock())
        except DATABASE_GONE:
            log.warning("shard %s of %s is left to lapse", self._ref.shard, self._ref.deployment_id)
        return StopReason.WORKER_STOPPED

    def _release(self, reason: str) -> StopReason:
        now = self._clock()
        try:
            operations.release(lease=self._lease, report=self._ledger.take(), reason=reason, now=now)
        except DATABASE_GONE:
            log.warning("shard %s of %s is left to lapse", self._ref.shard, self._ref.deployment_id)
        except LeaseLost:
            return StopReason.LEASE_LOST
        log.info("shard %s of %s ended: %s", self._ref.shard, self._ref.deployment_id, reason)
        return StopReason.NOT_LIVE
