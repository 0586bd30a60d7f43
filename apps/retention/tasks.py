"""Thin: one call per force. Beat runs it every minute; driven by deadlines on rows, it catches up by
itself.
"""

from __future__ import annotations

import logging

from celery import shared_task

from apps.core.clock import utc_now
from apps.forces import api as forces
from apps.retention import api

log = logging.getLogger(__name__)


@shared_task(name="retention.sweep", queue="system", ignore_result=True)
def sweep() -> None:
    """Delete what is due in every force."""
    for force_id in forces.all_force_ids():
        for problem in api.run_due(force_id=force_id, now=utc_now()).problems:
            log.error("force %s: %s", force_id, problem)
