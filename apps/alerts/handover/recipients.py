"""Whose certificates copies are sealed for: one administrator records one, another one confirms it (ADR 9).

Until then the certificate that was confirmed before stays in force. Taking one out needs one administrator
and works at once: no copy can be sealed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts import api as accounts
from apps.alerts.handover import certificates
from apps.alerts.handover.data import TO_LABELS, RecipientData, To
from apps.alerts.handover_models import HandOverRecipient
from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.text import check_prose

SHORTEST_NAME = 4
NOTHING_WAITS = "What waited was changed or decided in the meantime. Read it again."
WHO_RECORDS = (
    "An administrator of the force records it under Hand-over recipients, and a second administrator"
    " confirms it."
)


def in_force() -> Mapping[To, RecipientData]:
    """The confirmed certificates of the open force, expired ones too. One query."""
    rows = HandOverRecipient.objects.filter(confirmed_at__isnull=False, ended_at__isnull=True)
    return {To(row.to): to_data(row) for row in rows}


def waiting() -> Mapping[To, RecipientData]:
    """What waits for a second administrator. One query."""
    rows = HandOverRecipient.objects.filter(confirmed_at__isnull=True, ended_at__isnull=True)
    return {To(row.to): to_data(row) for row in rows}


def why_none(to: To, found: RecipientData | None, *, now: datetime) -> str:
    """Why no copy can be sealed for this department; empty where it can."""
    if found is None:
        return f"{TO_LABELS[to]}: no certificate is recorded and confirmed. {WHO_RECORDS}"
    if found.expired(now):
        return f"{TO_LABELS[to]}: the certificate has expired. {WHO_RECORDS}"
    return ""


def required(to: To, *, now: datetime) -> RecipientData:
    """Raises RuleViolated, saying who must record it."""
    found = in_force().get(to)
    why = why_none(to, found, now=now)
    if found is None or why:
        raise RuleViolated([why], code="no_recipient")
    return found


@transaction.atomic
def record(*, to: To, name: str, pem: str, actor: Actor, now: datetime) -> UUID:
    """Ask for a certificate; it takes the place of one that waits. Raises NotPermitted, RuleViolated,
    ReauthenticationNeeded."""
    me = _check_administrator(actor)
    check_prose(name=name)
    if len(name.strip()) < SHORTEST_NAME:
        raise RuleViolated(["Write which system or department this is."])
    found = certificates.read(pem, now=now)
    check_reauthenticated(actor)
    for row in _locked(to, confirmed=False):
        _end(row, actor, now)
    row = HandOverRecipient.objects.create(
        to=to.value,
        name=name.strip(),
        pem=found.pem,
        subject=found.subject,
        fingerprint=found.fingerprint,
        not_after=found.not_after,
        asked_by_id=me,
        asked_by=actor.label,
        asked_at=now,
    )
    _note("recipient_recorded", row, actor, now)
    return row.id


@transaction.atomic
def confirm(*, recipient_id: UUID, actor: Actor, now: datetime) -> None:
    """Raises NotPermitted (for whoever recorded it too), RuleViolated, ReauthenticationNeeded."""
    row = _waiting_row(recipient_id, actor)
    accounts.check_second_administrator(actor=actor, asked_by=row.asked_by_id, about=None, now=now)
    certificates.read(row.pem, now=now)  # it may have expired while it waited
    for before in _locked(To(row.to), confirmed=True):
        _end(before, actor, now)
    row.confirmed_by_id, row.confirmed_by, row.confirmed_at = actor.id, actor.label, now
    row.save()
    _note("recipient_confirmed", row, actor, now, asked_by=str(row.asked_by_id))


@transaction.atomic
def refuse(*, recipient_id: UUID, actor: Actor, now: datetime) -> None:
    """What waits, by any administrator, whoever recorded it included. Raises NotPermitted, RuleViolated."""
    row = _waiting_row(recipient_id, actor)
    _end(row, actor, now)
    _note("recipient_refused", row, actor, now, asked_by=str(row.asked_by_id))


@transaction.atomic
def take_out(*, to: To, actor: Actor, now: datetime) -> None:
    """What is in force, at once: for a key that is lost. Raises NotPermitted, RuleViolated."""
    _check_administrator(actor)
    rows = _locked(to, confirmed=True)
    if not rows:
        raise RuleViolated(["No certificate is in force there."], code="nothing_waits")
    _end(rows[0], actor, now)
    _note("recipient_taken_out", rows[0], actor, now)


def _check_administrator(actor: Actor) -> UUID:
    if actor.id is None or not actor.has(Role.FORCE_ADMIN):
        raise NotPermitted("recipients of copies are recorded by the force's administrators")
    return actor.id


def _locked(to: To, *, confirmed: bool) -> list[HandOverRecipient]:
    rows = HandOverRecipient.objects.select_for_update().filter(to=to.value, ended_at__isnull=True)
    return list(rows.filter(confirmed_at__isnull=not confirmed))


def _waiting_row(recipient_id: UUID, actor: Actor) -> HandOverRecipient:
    _check_administrator(actor)
    row = (
        HandOverRecipient.objects.select_for_update()
        .filter(id=recipient_id, confirmed_at__isnull=True, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise RuleViolated([NOTHING_WAITS], code="nothing_waits")
    return row


def _end(row: HandOverRecipient, actor: Actor, now: datetime) -> None:
    row.ended_by, row.ended_at = actor.label, now
    row.save()


def _note(verb: str, row: HandOverRecipient, actor: Actor, now: datetime, **more: str) -> None:
    audit.record(
        actor=actor,
        verb=f"handover.{verb}",
        object_type="handover_recipient",
        object_id=row.id,
        payload={
            "to": row.to,
            "fingerprint": row.fingerprint,
            "not_after": row.not_after.isoformat(),
            **more,
        },
        now=now,
    )


def to_data(row: HandOverRecipient) -> RecipientData:
    return RecipientData(
        id=row.id,
        to=To(row.to),
        name=row.name,
        pem=row.pem,
        subject=row.subject,
        fingerprint=row.fingerprint,
        not_after=row.not_after,
        asked_by_id=row.asked_by_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )
