"""Tasks. The worker of the `imports` queue runs one job at a time in a thread: never a forked process."""

from __future__ import annotations

import logging
import threading
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.db import connections

from apps.deployments import imports
from apps.deployments.operations import status
from apps.deployments.operations.import_jobs import QUEUE, RUN_TASK

log = logging.getLogger(__name__)

_stop = threading.Event()
# Another system may be slow to answer. One thread of the worker at most waits for one: the others end, expire
# and publish what is due meanwhile.
_asking = threading.Lock()
AGAIN_AFTER_S = 3


def connect() -> None:
    """Called from AppConfig.ready. A warm shutdown waits for the task, so the task must hear of it."""
    worker_init.connect(_on_init, dispatch_uid="deployments.worker_init", weak=False)
    worker_shutting_down.connect(_on_shutting_down, dispatch_uid="deployments.shutting_down", weak=False)


def _on_init(**_: Any) -> None:
    _stop.clear()


def _on_shutting_down(**_: Any) -> None:
    _stop.set()


@shared_task(name=RUN_TASK, queue=QUEUE, acks_late=False, max_retries=0, ignore_result=True)
def run_import(force_id: str, job_id: str) -> None:
    """Check or import one upload. A worker that dies here is followed by another: the sweep sees to it."""
    try:
        outcome = imports.run(force_id=UUID(force_id), job_id=UUID(job_id), stop=_stop.is_set)
        log.info("import %s: %s", job_id, outcome)
    finally:
        connections.close_all()


@shared_task(name=status.CHECK_TASK, queue=status.QUEUE, acks_late=False, max_retries=0, ignore_result=True)
def check_status(force_id: str, deployment_id: str, subject_id: str | None = None) -> None:
    """Ask the force's service who of a list is still wanted. What fails is asked again by the sweep."""
    if not _asking.acquire(blocking=False):
        if subject_id is not None:
            status.send_again(force_id, deployment_id, subject_id, after_s=AGAIN_AFTER_S)
        log.info("status of %s: another list is being asked about", deployment_id)
        return
    try:
        _check(force_id, deployment_id, subject_id)
    finally:
        _asking.release()


def _check(force_id: str, deployment_id: str, subject_id: str | None) -> None:
    outcome = status.run(
        force_id=UUID(force_id),
        deployment_id=UUID(deployment_id),
        subject_id=None if subject_id is None else UUID(subject_id),
    )
    log.info("status of %s: %s", deployment_id, outcome)
