"""Subscriptions by e-mail to the notices of a force, or of some of its districts: asked for, confirmed from
the mailbox, ended.

Stored is an address, when it asked, the names of the districts and the language; nothing about what anybody
read. Whoever asks learns nothing about whether an address is subscribed already.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.languages import ENGLISH
from apps.core.tenancy import current_force_id
from apps.notices import links_out
from apps.notices.mails import CONFIRM
from apps.notices.models import OutgoingMail, Subscription

# Mails with a link to confirm that one address gets in two days.
MOST_ASKED = 3
ASK_AGAIN_AFTER = timedelta(minutes=10)


@transaction.atomic
def ask(*, email: str, now: datetime, districts: tuple[str, ...] = (), language: str = ENGLISH) -> None:
    """Send the mail with the confirming link, unless that address has what it asks for or was asked just now.
    Until the button behind the link is pressed nothing changes for whoever is subscribed already."""
    email = email.strip().lower()
    row, is_new = Subscription.objects.select_for_update().get_or_create(
        force_id=current_force_id(), email=email, defaults={"asked_at": now, "language": language}
    )
    if row.confirmed_at is not None and (tuple(row.districts), row.language) == (districts, language):
        return
    if not is_new:
        if now - row.asked_at > links_out.CONFIRM_WITHIN:
            row.asked_times = 0
        if row.asked_times >= MOST_ASKED or now - row.asked_at < ASK_AGAIN_AFTER:
            return
        row.asked_times, row.asked_at = row.asked_times + 1, now
        row.save()
    wish = {"districts": list(districts), "language": language}
    OutgoingMail.objects.create(subscription=row, kind=CONFIRM, created_at=now, wish=wish)
    _note(row, "subscription.asked", now)


@transaction.atomic
def confirm(*, wish: links_out.Wish, now: datetime) -> None:
    """Raises NotFound for a subscription that is not there any more. Repeating it changes nothing."""
    row = Subscription.objects.select_for_update().filter(id=wish.subscription_id).first()
    if row is None:
        raise NotFound(links_out.NOT_GOOD)
    if row.confirmed_at is not None and (tuple(row.districts), row.language) == (
        wish.districts,
        wish.language,
    ):
        return
    verb = "subscription.confirmed" if row.confirmed_at is None else "subscription.changed"
    row.confirmed_at = row.confirmed_at or now
    row.districts, row.language = list(wish.districts), wish.language
    row.save()
    _note(row, verb, now)


@transaction.atomic
def unsubscribe(*, subscription_id: UUID, now: datetime) -> None:
    """Delete the address and every mail that waits for it. Repeating it changes nothing."""
    row = Subscription.objects.select_for_update().filter(id=subscription_id).first()
    if row is not None:
        _note(row, "subscription.ended", now)
        row.delete()


def forget_unconfirmed(*, now: datetime) -> int:
    """Delete addresses that were never confirmed. Returns how many."""
    old = _unconfirmed(now).values_list("id", flat=True)
    return sum(forget(subscription_id=each, now=now) for each in list(old))


@transaction.atomic
def forget(*, subscription_id: UUID, now: datetime) -> int:
    """Delete one that was not confirmed in time, and was not meanwhile. Returns 1, else 0."""
    row = _unconfirmed(now).select_for_update().filter(id=subscription_id).first()
    if row is None:
        return 0
    _note(row, "subscription.forgotten", now)
    row.delete()
    return 1


def _unconfirmed(now: datetime) -> QuerySet[Subscription]:
    too_late = now - links_out.CONFIRM_WITHIN
    return Subscription.objects.filter(confirmed_at__isnull=True, asked_at__lt=too_late)


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
