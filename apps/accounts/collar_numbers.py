"""Collar numbers: with rank and name they say which officer decided (domain.md §2). One at a time in a force.

A number stands on every authority that the officer decides, so a second administrator confirms each
(`answers.confirm`), also one that replaces another.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import CollarNumber, RoleGrant, User
from apps.accounts.noting import note_about
from apps.accounts.policies import check_administrator, check_reason
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id

FORM = re.compile(r"[0-9A-Z](?:[0-9A-Z /-]{0,18}[0-9A-Z])?", re.ASCII)
REPLACED = "Replaced by another number."
TAKEN = "Somebody else of your force has this number."


def written(number: str) -> str:
    """As it is kept. Raises RuleViolated for what is no collar or warrant number."""
    text = " ".join(number.split()).upper()
    if not FORM.fullmatch(text):
        raise RuleViolated(
            ["A collar number has 1 to 20 letters A to Z and digits, for instance 2417 or HC 2417."],
            code="collar_number",
        )
    return text


def collar_number_of(*, user_id: UUID) -> str:
    """The confirmed number in the open force; empty where none is on record. One query."""
    current_force_id()
    counting = CollarNumber.objects.filter(
        user_id=user_id, confirmed_at__isnull=False, withdrawn_at__isnull=True
    )
    return counting.values_list("number", flat=True).first() or ""


@transaction.atomic
def record_collar_number(
    *, user_id: UUID, number: str, reason: str, actor: Actor, now: datetime
) -> CollarNumber:
    """Ask for a number; it counts once a second administrator has confirmed it, and then replaces the last.

    Raises NotPermitted, ReauthenticationNeeded, NotFound for somebody outside the force, RuleViolated where
    it is no number, is somebody else's, is theirs already, or another one waits.
    """
    check_administrator(actor)
    if actor.id == user_id:
        raise NotPermitted("nobody records their own collar number: ask another administrator")
    check_reauthenticated(actor)
    check_reason(reason)
    text = written(number)
    # Looked up through a tenant row: a foreign key sees through the wall between forces.
    if not RoleGrant.objects.filter(user_id=user_id).exists():
        raise NotFound("there is no such person in your force")
    # Two administrators who ask at once for one person ask one after the other.
    User.objects.select_for_update().get(id=user_id)
    _check_free(user_id, text)
    row = _write(user_id, text, reason, actor, now)
    if actor.is_system:
        replace_others(row, actor=actor, now=now)
    verb = "collar_number.recorded" if actor.is_system else "collar_number.asked"
    # The number itself is in the row: the oversight body reads payloads, and it would know who it is by it.
    note_about(user_id, verb, {"collar_number": str(row.id)}, actor=actor, now=now, reason=reason)
    return row


def _write(user_id: UUID, number: str, reason: str, actor: Actor, now: datetime) -> CollarNumber:
    try:
        with transaction.atomic():
            return CollarNumber.objects.create(
                user_id=user_id,
                number=number,
                reason=reason,
                recorded_at=now,
                recorded_by=actor.label,
                requested_by_id=None if actor.is_system else actor.id,
                confirmed_at=now if actor.is_system else None,
            )
    except IntegrityError as taken:
        # Asked for at this moment for somebody else: the database alone knew.
        raise RuleViolated([TAKEN], code="collar_number") from taken


def _check_free(user_id: UUID, number: str) -> None:
    standing = CollarNumber.objects.filter(withdrawn_at__isnull=True)
    if standing.filter(user_id=user_id, confirmed_at__isnull=True).exists():
        raise RuleViolated(["A number for this person waits already. Answer that first."], code="waits")
    taken = standing.filter(number=number).first()
    if taken is not None and taken.user_id == user_id:
        raise RuleViolated(["This is their number already."], code="collar_number")
    if taken is not None:
        raise RuleViolated([TAKEN], code="collar_number")


def replace_others(row: CollarNumber, *, actor: Actor, now: datetime) -> None:
    """Of a number that is being confirmed: the ones before it count no more. In the caller's transaction."""
    CollarNumber.objects.filter(
        user_id=row.user_id, confirmed_at__isnull=False, withdrawn_at__isnull=True
    ).exclude(id=row.id).update(withdrawn_at=now, withdrawn_by=actor.label, withdrawn_reason=REPLACED)


def end_numbers(*, user_id: UUID, reason: str, actor: Actor, now: datetime) -> int:
    """Of somebody who left the force: their numbers, asked for or confirmed, count no more and are free
    again. In the caller's transaction. How many there were."""
    return CollarNumber.objects.filter(user_id=user_id, withdrawn_at__isnull=True).update(
        withdrawn_at=now, withdrawn_by=actor.label, withdrawn_reason=reason
    )
