"""Subscriptions by e-mail to the notices of a force's area: asked for, confirmed from the mailbox, ended.

Stored is an address and when it asked, nothing about what anybody read. Whoever asks learns nothing about
whether an address is subscribed already.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.notices import links_out
from apps.notices.mails import CONFIRM
from apps.notices.models import OutgoingMail, Subscription

# First mails to one address, until two days have passed and the row is gone.
MOST_ASKED = 3
ASK_AGAIN_AFTER = timedelta(minutes=10)


@transaction.atomic
def ask(*, email: str, now: datetime) -> None:
    """Send the mail with the confirming link, unless that address is subscribed or was asked just now."""
    email = email.strip().lower()
    row, is_new = Subscription.objects.select_for_update().get_or_create(
        force_id=current_force_id(), email=email, defaults={"asked_at": now}
    )
    if row.confirmed_at is not None:
        return
    if not is_new:
        if row.asked_times >= MOST_ASKED or now - row.asked_at < ASK_AGAIN_AFTER:
            return
        row.asked_times, row.asked_at = row.asked_times + 1, now
        row.save()
    OutgoingMail.objects.create(subscription=row, kind=CONFIRM, created_at=now)
    _note(row, "subscription.asked", now)


@transaction.atomic
def confirm(*, subscription_id: UUID, now: datetime) -> None:
    """Raises NotFound for one that is not there any more. Repeating it changes nothing."""
    row = Subscription.objects.select_for_update().filter(id=subscription_id).first()
    if row is None:
        raise NotFound(links_out.NOT_GOOD)
    if row.confirmed_at is None:
        row.confirmed_at = now
        row.save()
        _note(row, "subscription.confirmed", now)


@transaction.atomic
def unsubscribe(*, subscription_id: UUID, now: datetime) -> None:
    """Delete the address and every mail that waits for it. Repeating it changes nothing."""
    row = Subscription.objects.select_for_update().filter(id=subscription_id).first()
    if row is not None:
        _note(row, "subscription.ended", now)
        row.delete()


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete addresses that were never confirmed. Returns how many."""
    old = Subscription.objects.filter(confirmed_at__isnull=True, asked_at__lt=now - links_out.CONFIRM_WITHIN)
    return sum(_forget(row, now) for row in list(old))


@transaction.atomic
def _forget(row: Subscription, now: datetime) -> int:
    _note(row, "subscription.forgotten", now)
    return row.delete()[1].get("notices.Subscription", 0)


def _note(row: Subscription, verb: str, now: datetime) -> None:
    """The audit outlives the address: it has the id of the row and nothing of the person."""
    audit.record(
        actor=Actor.system(force_id=row.force_id, label="subscriptions"),
        verb=verb,
        object_type="subscription",
        object_id=row.id,
        payload={},
        now=now,
    )
