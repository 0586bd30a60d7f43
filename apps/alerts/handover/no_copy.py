"""That an arrest needs no copy: an officer says so, from a closed list, and the prompt is over.

Whoever asks for the copy after all takes it back; after the deletion what was said stays.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.alerts.changes import changed, locked
from apps.alerts.handover import policies
from apps.alerts.handover.data import Kind, NoCopy, NoCopyData
from apps.alerts.handover_models import HandOver
from apps.alerts.models import Alert, Engagement
from apps.alerts.policies import person
from apps.alerts.queries import case_of
from apps.core.data import Actor
from apps.core.errors import RuleViolated

NOTHING = {"no_copy": "", "no_copy_by_id": None, "no_copy_by": "", "no_copy_at": None}


@transaction.atomic
def say_not_needed(*, alert_id: UUID, reason: NoCopy, actor: Actor, now: datetime) -> None:
    """Raises NotFound, NotPermitted, PictureGone, RuleViolated: also while a copy is asked for."""
    alert = locked(alert_id)
    policies.check_may_request(case_of(alert), kind=Kind.EVIDENTIAL, actor=actor, now=now)
    asked = HandOver.objects.filter(alert=alert, kind=Kind.EVIDENTIAL.value)
    if asked.exclude(approved=False).exists():
        raise RuleViolated(["This copy was asked for already."], code="asked_already")
    if of_alert(alert_id=alert.id) is not None:
        raise RuleViolated(["Somebody has said already that no copy is needed."], code="said_already")
    said = {"no_copy": reason.value, "no_copy_by_id": person(actor), "no_copy_by": actor.label}
    Engagement.objects.filter(alert=alert).update(no_copy_at=now, **said)
    changed(alert, actor, "handover.not_needed", now, why=reason.value)


def take_back(alert: Alert, actor: Actor, now: datetime) -> None:
    """In the transaction of a request, with the alert's row locked."""
    said = of_alert(alert_id=alert.id)
    if said is not None:
        Engagement.objects.filter(alert=alert).update(**NOTHING)
        changed(alert, actor, "handover.needed_after_all", now, why=said.reason.value)


def of_alert(*, alert_id: UUID) -> NoCopyData | None:
    row = Engagement.objects.filter(alert_id=alert_id, no_copy_at__isnull=False).first()
    if row is None or row.no_copy_at is None:
        return None
    return NoCopyData(NoCopy(row.no_copy), row.no_copy_by, row.no_copy_at)
