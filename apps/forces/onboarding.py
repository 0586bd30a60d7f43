"""The link with which the first administrator of a force finishes its onboarding.

The token names its force, so that it is looked up behind that force's wall: no query looks over all forces.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import DomainError, NotFound, RuleViolated
from apps.core.tenancy import current_force_id, force_context
from apps.forces.data import OnboardingData
from apps.forces.models import OnboardingLink
from apps.forces.queries import get_force

VALID_FOR = timedelta(days=7)
SECRET_BYTES = 32
HEX_LENGTH = 32


class LinkNotGood(DomainError):
    """The link was used, replaced, has expired, or never was one; `code` says which."""


GONE = {
    "used": "This link has been used. The force is set up: sign in.",
    "replaced": "This link was replaced by a newer one. Use that one.",
    "expired": "This link has expired. Ask whoever sent it for a new one.",
    "unknown": "This is not an onboarding link. Copy the whole address, without a space or a line break.",
}


def offer(*, force_id: UUID, admin_email: str, now: datetime) -> str:
    """A new link's token; older ones of the force are void. Raises RuleViolated."""
    try:
        validate_email(admin_email)
    except ValidationError as problem:
        raise RuleViolated(["Write the administrator's e-mail address."], code="email") from problem
    token = force_id.hex + secrets.token_urlsafe(SECRET_BYTES)
    with force_context(force_id):
        if get_force(force_id=force_id).active:
            raise RuleViolated(["This force is set up already."], code="finished")
        OnboardingLink.objects.filter(used_at=None, cancelled_at=None).update(cancelled_at=now)
        link = OnboardingLink.objects.create(
            token_sha256=_digest(token),
            admin_email=admin_email.lower(),
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        audit.record(
            actor=Actor.system(force_id=force_id, label="onboarding"),
            verb="force.onboarding_offered",
            object_type="force",
            object_id=force_id,
            payload={"link": str(link.id), "expires_at": link.expires_at.isoformat()},
            now=now,
        )
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@contextmanager
def opened(token: str, *, now: datetime) -> Iterator[OnboardingData]:
    """The force's context, with the link locked in it. Raises LinkNotGood."""
    try:
        force_id = UUID(hex=token[:HEX_LENGTH])
    except ValueError as problem:
        raise _not_good("unknown") from problem
    with force_context(force_id):
        link = _good(token, now)
        yield OnboardingData(
            force=get_force(force_id=force_id), admin_email=link.admin_email, expires_at=link.expires_at
        )


def _good(token: str, now: datetime) -> OnboardingLink:
    digest = _digest(token)
    link = OnboardingLink.objects.select_for_update().filter(token_sha256=digest).first()
    if link is None or not hmac.compare_digest(bytes(link.token_sha256), digest):
        raise _not_good("unknown")
    if link.used_at is not None:
        raise _not_good("used")
    if link.cancelled_at is not None:
        raise _not_good("replaced")
    if now >= link.expires_at:
        raise _not_good("expired")
    return link


def _not_good(code: str) -> LinkNotGood:
    return LinkNotGood(GONE[code], code=code)


def note_used(token: str, *, now: datetime) -> None:
    """Inside `opened`: the link is good no more. Raises NotFound for one of another force."""
    changed = OnboardingLink.objects.filter(
        force_id=current_force_id(), token_sha256=_digest(token), used_at=None
    ).update(used_at=now)
    if not changed:
        raise NotFound("there is no such link")
