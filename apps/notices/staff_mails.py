"""The mail to somebody who works for the force, about a deadline of a deployment. English, as their pages
are. It names the deployment, what is to be done and by when: no person, nothing of a list.
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts import api as accounts
from apps.core.data import Role
from apps.core.errors import NotFound
from apps.core.wording import say_moment, say_window
from apps.deployments import api as deployments
from apps.notices import alarm_mails
from apps.notices.links_out import absolute
from apps.notices.models import OutgoingMail

CONFIRMATION, CONFIRMATION_SOON = "confirmation", "confirmation_soon"
CONDITIONS, RESULTS = "conditions", "results_due"
# What the subject says, and what is to be done.
WORDS: dict[str, tuple[str, str]] = {
    CONFIRMATION: (
        "Confirm or refuse an urgent approval",
        "An urgent approval was given. An authorising officer who did not give it confirms or refuses it. "
        "Recognition stops by itself when that has not happened in time.",
    ),
    CONFIRMATION_SOON: (
        "An urgent approval is still not confirmed",
        "An urgent approval is not confirmed yet. An authorising officer who did not give it confirms or "
        "refuses it. Recognition stops by itself when that has not happened in time.",
    ),
    CONDITIONS: (
        "Conditions of an approval are open",
        "The approval has conditions that nobody has noted as met. It cannot start before that.",
    ),
    RESULTS: (
        "Results are due",
        "The deployment has ended and its review is not written. Its results have to be public by the time "
        "below.",
    ),
}
AUTHORISING = (Role.AUTHORISING_OFFICER,)
TO: dict[str, tuple[Role, ...]] = {
    CONFIRMATION: AUTHORISING,
    CONFIRMATION_SOON: AUTHORISING,
    CONDITIONS: (Role.SILVER_COMMANDER, Role.PLANNER),
    RESULTS: (Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER),
}


def message(mail: OutgoingMail) -> EmailMessage | None:
    """None where the person holds none of these roles any more, or the account is gone."""
    if mail.kind == alarm_mails.ALARM:
        return alarm_mails.message(mail)
    if mail.reminder is None or mail.user_id is None:
        return None
    if mail.user_id not in accounts.holders(roles=TO[mail.reminder.kind]):
        return None
    try:
        to = accounts.get_user(user_id=mail.user_id).username
        deployment = deployments.get(deployment_id=mail.reminder.deployment_id)
    except NotFound:
        return None
    title, what = WORDS[mail.reminder.kind]
    authority = deployment.authority
    body = render_to_string(
        "notices/reminder.txt",
        {
            "what": what,
            "reference": deployment.reference,
            "place": authority.place_name,
            "window": say_window(authority.window_start, authority.window_end),
            "due": say_moment(mail.reminder.due_at),
            "address": absolute(reverse("deployments:page", args=[deployment.id])),
        },
    )
    subject = f"{deployment.reference}: {title}"
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
