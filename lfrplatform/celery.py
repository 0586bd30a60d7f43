"""The Celery application. Recognition has its own queue and worker: a threads pool, never prefork, because a
model session must not be forked and a GPU has one owner."""

from __future__ import annotations

import logging
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    celeryd_after_setup,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.core.log_context import request_id
from apps.core.redaction import install_hooks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")

RECOGNISE_QUEUE = "recognise"

log = logging.getLogger(__name__)

app = Celery("lfrplatform")
app.add_defaults(lambda: settings.CELERY)
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "dispatch-recognition": {"task": "live.dispatch_shards", "schedule": 3.0, "options": {"expires": 3}},
    "sweep": {"task": "ops.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "deliver-webhooks": {
        "task": "integration.deliver_webhooks",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "look-at-notices": {"task": "notices.verify", "schedule": 60.0, "options": {"expires": 60}},
    "write-public-pages": {"task": "notices.write_pages", "schedule": 20.0, "options": {"expires": 20}},
    "send-notice-mails": {"task": "notices.send_mails", "schedule": 30.0, "options": {"expires": 30}},
    "forget-sign-ins": {"task": "accounts.forget", "schedule": 3600.0, "options": {"expires": 3600}},
    "erase-audit": {"task": "ops.erase_audit", "schedule": 3600.0, "options": {"expires": 3600}},
    "rehearse-purges": {"task": "ops.rehearse_purges", "schedule": 900.0, "options": {"expires": 900}},
    "purge": {"task": "retention.sweep", "schedule": 60.0, "options": {"expires": 60}},
}


@setup_logging.connect
def log_as_everything_else(loglevel: int | str = logging.INFO, **_: Any) -> None:
    """In place of Celery's own handlers, which would quote the arguments of tasks and what errors say."""
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().setLevel(loglevel)
    logging.captureWarnings(True)
    install_hooks()


@task_prerun.connect
def say_whose_lines(task_id: str, **_: Any) -> None:
    """Each line of the log that a task causes has its id."""
    request_id.set(task_id)


@task_postrun.connect
def nobodys_lines(**_: Any) -> None:
    request_id.set("")


@worker_init.connect
@beat_init.connect
def refuse_a_weak_start(**_: Any) -> None:
    """Workers and beat pass the boot checks or do not start (architecture, invariant 11).

    Celery logs and forgets every Exception of a signal's handler; SystemExit it lets through.
    """
    # The registry of apps is loaded by now.
    from apps.ops.checks import assert_boot

    try:
        assert_boot()
    except ImproperlyConfigured as problem:
        raise SystemExit(str(problem)) from problem


@celeryd_after_setup.connect
def warm_the_model(sender: str, instance: Any, **_: Any) -> None:
    """A worker that takes recognition loads the pack before its first frame, or does not start.

    In this process and after all forks: recognition runs in a threads pool.
    """
    from apps.recognition.api import assert_ready
    from apps.recognition.engine.errors import PackError

    if RECOGNISE_QUEUE not in instance.app.amqp.queues.consume_from:
        return
    try:
        provider = assert_ready()
    except PackError as problem:
        raise SystemExit(f"{sender}: {problem}") from problem
    log.info("%s recognises on %s", sender, provider)
