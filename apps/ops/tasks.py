"""The platform's own steps: what becomes due by the clock, for every force, each in its own transaction."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from redis.exceptions import LockError

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.core import events, redis
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.database_clock import database_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.live import api as live
from apps.live.data import CameraState
from apps.notices import api as notices
from apps.ops.health import note_beat, note_rehearsal
from apps.relays import api as relays
from apps.retention import api as retention
from apps.vault import api as vault

log = logging.getLogger(__name__)

# Longer than a rehearsal takes, shorter than the time between two: a worker that died keeps none away.
REHEARSAL_HELD_S = 600


def _show_decoys(now: datetime) -> int:
    """Only by cameras that recognition sees by: an alert from a dark one could be nothing else."""

    def seeing(deployment_id: UUID) -> list[UUID]:
        found = live.camera_health(deployment_id=deployment_id, now=now)
        return [camera.camera_id for camera in found if camera.state is CameraState.SEEING]

    return alerts.show_decoys(now=now, seeing=seeing)


# In this order: what ended by the clock before what reacts to it, the record of it all last.
STEPS: tuple[tuple[str, Callable[[datetime], object]], ...] = (
    ("end overdue deployments", lambda now: deployments.end_overdue(now=now)),
    ("expire unstarted deployments", lambda now: deployments.expire_overdue(now=now)),
    ("suspend what was not confirmed", lambda now: deployments.suspend_unconfirmed(now=now)),
    ("remind of results", lambda now: deployments.remind_results(now=now)),
    ("send out waiting imports", lambda now: deployments.sweep_imports(now=now)),
    ("have the status of people checked", lambda now: deployments.sweep_status(now=now)),
    ("note where the status is old", lambda now: deployments.note_old_status(now=now)),
    ("publish due notices", lambda now: notices.publish_due(now=now)),
    ("expire undecided alerts", lambda now: alerts.expire_undecided(now=now)),
    ("escalate long engagements", lambda now: alerts.escalate_engagements(now=now)),
    ("tell of an arrest without a hand-over", lambda now: alerts.note_late_hand_overs(now=now)),
    ("tell when nobody is there for an alert", lambda now: alerts.escalate(now=now)),
    ("show decoys", _show_decoys),
    ("write the ends of lost relay connections", lambda now: relays.close_lost(now=now)),
    ("take back keys of relays", lambda now: relays.take_back_keys(now=now)),
    ("finish destroying keys", lambda now: vault.finish_destruction(now=now)),
    ("destroy keys of what was rolled back", lambda now: vault.destroy_orphans(now=now)),
)


def sweep_force(*, force_id: UUID, now: datetime) -> list[str]:
    """Everything that is due for one force. One failing step does not keep the next from running; returns the
    names of those that failed."""
    failed = []
    for name, step in STEPS:
        try:
            with force_context(force_id):
                step(now)
        except (DatabaseError, DomainError):
            log.exception("sweep: %s failed for force %s", name, force_id)
            failed.append(name)
    if events.sweep(force_id=force_id, now=now):
        failed.append("handle domain events")
    audit.chain_force(force_id=force_id, now=now)
    try:
        audit.anchor_due(force_id=force_id)
    except (DatabaseError, DomainError, OSError, ImproperlyConfigured):
        # Also when the chain is not the one that was anchored: every sweep says so until somebody looks.
        log.exception("sweep: the audit of force %s was not anchored", force_id)
        failed.append("anchor the audit")
    return failed


@shared_task(name="ops.sweep", queue="system")
def sweep() -> None:
    failed = 0
    for force_id in forces.all_force_ids():
        failed += len(sweep_force(force_id=force_id, now=database_now()))
    note_beat(failed_steps=failed, now=database_now())


@shared_task(name="ops.rehearse_purges", queue="system")
def rehearse_purges() -> None:
    """Try the purges of the next four hours in every force; what would fail is logged and told to health.

    One at a time: two would wait for each other's locks and take that for a failure.
    """
    held = redis.client().lock(redis.key("ops", "rehearsing"), timeout=REHEARSAL_HELD_S)
    if not held.acquire(blocking=False):
        return
    try:
        failing = 0
        for force_id in forces.all_force_ids():
            found = retention.rehearse(force_id=force_id, now=database_now())
            retention.note_alarms(force_id=force_id, failing=found, now=database_now())
            failing += len(found)
        note_rehearsal(failing=failing, now=database_now())
    finally:
        with suppress(LockError):  # held for too long: it lapsed by itself
            held.release()


@shared_task(name="ops.erase_audit", queue="system")
def erase_audit() -> None:
    """Content of the audit at the end of each force's schedule; what fails is tried again in an hour."""
    for force_id in forces.all_force_ids():
        years = forces.get_force(force_id=force_id).audit_years
        actor = Actor.system(force_id=force_id, label="retention of the audit", origin="ops.erase_audit")
        try:
            audit.erase_due(keep=timedelta(days=math.ceil(years * 365.25)), actor=actor, now=utc_now())
        except (DatabaseError, DomainError):
            log.exception("the audit of force %s was not erased", force_id)
