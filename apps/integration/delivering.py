"""From the record to a receiver: what happened is taken over in its order, signed, and sent until it is
acknowledged. At least once: the receiver knows an event again by its id.

Nothing of an alert waits for this, and no alert does anything for it: the events are read from the record
itself, after they were linked, and written into an outbox in the transaction that moves the position on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.audit.api import FeedEvent
from apps.core import outgoing
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.outgoing import ServiceUnavailable
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.integration.models import Delivery, Webhook, WebhookSecret
from apps.integration.webhook_data import EVENT_OF, MOST_ATTEMPTS, Event, wait_after
from apps.vault import api as vault

log = logging.getLogger(__name__)

# So long nobody else sends what one worker took; longer than any one attempt can take.
HELD_FOR = timedelta(seconds=60)
# One receiver that answers slowly must not keep the others, or the platform's own steps, waiting.
RUN_FOR_S = 5.0
OK, MULTIPLE_CHOICES = 200, 300
USER_AGENT = "LFR-Webhook/1"
# Of a payload of the record, what a receiver is told beside number and times.
PASSED_ON = ("step", "waiting", "outcomes", "cause")
CONTRADICTED = "alert.identity_contradicted"


@dataclass(frozen=True)
class _Message:
    """What is sent, and with which keys it is signed."""

    delivery_id: UUID
    event_id: UUID
    event: str
    url: str
    body: bytes
    keys: Mapping[int, bytes]


def has_any() -> bool:
    """Whether the open force has a webhook that is not ended."""
    return bool(_active_ids())


def take_over() -> int:
    """Write into the outbox of the open force what was linked since. Returns how many deliveries."""
    return sum(_take_over(webhook_id) for webhook_id in _active_ids())


@transaction.atomic
def _take_over(webhook_id: UUID) -> int:
    webhook = Webhook.objects.select_for_update().filter(id=webhook_id, ended_at__isnull=True).first()
    if webhook is None:
        return 0
    wanted = {Event(event) for event in webhook.events}
    verbs = [verb for verb, event in EVENT_OF.items() if event in wanted]
    feed = audit.linked_since(position=webhook.position, verbs=verbs)
    slug = forces.get_force(force_id=webhook.force_id).slug
    rows = [
        Delivery(
            webhook=webhook,
            event_id=event.id,
            event=EVENT_OF[event.verb].value,
            body=_body(event, slug=slug),
            # By the real clock: what is old is old, also in a simulation.
            created_at=utc_now(),
        )
        for event in feed.events
        # What was recorded before it was made and linked only afterwards is not its business.
        if event.recorded_at >= webhook.created_at
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    webhook.position = feed.position
    webhook.save(update_fields=["position"])
    return len(rows)


def _body(event: FeedEvent, *, slug: str) -> dict[str, Any]:
    """Numbers, times and a camera. No person of either side, no picture, no similarity, no free text."""
    said = event.payload
    found: dict[str, Any] = {
        "id": str(event.id),
        "event": EVENT_OF[event.verb].value,
        "at": event.at.isoformat(),
        "force": slug,
        **{name: said[name] for name in PASSED_ON if name in said},
    }
    if event.verb == CONTRADICTED:
        found["outcomes"] = ["released_identity_wrong"]
    if "number" in said:
        found["alert"] = said["number"]
    if "state" in said:
        found["state"] = said["state"]
    return found | _where(event)


def _where(event: FeedEvent) -> dict[str, Any]:
    """The deployment by its reference and, of an alert, the camera and when the person passed it."""
    if "deployment_id" not in event.payload:
        return {"deployment": deployments.get(deployment_id=event.object_id).reference}
    deployment = deployments.get(deployment_id=UUID(event.payload["deployment_id"]))
    try:
        alert = alerts.get(alert_id=event.object_id)
    except NotFound:
        return {"deployment": deployment.reference}
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    return {
        "deployment": deployment.reference,
        "camera": names.get(alert.camera_id, ""),
        "captured_at": alert.captured_at.isoformat(),
    }


def deliver_due(*, force_id: UUID, until: float) -> int:
    """Send what is due of one force, webhook by webhook, oldest first, while `time.monotonic()` is before
    `until`. No transaction is open while a receiver is spoken to. Returns how many were acknowledged."""
    with force_context(force_id):
        active = _active_ids()
    return sum(_deliver_one_by_one(force_id, webhook_id, until) for webhook_id in active)


def _deliver_one_by_one(force_id: UUID, webhook_id: UUID, until: float) -> int:
    sent = 0
    while time.monotonic() < until:
        with force_context(force_id):
            message = _take(webhook_id, utc_now())
        if message is None:
            break
        problem = _send(message)
        with force_context(force_id):
            _settle(webhook_id, message, problem, utc_now())
        if problem:
            # The next ones would fail as well: the receiver rests.
            break
        sent += 1
    return sent


def _active_ids() -> list[UUID]:
    current_force_id()
    return list(Webhook.objects.filter(ended_at__isnull=True).values_list("id", flat=True))


def _take(webhook_id: UUID, now: datetime) -> _Message | None:
    """The oldest that waits, held so that no other worker sends it; None while the receiver rests."""
    webhook = Webhook.objects.select_for_update().filter(id=webhook_id, ended_at__isnull=True).first()
    if webhook is None or (webhook.retry_at is not None and now < webhook.retry_at):
        return None
    row = webhook.deliveries.filter(delivered_at__isnull=True, dead_at__isnull=True).first()
    if row is None or (row.held_until is not None and now < row.held_until):
        return None
    row.held_until, row.attempts = now + HELD_FOR, row.attempts + 1
    row.save(update_fields=["held_until", "attempts"])
    keys = {
        secret.number: vault.read(blob_id=secret.blob_id)
        for secret in WebhookSecret.objects.filter(webhook=webhook, blob_id__isnull=False)
        if secret.blob_id is not None and (secret.retires_at is None or now < secret.retires_at)
    }
    body = json.dumps(row.body, separators=(",", ":"), ensure_ascii=False).encode()
    return _Message(row.id, row.event_id, row.event, webhook.url, body, keys)


def signature(*, key: bytes, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `<timestamp>.<body>`, in hexadecimal: an old message cannot be sent again as new."""
    return hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _send(message: _Message) -> str:
    """Why it was not acknowledged, in words without anything of the message; empty when it was."""
    timestamp = int(utc_now().timestamp())
    signed = [
        f"k{number}={signature(key=key, timestamp=timestamp, body=message.body)}"
        for number, key in sorted(message.keys.items())
    ]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "LFR-Event": message.event,
        "LFR-Event-Id": str(message.event_id),
        "LFR-Timestamp": str(timestamp),
        "LFR-Signature": ",".join(signed),
    }
    try:
        status = outgoing.tell(message.url, body=message.body, headers=headers)
    except ServiceUnavailable as problem:
        return problem.message
    return "" if OK <= status < MULTIPLE_CHOICES else f"the receiver answered with status {status}"


