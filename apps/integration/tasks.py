"""The Celery task of the webhooks; beat starts it every few seconds, and one of them runs at a time."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError
from redis.exceptions import RedisError

from apps.audit import api as audit
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.integration import delivering

log = logging.getLogger(__name__)

DELIVER_EVERY_S = 3.0
# Longer than a run can take, so that a worker that died holds nobody up for long.
ONE_AT_A_TIME_S = 30


@shared_task(name="integration.deliver_webhooks", queue="system", ignore_result=True, expires=DELIVER_EVERY_S)
def deliver_webhooks() -> None:
    """Take over what happened and send what is due, force by force; what fails is tried again in seconds."""
    held = redis.key("webhooks", "running")
    try:
        if not redis.client().set(held, 1, nx=True, ex=ONE_AT_A_TIME_S):
            return
    except RedisError:
        return  # nor could this task have been sent; the outbox waits in the database
    until = time.monotonic() + delivering.RUN_FOR_S
    try:
        for force_id in forces.all_force_ids():
            _one_force(force_id, until)
    finally:
        redis.client().delete(held)


def _one_force(force_id: UUID, until: float) -> None:
    try:
        with force_context(force_id):
            if not delivering.has_any():
                return
        # What is not linked yet is not the record yet: the sweep's five seconds would all be waited for.
        audit.chain_force(force_id=force_id, now=utc_now())
        with force_context(force_id):
            delivering.take_over()
        delivering.deliver_due(force_id=force_id, until=until)
    except (DatabaseError, DomainError):
        log.exception("webhooks of force %s could not be served", force_id)
