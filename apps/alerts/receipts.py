"""The receipt of somebody who was spoken to (domain.md §5): an address that nobody can guess, without a name
or a face, which dies after the force's number of days.

The address is signed and names force and receipt: the database alone is not enough to make one up.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from apps.alerts import engagement_policies
from apps.alerts.changes import changed, locked
from apps.alerts.engagements import row_of
from apps.alerts.models import Receipt
from apps.alerts.queries import case_of
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.languages import ENGLISH
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments

GONE = "this receipt is not there, or not any more"
IDS = 32
_signer = Signer(salt="alerts.receipt", sep=".")


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
    path = path_of(token_of(current_force_id(), receipt.id), ENGLISH)
    return str(settings.LFR_PUBLIC_BASE_URL).rstrip("/") + path, receipt.expires_at


def path_of(token: str, language: str) -> str:
    return reverse("alerts:receipt" if language == ENGLISH else f"alerts:receipt-{language}", args=[token])


def token_of(force_id: UUID, receipt_id: UUID) -> str:
    return _signer.sign(urlsafe_b64encode(force_id.bytes + receipt_id.bytes).decode().rstrip("="))


def read_token(token: str) -> tuple[UUID, UUID]:
    """(force, receipt). Raises NotFound for an address that nobody signed; asks no database."""
    try:
        ids = urlsafe_b64decode(_signer.unsign(token) + "=")
    except (BadSignature, NotBase64) as wrong:
        raise NotFound(GONE) from wrong
    if len(ids) != IDS:
        raise NotFound(GONE)
    return UUID(bytes=ids[:16]), UUID(bytes=ids[16:])


def engagement_behind(*, receipt_id: UUID, now: datetime) -> tuple[UUID, datetime]:
    """(alert, until when), in the context of its force. Raises NotFound: never given, or over."""
    receipt = Receipt.objects.select_related("engagement").filter(id=receipt_id, expires_at__gt=now).first()
    if receipt is None:
        raise NotFound(GONE)
    return receipt.engagement.alert_id, receipt.expires_at