def _settle(webhook_id: UUID, message: _Message, problem: str, now: datetime) -> None:
    webhook = Webhook.objects.select_for_update().get(id=webhook_id)
    row = Delivery.objects.select_for_update().filter(id=message.delivery_id).first()
    if row is None:  # the webhook was ended meanwhile
        return
    row.held_until, row.last_problem = None, problem
    if problem:
        webhook.failures += 1
        webhook.failing_since = webhook.failing_since or now
        webhook.retry_at = now + wait_after(webhook.failures)
        if row.attempts >= MOST_ATTEMPTS:
            row.dead_at = now
            _note_dead(webhook, row, now)
    else:
        row.delivered_at = now
        webhook.failures, webhook.failing_since, webhook.retry_at = 0, None, None
    webhook.last_problem = problem
    row.save()
    webhook.save(update_fields=["failures", "failing_since", "retry_at", "last_problem"])


def _note_dead(webhook: Webhook, row: Delivery, now: datetime) -> None:
    log.error("webhook %s: an event was given up after %d attempts", webhook.id, row.attempts)
    audit.record(
        actor=Actor.system(force_id=webhook.force_id, label="webhooks"),
        verb="webhook.gave_up",
        object_type="webhook",
        object_id=webhook.id,
        payload={"name": webhook.name, "event": row.event, "attempts": row.attempts},
        now=now,
    )
