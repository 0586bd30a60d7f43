"""Thin: one call a page. What is due by the clock is published by the platform's own sweep."""

from __future__ import annotations

from celery import shared_task

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.notices import api


@shared_task(name="notices.verify", queue="system")
def verify() -> None:
    """Look from outside at every page never seen yet. No transaction is open while the network answers."""
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            waiting = api.awaiting_verification()
        for deployment_id in waiting:
            api.verify_public(deployment_id=deployment_id, now=utc_now())
