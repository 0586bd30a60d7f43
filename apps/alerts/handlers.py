"""What alerts do when a list changes: whoever was taken off it is released, on every console, at once."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.alerts import decoys
from apps.alerts.changes import changed
from apps.alerts.data import AlertState
from apps.alerts.engagement_queries import to_examine
from apps.alerts.models import Alert
from apps.core.data import Actor
from apps.core.events import DomainEventData, subscribe
from apps.deployments import api as deployments

# Somebody may still be on the way to a person, or speak to them.
OPEN = (AlertState.RAISED, AlertState.UNSURE, AlertState.DISPATCHED, AlertState.ENGAGED)


def register() -> None:
    subscribe(kind="watchlist.subject_removed", name="alerts.release", handler=_release)
    deployments.register_review_items("alerts.engagements", to_examine)


@transaction.atomic
def _release(event: DomainEventData) -> None:
    """Each open alert gets a new number, so that consoles fetch it again: its card says "no longer wanted,
    release". What was decided stays as it was decided."""
    decoys.forget(subject_id=event.subject_id, now=event.now)
    actor = Actor.system(force_id=event.force_id, label="removal from the list")
    open_alerts = Alert.objects.select_for_update().filter(
        deployment_id=UUID(event.payload["deployment_id"]),
        subject_id=event.subject_id,
        state__in=OPEN,
        decoy=False,
    )
    for alert in open_alerts.order_by("number"):
        changed(alert, actor, "alert.no_longer_wanted", event.now)
