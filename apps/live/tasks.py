"""Celery tasks of live. The queue is named on the task; beat runs `dispatch_shards` every 3 s."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.db import connections

from apps.core.database_clock import database_now
from apps.forces import api as forces
from apps.live import capacity, operations, pulse, watch, worker
from apps.live.data import ShardRef, StopReason
from apps.live.loop import ShardLoop

log = logging.getLogger(__name__)

DISPATCH_EVERY_S = 3.0
# A message that no worker took by then is void: the dispatcher has sent a newer one.
RECOGNISE_EXPIRES_S = 5


@shared_task(name="live.dispatch_shards", queue="system", ignore_result=True, expires=DISPATCH_EVERY_S)
def dispatch_shards() -> None:
    """Send a recognition task for every shard that nobody holds, force by force."""
    full = capacity.all_full()
    for force_id in forces.all_force_ids():
        try:
            # The database's time, as everywhere with leases, whatever this machine's clock says.
            due = operations.shards_due(force_id=force_id, now=database_now(), full=full)
            watch.watch(force_id=force_id, now=database_now())
            pulse.note(force_id=force_id)
        except Exception:  # logged, and tried again in three seconds: one force must not stop the others
            log.exception("the shards of force %s could not be looked at", force_id)
            continue
        for ref in due:
            recognise_shard.apply_async(
                args=[str(ref.force_id), str(ref.deployment_id), ref.shard], expires=RECOGNISE_EXPIRES_S
            )


@shared_task(
    name="live.recognise_shard", queue="recognise", acks_late=False, max_retries=0, ignore_result=True
)
def recognise_shard(force_id: str, deployment_id: str, shard: int) -> None:
    """Recognise for one shard until its deployment, its lease or this worker ends."""
    ref = ShardRef(force_id=UUID(force_id), deployment_id=UUID(deployment_id), shard=shard)
    try:
        with worker.watched() as beat:
            reason = ShardLoop(ref=ref, holder=worker.holder_name(), stop=worker.STOP, beat=beat).run()
        log.info("shard %s of %s ended: %s", shard, deployment_id, reason)
    except worker.Full:
        # The dispatcher sends another message in three seconds, until a worker with room gets it.
        log.info("shard %s of %s: %s", shard, deployment_id, StopReason.WORKER_FULL)
    finally:
        connections.close_all()
