"""Thin: one call a page. What is due by the clock is published by the platform's own sweep."""

from __future__ import annotations

from celery import shared_task

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.notices import api, mails, public_files, reminders, subscriptions


@shared_task(name="notices.verify", queue="system")
def verify() -> None:
    """Look from outside at every page of what is still to come. No transaction is open while the network
    answers."""
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            watched = api.to_watch(now=utc_now())
        api.look_at(deployment_ids=watched)


@shared_task(name="notices.write_pages", queue="system")
def write_pages() -> None:
    """Write the files of the public pages that are missing, changed, or overtaken by the clock."""
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            public_files.sweep(now=utc_now())
    public_files.forget_forces_that_left()


@shared_task(name="notices.send_mails", queue="system")
def send_mails() -> None:
    """Write reminders of what is due, hand over the mails, forget addresses that were never confirmed."""
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            reminders.remind_due(now=utc_now())
        mails.send_due(force_id=force_id, now=utc_now())
        with force_context(force_id):
            subscriptions.forget_unconfirmed(now=utc_now())
