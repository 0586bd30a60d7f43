"""For the demonstration and for tests, where the clock of the past is a simulated one (ADR 4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotPermitted
from apps.core.tenancy import current_force_id
from apps.notices.models import OutgoingMail
from apps.notices.rows import note_audit, own_row


@transaction.atomic
def looked_meanwhile(*, deployment_id: UUID, until: datetime) -> None:
    """As if the looks of every minute from the last one until `until` had found the page. Says in the audit
    that they are simulated, and starts no clock. Raises NotPermitted where no simulated clock is allowed."""
    _check_allowed()
    row = own_row(deployment_id)
    if row is None or row.checked_at is None or row.check_problem or row.checked_at >= until:
        return
    since, row.checked_at = row.checked_at.isoformat(), until
    row.save(update_fields=["checked_at"])
    note_audit(
        row, "notice.looks_simulated", now=until, since=since, until=until.isoformat(), simulated_looks=True
    )


@transaction.atomic
def forget_mails(*, now: datetime) -> int:
    """Send nobody the mails that a played past has written for the open force. Returns how many there were.
    Raises NotPermitted where no simulated clock is allowed."""
    _check_allowed()
    force_id = current_force_id()
    count, _ = OutgoingMail.objects.filter(force_id=force_id, created_at__lt=now).delete()
    audit.record(
        actor=Actor.system(force_id=force_id, label="notices"),
        verb="notice.mails_forgotten",
        object_type="force",
        object_id=force_id,
        payload={"mails": count},
        now=now,
    )
    return count


def _check_allowed() -> None:
    if not settings.LFR_ALLOW_SIMULATED_CLOCK:
        raise NotPermitted("The past is played in a demonstration alone.")
