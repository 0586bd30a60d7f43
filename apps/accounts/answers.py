"""What waits for a second administrator, and their answer: an approving or administering role, the
training for an approving one, and a collar number (ADR 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.collar_numbers import replace_others
from apps.accounts.data import AnsweredData, WaitingData
from apps.accounts.established import check_second_administrator
from apps.accounts.models import CollarNumber, Invitation, RoleGrant, TrainingCertificate
from apps.accounts.noting import note_about
from apps.accounts.opened import opened_since
from apps.accounts.policies import check_administrator, check_reason
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.core.wording import say_moment

ROLE, CERTIFICATE, NUMBER = "role", "certificate", "collar_number"
# How long whoever asked reads on their page that it was refused.
TOLD_FOR = timedelta(days=14)
MADE_THE_LINK = (
    "You made the one-time link with which this account was opened: another administrator confirms it."
)
Waiting = RoleGrant | TrainingCertificate | CollarNumber
KINDS: Mapping[type, str] = {RoleGrant: ROLE, TrainingCertificate: CERTIFICATE, CollarNumber: NUMBER}


def waiting() -> list[WaitingData]:
    """What waits in the open force, the oldest first."""
    current_force_id()
    grants = RoleGrant.objects.filter(confirmed_at__isnull=True, revoked_at__isnull=True)
    certificates = TrainingCertificate.objects.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)
    numbers = CollarNumber.objects.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)
    rows: list[Waiting] = [
        *grants.select_related("user"),
        *certificates.select_related("user"),
        *numbers.select_related("user"),
    ]
    links = opened_since([(row.user_id, _asked_at(row)) for row in rows])
    return sorted((_data(row, links) for row in rows), key=lambda found: found.asked_at)


def get_waiting(*, waiting_id: UUID) -> WaitingData:
    """Raises NotFound, also when it has been answered."""
    row = _open(waiting_id, lock=False)
    return _data(row, opened_since([(row.user_id, _asked_at(row))]))


def how_answered(*, waiting_id: UUID) -> AnsweredData:
    """What became of something that waited and waits no more. Raises NotFound for what never waited here."""
    row: Waiting | None = RoleGrant.objects.filter(id=waiting_id).select_related("user").first()
    row = row or TrainingCertificate.objects.filter(id=waiting_id).select_related("user").first()
    row = row or CollarNumber.objects.filter(id=waiting_id).select_related("user").first()
    if row is None:
        raise NotFound("there is nothing of this kind in your force")
    if isinstance(row, RoleGrant):
        ended, by, why = row.revoked_at, row.revoked_by, row.revoked_reason
        asked_by = row.granted_by
    else:
        ended, by, why = row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason
        asked_by = row.recorded_by
    confirmed = row.confirmed_at is not None and bool(row.confirmed_by)
    return AnsweredData(
        kind=KINDS[type(row)],
        user_id=row.user_id,
        name=f"{row.user.rank} {row.user.display_name}".strip(),
        role=_role(row),
        confirmed_at=row.confirmed_at if confirmed else None,
        confirmed_by=row.confirmed_by,
        ended_at=ended,
        ended_by=by,
        ended_because=why,
        taken_back=row.confirmed_at is None and by == asked_by,
    )


def refused_lately(*, actor: Actor, now: datetime) -> list[AnsweredData]:
    """What this administrator asked for and another one refused in the last 14 days, the latest first."""
    since = now - TOLD_FOR
    asked = {"requested_by_id": actor.id, "confirmed_at__isnull": True}
    grants = RoleGrant.objects.filter(revoked_at__gt=since, **asked).exclude(revoked_by=actor.label)
    certificates = TrainingCertificate.objects.filter(withdrawn_at__gt=since, **asked)
    numbers = CollarNumber.objects.filter(withdrawn_at__gt=since, **asked)
    ids = [
        *grants.values_list("revoked_at", "id"),
        *certificates.exclude(withdrawn_by=actor.label).values_list("withdrawn_at", "id"),
        *numbers.exclude(withdrawn_by=actor.label).values_list("withdrawn_at", "id"),
    ]
    return [how_answered(waiting_id=row_id) for _, row_id in sorted(ids, reverse=True)]


@transaction.atomic
def confirm(*, waiting_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """It takes effect from now on.

    Raises NotFound, ReauthenticationNeeded, NotPermitted for whoever asked and whom it concerns, and
    RuleViolated for an administrator who is not independent of whoever asked.
    """
    check_administrator(actor)
    check_reason(reason)
    row = _open(waiting_id, lock=True)
    check_second_administrator(actor=actor, asked_by=row.requested_by_id, about=row.user_id, now=now)
    _check_opened_by_others(row, actor=actor)
    if isinstance(row, CollarNumber):
        replace_others(row, actor=actor, now=now)
    row.confirmed_at, row.confirmed_by, row.confirmed_by_id = now, actor.label, actor.id
    row.save(update_fields=["confirmed_at", "confirmed_by", "confirmed_by_id"])
    _note(row, "confirmed", actor=actor, now=now, reason=reason)


@transaction.atomic
def refuse(*, waiting_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """It never takes effect. By whoever asked for it, it is taken back, and the record says so.

    Raises NotFound, NotPermitted, RuleViolated, ReauthenticationNeeded.
    """
    check_administrator(actor)
    check_reason(reason)
    check_reauthenticated(actor)
    row = _open(waiting_id, lock=True)
    if isinstance(row, RoleGrant):
        row.revoked_at, row.revoked_by, row.revoked_reason = now, actor.label, reason
        row.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    else:
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, actor.label, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    answer = "taken_back" if actor.id == row.requested_by_id else "refused"
    _note(row, answer, actor=actor, now=now, reason=reason)


def _open(waiting_id: UUID, *, lock: bool) -> Waiting:
    grants, certificates = RoleGrant.objects.all(), TrainingCertificate.objects.all()
    numbers = CollarNumber.objects.all()
    if lock:
        grants, certificates = grants.select_for_update(), certificates.select_for_update()
        numbers = numbers.select_for_update()
    unanswered = {"id": waiting_id, "confirmed_at__isnull": True}
    row: Waiting | None = grants.filter(revoked_at__isnull=True, **unanswered).first()
    row = row or certificates.filter(withdrawn_at__isnull=True, **unanswered).first()
    row = row or numbers.filter(withdrawn_at__isnull=True, **unanswered).first()
    if row is None:
        raise NotFound("nothing waits here: it has been answered")
    return row


def _asked_at(row: Waiting) -> datetime:
    return row.granted_at if isinstance(row, RoleGrant) else row.recorded_at


def _check_opened_by_others(row: Waiting, *, actor: Actor) -> None:
    """Whoever could be sitting in the account does not confirm what it may do. Raises NotPermitted."""
    links = opened_since([(row.user_id, _asked_at(row))]).get(row.user_id, ())
    if actor.id in {link.created_by_id for link in links}:
        raise NotPermitted(MADE_THE_LINK)


def _say_links(links: Sequence[Invitation]) -> str:
    """For instance "One-time link of Staff Uma Ibis to a new password, used on …; second factors removed"."""
    said = []
    for link in links:
        aim = "a new password" if link.kind == "reset" else "accepting again"
        removed = "; second factors removed" if link.clear_second_factors else ""
        when = say_moment(link.used_at) if link.used_at else ""
        said.append(f"One-time link of {link.created_by} to {aim}, used on {when}{removed}")
    return ". ".join(said)


def _role(row: Waiting) -> Role | None:
    """A number belongs to a person, whatever their roles."""
    return None if isinstance(row, CollarNumber) else Role(row.role)


def _said(row: Waiting) -> str:
    """All that there is to look at before confirming it."""
    if isinstance(row, CollarNumber):
        return f"{row.number}: {row.reason}"
    return row.reason if isinstance(row, RoleGrant) else _say_certificate(row)


def _say_certificate(row: TrainingCertificate) -> str:
    days = f"{_day(row.issued_date)} to {_day(row.expires_date)}"
    return f"{row.course}, {days}, {f'reference {row.reference}' if row.reference else 'without a reference'}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _data(row: Waiting, opened: Mapping[UUID, Sequence[Invitation]]) -> WaitingData:
    links = opened.get(row.user_id, ())
    return WaitingData(
        id=row.id,
        kind=KINDS[type(row)],
        user_id=row.user_id,
        name=f"{row.user.rank} {row.user.display_name}".strip(),
        role=_role(row),
        words=_said(row),
        asked_at=_asked_at(row),
        asked_by=row.granted_by if isinstance(row, RoleGrant) else row.recorded_by,
        asked_by_id=row.requested_by_id,
        opened=_say_links(links),
        opened_by_ids=frozenset(link.created_by_id for link in links if link.created_by_id),
    )


def _note(row: Waiting, answer: str, *, actor: Actor, now: datetime, reason: str) -> None:
    kind = KINDS[type(row)]
    payload = {"asked_by": str(row.requested_by_id or "")}
    if not isinstance(row, CollarNumber):
        payload["role"] = row.role
    if kind != ROLE:
        payload[kind] = str(row.id)
    note_about(row.user_id, f"{kind}.{answer}", payload, actor=actor, now=now, reason=reason)
