"""Links in mails. They are signed and name a subscription: nothing else is kept to know them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner

from apps.core.errors import NotFound
from apps.notices.languages import public_path
from apps.notices.models import Subscription

CONFIRM_WITHIN = timedelta(days=2)
NOT_GOOD = "this link is not good any more"
_confirming = TimestampSigner(salt="notices.subscription.wish")
_leaving = Signer(salt="notices.subscription.leave")


@dataclass(frozen=True)
class Wish:
    """What the button behind the link of a first mail confirms. It stands in the link alone: a stranger who
    asks for an address changes nothing of what its owner confirmed. No districts: the whole force."""

    force_id: UUID
    subscription_id: UUID
    districts: tuple[str, ...]
    language: str


def absolute(path: str) -> str:
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path


def confirm(subscription: Subscription, *, districts: tuple[str, ...], language: str) -> str:
    wish = {
        "force": str(subscription.force_id),
        "id": str(subscription.id),
        "districts": list(districts),
        "language": language,
    }
    token = _confirming.sign_object(wish, compress=True)
    return absolute(public_path("confirm", token, language=language))


def unsubscribe(subscription: Subscription) -> str:
    """In the language of the subscription."""
    token = _leaving.sign(f"{subscription.force_id}.{subscription.id}")
    return absolute(public_path("unsubscribe", token, language=subscription.language))


def of_confirmation(token: str) -> Wish:
    """Raises NotFound, also when the link is older than two days."""
    try:
        wish = _confirming.unsign_object(token, max_age=CONFIRM_WITHIN)
    except BadSignature as wrong:
        raise NotFound(NOT_GOOD) from wrong
    return Wish(UUID(wish["force"]), UUID(wish["id"]), tuple(wish["districts"]), wish["language"])


def of_leaving(token: str) -> tuple[UUID, UUID]:
    """(force, subscription). Raises NotFound."""
    try:
        force, _, subscription = _leaving.unsign(token).partition(".")
    except BadSignature as wrong:
        raise NotFound(NOT_GOOD) from wrong
    return UUID(force), UUID(subscription)
