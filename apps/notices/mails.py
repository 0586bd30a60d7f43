"""Mails about notices: written down with the change they are about, handed over later, then forgotten.

To those who subscribed, each in the language that they chose; to the oversight body; and to people of the
force about deadlines (reminders.py). Plain text, no picture, no link but to the pages: nothing tells who read
what.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from apps.core.languages import ENGLISH
from apps.core.tenancy import current_force_id, force_context
from apps.core.wording import say_window
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import districts, links_out, queries, staff_mails
from apps.notices.data import NoticeContent
from apps.notices.languages import is_compiled, public_path
from apps.notices.models import Notice, OutgoingMail, Subscription
from apps.notices.wording import STATUS_WORDS

log = logging.getLogger(__name__)

PUBLISHED, CHANGED, CALLED_OFF, RESULTS, CONFIRM = "published", "changed", "called_off", "results", "confirm"
SUBJECTS = {
    PUBLISHED: _("Live Facial Recognition planned: %(place)s, %(window)s"),
    CHANGED: _("Changed: Live Facial Recognition at %(place)s, %(window)s"),
    CALLED_OFF: _("%(status)s: Live Facial Recognition at %(place)s, %(window)s"),
    RESULTS: _("Results: Live Facial Recognition at %(place)s, %(window)s"),
    CONFIRM: _("Confirm that you want notices of Live Facial Recognition"),
}
AGAIN_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 50
# A run of the task is to be over before the next one.
MOST_AT_ONCE = 50


def tell(row: Notice, kind: str, *, now: datetime) -> None:
    """In the transaction of the change: a mail to each confirmed subscriber whom it concerns, and to the
    oversight body. What the notice said before concerns people too: that it moved away."""
    force = forces.get_force(force_id=row.force_id)
    said = [row.content, *(version["content"] for version in row.versions)]
    here = districts.touched(force, [NoticeContent.from_snapshot(each) for each in said])
    listed = frozenset(each.name for each in forces.districts_of(force))
    people = Subscription.objects.filter(force_id=current_force_id(), confirmed_at__isnull=False)
    mails = [
        OutgoingMail(subscription=person, notice=row, kind=kind, created_at=now)
        for person in people
        if districts.concerns(person.districts, listed=listed, here=here)
    ]
    if force.oversight_email:
        mails.append(OutgoingMail(notice=row, kind=kind, created_at=now))
    OutgoingMail.objects.bulk_create(mails)


def send_due(*, force_id: UUID, now: datetime) -> int:
    """Hand over what waits, each in a transaction of its own. How many went.

    A mail is deleted when the server has taken it; a crash between the two sends it once more. One that was
    refused for hours is deleted too.
    """
    with force_context(force_id):
        _give_up()
        due = OutgoingMail.objects.filter(Q(tried_at__isnull=True) | Q(tried_at__lt=now - AGAIN_AFTER))
        waiting = list(due.values_list("id", flat=True)[:MOST_AT_ONCE])
    return sum(_handed_over(mail_id, force_id, now) for mail_id in waiting)


def _give_up() -> None:
    """What was tried too often goes: it would never be tried again, and stays about somebody."""
    for mail in OutgoingMail.objects.filter(attempts__gte=MOST_ATTEMPTS):
        log.error("mail %s (%s) was not taken %s times and is given up", mail.id, mail.kind, mail.attempts)
        mail.delete()


def _handed_over(mail_id: UUID, force_id: UUID, now: datetime) -> bool:
    """One that cannot even be written holds no other up: not this force's, not another's."""
    try:
        with force_context(force_id):
            rows = OutgoingMail.objects.select_for_update(skip_locked=True, of=("self",))
            mail = rows.select_related("subscription", "notice", "reminder").filter(id=mail_id).first()
            return mail is not None and _send(mail, now=now)
    except Exception as problem:  # noqa: BLE001 - tried again later, like one that was not taken
        # Without its words and where it happened: they may quote the address.
        log.error("mail %s could not be written: %s", mail_id, type(problem).__name__)
    with force_context(force_id):
        OutgoingMail.objects.filter(id=mail_id).update(tried_at=now, attempts=F("attempts") + 1)
    return False


def _send(mail: OutgoingMail, *, now: datetime) -> bool:
    force = forces.get_force(force_id=current_force_id())
    message = staff_mails.message(mail) if mail.user_id else _message(mail, force)
    if message is None:
        mail.delete()
        return False
    try:
        message.send()
    except (OSError, SMTPException) as problem:
        # Without what the server said: it may quote the address.
        log.warning("a mail about notices was not taken: %s", type(problem).__name__)
        mail.tried_at, mail.attempts = now, mail.attempts + 1
        mail.save()
        return False
    mail.delete()
    return True


def _message(mail: OutgoingMail, force: ForceData) -> EmailMessage | None:
    """None where there is nobody to write to any more."""
    to = mail.subscription.email if mail.subscription else force.oversight_email
    if not to:
        return None
    with override(_language(mail, force)):
        return _written(mail, force, to)


def _language(mail: OutgoingMail, force: ForceData) -> str:
    """English where the force does not offer the other one any more."""
    asked = mail.wish.get("language") or (mail.subscription.language if mail.subscription else ENGLISH)
    return asked if asked in force.languages and is_compiled(asked) else ENGLISH


def _written(mail: OutgoingMail, force: ForceData, to: str) -> EmailMessage | None:
    values: dict[str, str] = {"place": "", "window": "", "status": ""}
    context: dict[str, object] = {
        "force": force,
        "kind": mail.kind,
        "to_oversight": mail.subscription is None,
    }
    if mail.notice is not None:
        notice = queries.as_data(mail.notice)
        content = notice.content
        if content is None:
            return None
        values = {
            "place": content.place_name,
            "window": say_window(content.window_start, content.window_end),
            "status": gettext(STATUS_WORDS[notice.status]),
        }
        page = public_path("notice", content.force_slug, notice.slug)
        context |= {"address": links_out.absolute(page), "content": content, **values}
        if mail.subscription is None:
            context["desk"] = links_out.absolute(reverse("notices:people", args=[notice.deployment_id]))
    headers = {}
    if mail.subscription is not None:
        context |= _of_subscription(mail, mail.subscription, force)
        headers["List-Unsubscribe"] = f"<{context['unsubscribe']}>"
    subject = " ".join((gettext(SUBJECTS[mail.kind]) % values).split())
    body = render_to_string("notices/mail.txt", context)
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers)


def _of_subscription(mail: OutgoingMail, to: Subscription, force: ForceData) -> dict[str, object]:
    asked = mail.wish if mail.kind == CONFIRM else {"districts": to.districts, "language": to.language}
    names = tuple(asked["districts"])
    return {
        "districts": "; ".join(names),
        "is_change": to.confirmed_at is not None,
        "confirm": links_out.confirm(to, districts=names, language=asked["language"]),
        "unsubscribe": links_out.unsubscribe(to),
        "change": links_out.absolute(public_path("subscribe", force.slug)),
    }
