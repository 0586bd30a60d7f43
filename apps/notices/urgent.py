"""What becomes of an urgent approval, on its public page: confirmed, or refused afterwards (domain.md §2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.events import DomainEventData
from apps.deployments import api as deployments
from apps.notices import operations
from apps.notices.rows import note_audit, own_row, write_row
from apps.notices.states import END, REVOKE

CONFIRMED = "The urgent decision was confirmed by a senior officer."
REFUSED = "A senior officer refused afterwards to confirm the urgent decision."


@transaction.atomic
def confirmed(*, deployment_id: UUID, now: datetime) -> None:
    row = own_row(deployment_id)
    if row is None or row.published_at is None:
        return
    write_row(row, CONFIRMED, now)
    note_audit(row, "notice.confirmed", now=now, digest=row.digest)


@transaction.atomic
def refused(*, deployment_id: UUID, now: datetime) -> None:
    """The page stays, and says that it should not have been: whether it ran, or was never to."""
    deployment = deployments.get(deployment_id=deployment_id)
    step = REVOKE if deployment.started_at is None else END
    operations.follow(deployment_id=deployment_id, step=step, now=now)
    row = own_row(deployment_id)
    if row is None or row.published_at is None:
        return
    row.content = {**row.content, "refused_afterwards": True}
    write_row(row, REFUSED, now)
    note_audit(row, "notice.refused_afterwards", now=now, digest=row.digest)


def on_confirmed(event: DomainEventData) -> None:
    confirmed(deployment_id=event.subject_id, now=event.now)


def on_refused(event: DomainEventData) -> None:
    refused(deployment_id=event.subject_id, now=event.now)
