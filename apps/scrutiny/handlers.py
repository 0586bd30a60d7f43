"""What scrutiny does when a deployment moves or a deletion is proven. Nobody has to press anything."""

from __future__ import annotations

from apps.core.events import DomainEventData, subscribe
from apps.scrutiny import operations

# Each brings the deadline of the list forward: from here on there is something to be deleted.
CLOSING = (
    "deployment.ended",
    "deployment.cancelled",
    "deployment.revoked",
    "deployment.expired",
    "deployment.voided",
)
# The list is still there: names in the record's texts can be found now, and after the purge no more.
LISTED = ("deployment.live", *CLOSING)


def _publish_results(event: DomainEventData) -> None:
    operations.publish_results(deployment_id=event.subject_id, now=event.now)


def _publish_stopped(event: DomainEventData) -> None:
    operations.publish_stopped(deployment_id=event.subject_id, now=event.now)


def _note_deletions(event: DomainEventData) -> None:
    operations.note_deletions(deployment_id=event.subject_id, now=event.now)


def _remember_redactions(event: DomainEventData) -> None:
    operations.remember_redactions(deployment_id=event.subject_id, now=event.now)


def register() -> None:
    subscribe(kind="deployment.reviewed", name="scrutiny.publish_results", handler=_publish_results)
    for kind in ("deployment.revoked", "retention.certified"):
        subscribe(kind=kind, name="scrutiny.publish_stopped", handler=_publish_stopped)
    for kind in (*CLOSING, "retention.certified"):
        subscribe(kind=kind, name="scrutiny.note_deletions", handler=_note_deletions)
    for kind in LISTED:
        subscribe(kind=kind, name="scrutiny.remember_redactions", handler=_remember_redactions)
