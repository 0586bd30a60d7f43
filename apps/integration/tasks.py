"""The Celery task of the webhooks; beat starts it every few seconds, and one of them runs at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from celery import shared_task
from django.db import DatabaseError
from redis.exceptions import RedisError

from apps.audit import api as audit
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.integration import delivering, trying
from apps.integration.delivering import Receiver
from apps.integration.webhooks import QUEUE, TRY_TASK

log = logging.getLogger(__name__)

DELIVER_EVERY_S = 3.0
# Longer than a run takes, with a name that is looked up slowly; a worker that died holds it no longer.
ONE_AT_A_TIME_S = 120


@shared_task(name="integration.deliver_webhooks", queue="system", ignore_result=True, expires=DELIVER_EVERY_S)
def deliver_webhooks() -> None:
    """Take over what happened, force by force, and send what is due; what fails is tried again in seconds."""
    with _alone() as mine:
        if not mine:
            return
        until = time.monotonic() + delivering.RUN_FOR_S
        found = [receiver for force_id in forces.all_force_ids() for receiver in _taken_over(force_id)]
        for receiver in found:
            # Of which the message of its own got lost.
            trying.try_waiting(receiver)
        delivering.deliver_due(receivers=found, until=until)


@shared_task(name=TRY_TASK, queue=QUEUE, ignore_result=True)
def try_webhook(force_id: str, webhook_id: str) -> None:
    """Send a receiver the test that somebody asked for just now."""
    trying.try_waiting(Receiver(UUID(force_id), UUID(webhook_id)))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other run goes on. Only what is held still is let go: a run that took too long must not end
    the turn of the next one."""
    name, mark = redis.key("webhooks", "running"), uuid4().hex
    try:
        mine = bool(redis.client().set(name, mark, nx=True, ex=ONE_AT_A_TIME_S))
    except RedisError:
        mine = False  # nor could this task have been sent; the outbox waits in the database
    try:
        yield mine
    finally:
        if mine:
            _let_go(name, mark)


def _let_go(name: str, mark: str) -> None:
    try:
        if redis.client().get(name) == mark.encode():
            redis.client().delete(name)
    except RedisError:
        log.warning("the turn of the webhooks lapses by itself")


def _taken_over(force_id: UUID) -> list[Receiver]:
    try:
        with force_context(force_id):
            receivers = delivering.active()
        if receivers:
            # What is not linked yet is not the record yet: the sweep's five seconds would all be waited for.
            audit.chain_force(force_id=force_id, now=utc_now())
            with force_context(force_id):
                delivering.take_over()
    except (DatabaseError, DomainError):
        log.exception("webhooks of force %s could not be served", force_id)
        return []
    return receivers
