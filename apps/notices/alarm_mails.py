"""The mail to people of the force about a deletion that would fail, or is late. English, as their pages are.
It names what is to be deleted and when: no person, no deployment.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts import api as accounts
from apps.core.data import Role
from apps.core.errors import NotFound
from apps.core.wording import say_moment
from apps.notices.links_out import absolute
from apps.notices.models import OutgoingMail

ALARM = "deletion_alarm"


def tell_of_alarm(
    *, title: str, due_at: datetime | None, late: bool, to: Collection[Role], now: datetime
) -> None:
    """In the transaction of the alarm: a mail to each person who holds one of the roles."""
    wish = {"title": title, "due": say_moment(due_at) if due_at else "", "late": late, "to": sorted(to)}
    OutgoingMail.objects.bulk_create(
        OutgoingMail(user_id=person, kind=ALARM, wish=wish, created_at=now)
        for person in sorted(accounts.holders(roles=to))
    )


def message(mail: OutgoingMail) -> EmailMessage | None:
    """None where the person holds none of these roles any more, or the account is gone."""
    if mail.user_id is None or mail.user_id not in accounts.holders(roles=[Role(r) for r in mail.wish["to"]]):
        return None
    try:
        to = accounts.get_user(user_id=mail.user_id).username
    except NotFound:
        return None
    what = "a deletion is overdue" if mail.wish["late"] else "a deletion would fail"
    body = render_to_string("notices/alarm.txt", {**mail.wish, "address": absolute(reverse("desk:home"))})
    return EmailMessage(f"Deletion alarm: {what}", body, settings.DEFAULT_FROM_EMAIL, [to])
