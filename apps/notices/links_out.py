"""Links in mails. They are signed and name a subscription: nothing else is kept to know them again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner
from django.urls import reverse

from apps.core.errors import NotFound
from apps.notices.models import Subscription

CONFIRM_WITHIN = timedelta(days=2)
NOT_GOOD = "this link is not good any more"
_confirming = TimestampSigner(salt="notices.subscription.confirm")
_leaving = Signer(salt="notices.subscription.leave")


def absolute(path: str) -> str:
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path


def _names(subscription: Subscription) -> str:
    return f"{subscription.force_id}.{subscription.id}"


def confirm(subscription: Subscription) -> str:
    return absolute(reverse("notices:confirm", args=[_confirming.sign(_names(subscription))]))


def unsubscribe(subscription: Subscription) -> str:
    return absolute(reverse("notices:unsubscribe", args=[_leaving.sign(_names(subscription))]))


def of_confirmation(token: str) -> tuple[UUID, UUID]:
    """(force, subscription). Raises NotFound, also when the link is older than two days."""
    try:
        return _parsed(_confirming.unsign(token, max_age=CONFIRM_WITHIN))
    except BadSignature as wrong:
        raise NotFound(NOT_GOOD) from wrong


def of_leaving(token: str) -> tuple[UUID, UUID]:
    """(force, subscription). Raises NotFound."""
    try:
        return _parsed(_leaving.unsign(token))
    except BadSignature as wrong:
        raise NotFound(NOT_GOOD) from wrong


def _parsed(text: str) -> tuple[UUID, UUID]:
    force, _, subscription = text.partition(".")
    return UUID(force), UUID(subscription)
