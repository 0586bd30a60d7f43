"""The receipt of somebody who was spoken to (domain.md §5): an address that nobody can guess, without a name
or a face, which dies after the force's number of days.

It is short enough to be typed from paper: the force's slug and 20 characters of Crockford's base 32, of which
8 find the receipt and 12 are a seal of the platform's key. So a guess among n receipts is right once in
2^100 / n, and the database alone is not enough to make an address up. Addresses that were given before were
signed, and long; they are read as long as they live.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.alerts import engagement_policies
from apps.alerts.changes import changed, locked
from apps.alerts.engagements import row_of
from apps.alerts.models import Receipt
from apps.alerts.queries import case_of
from apps.core import base32
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.languages import ENGLISH
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.forces import api as forces

GONE = "this receipt is not there, or not any more"
SALT = "alerts.receipt.address"
FINDS, SEALS = 8, 12
GROUP = 5
ID_BITS = 128
LONGEST = 200
_ADDRESS = re.compile(rf"(?P<slug>[a-z0-9-]+?)-(?P<code>(?:[a-z0-9]-?){{{FINDS + SEALS}}})", re.IGNORECASE)
_signed = Signer(salt="alerts.receipt", sep=".")
SIGNED_IDS = 32


@dataclass(frozen=True)
class Address:
    """What an address says: whose the receipt is, and its id (of a signed one) or its code."""

    force_id: UUID
    receipt_id: UUID | None = None
    code: str = ""


@transaction.atomic
def give_receipt(*, alert_id: UUID, actor: Actor, now: datetime) -> datetime:
    """Until when its address is good. Given again it stays the one that was given first.

    Raises NotPermitted, NotFound where nobody was engaged.
    """
    alert = locked(alert_id)
    engagement_policies.check_receipt(case_of(alert), actor=actor)
    engagement = row_of(alert)
    days = deployments.rules_of(deployments.get(deployment_id=alert.deployment_id)).receipt_days
    found = Receipt.objects.filter(engagement=engagement).first()
    if found is not None:
        return found.expires_at
    # From the engagement on: giving it late does not make it live longer.
    expires_at = engagement.engaged_at + timedelta(days=days)
    if expires_at <= now:
        raise NotFound(GONE)
    Receipt.objects.create(engagement=engagement, given_at=now, given_by=actor.label, expires_at=expires_at)
    changed(alert, actor, "alert.receipt_given", now, until=expires_at.isoformat())
    return expires_at


def given(*, alert_id: UUID, now: datetime) -> tuple[str, datetime]:
    """The whole address, for the QR code, and until when it is good. Raises NotFound while there is none."""
    receipt = Receipt.objects.filter(engagement__alert_id=alert_id, expires_at__gt=now).first()
    if receipt is None:
        raise NotFound("no receipt was given yet")
    force = forces.get_force(force_id=current_force_id())
    path = path_of(token_of(force.slug, force.id, receipt.id), ENGLISH)
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path, receipt.expires_at


def path_of(token: str, language: str) -> str:
    return reverse("alerts:receipt" if language == ENGLISH else f"alerts:receipt-{language}", args=[token])


def token_of(slug: str, force_id: UUID, receipt_id: UUID) -> str:
    """In small letters: a telephone's keyboard begins with them."""
    code = _code(force_id, receipt_id, settings.SECRET_KEY)
    return f"{slug}-{base32.grouped(code, chars=GROUP).lower()}"


def _code(force_id: UUID, receipt_id: UUID, key: str | bytes) -> str:
    seal = salted_hmac(SALT, force_id.bytes + receipt_id.bytes, secret=key, algorithm="sha256").digest()
    finds = base32.encode(receipt_id.int >> (ID_BITS - FINDS * base32.BITS), chars=FINDS)
    return finds + base32.encode(int.from_bytes(seal), chars=SEALS)


def read_token(token: str) -> Address:
    """Raises NotFound for what is no address, or of no force that is known to the public."""
    typed = _ADDRESS.fullmatch(token) if len(token) <= LONGEST else None
    if typed is None:
        return _read_signed(token)
    force = forces.get_force_by_slug(slug=typed["slug"].lower())
    return Address(force.id, code=base32.as_written(typed["code"]))


def _read_signed(token: str) -> Address:
    try:
        ids = urlsafe_b64decode(_signed.unsign(token) + "=")
    except (BadSignature, NotBase64) as wrong:
        raise NotFound(GONE) from wrong
    if len(ids) != SIGNED_IDS:
        raise NotFound(GONE)
    return Address(UUID(bytes=ids[:16]), UUID(bytes=ids[16:]))


def engagement_behind(*, address: Address, now: datetime) -> tuple[UUID, datetime]:
    """(alert, until when), in the context of its force. Raises NotFound: never given, or over."""
    receipt = _behind(address, now)
    if receipt is None:
        raise NotFound(GONE)
    return receipt.engagement.alert_id, receipt.expires_at


def _behind(address: Address, now: datetime) -> Receipt | None:
    alive = Receipt.objects.select_related("engagement").filter(expires_at__gt=now)
    if address.receipt_id is not None:
        return alive.filter(id=address.receipt_id).first()
    try:
        first = base32.decode(address.code[:FINDS]) << (ID_BITS - FINDS * base32.BITS)
    except ValueError:
        return None
    last = first | (1 << (ID_BITS - FINDS * base32.BITS)) - 1
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return next(
        (
            receipt
            for receipt in alive.filter(id__range=(UUID(int=first), UUID(int=last)))
            for key in keys
            if constant_time_compare(_code(address.force_id, receipt.id, key), address.code)
        ),
        None,
    )
