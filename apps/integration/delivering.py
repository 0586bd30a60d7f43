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
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from apps.audit import api as audit
from apps.core import outgoing
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError
from apps.core.outgoing import ServiceUnavailable
from apps.core.tenancy import current_force_id, force_context
from apps.forces import api as forces
from apps.integration.models import Delivery, Webhook, WebhookSecret
from apps.integration.webhook_bodies import Bodies
from apps.integration.webhook_data import EVENT_OF, GIVEN_UP_AFTER, MOST_ATTEMPTS, PING, Event, wait_after
from apps.vault import api as vault

log = logging.getLogger(__name__)

# So long nobody else sends what one worker took; longer than any one attempt takes, looking up the name too.
HELD_FOR = timedelta(seconds=120)
# One receiver that answers slowly must not keep the others, or the platform's own steps, waiting: a run
# begins no message after so long, and none of one receiver after its share.
RUN_FOR_S = 5.0
SHARE_S = 1.0
OK, MULTIPLE_CHOICES = 200, 300
USER_AGENT = "LFR-Webhook/1"


@dataclass(frozen=True)
class Message:
    """What is sent, and with which keys it is signed."""

    delivery_id: UUID
    event_id: UUID
    event: str
    url: str
    body: bytes
    keys: Mapping[int, bytes]


class Receiver(NamedTuple):
    """Whom a run speaks to."""

    force_id: UUID
    webhook_id: UUID


def active() -> list[Receiver]:
    """The webhooks of the open force that are not ended."""
    force_id = current_force_id()
    found = Webhook.objects.filter(ended_at__isnull=True).values_list("id", flat=True)
    return [Receiver(force_id, webhook_id) for webhook_id in found]


def take_over() -> int:
    """Write into the outbox of the open force what was linked since. Returns how many deliveries. What cannot
    be written for one webhook is written for the others."""
    taken = 0
    for receiver in active():
        try:
            taken += _take_over(receiver.webhook_id)
        except DomainError:
            log.exception("nothing could be taken over for webhook %s", receiver.webhook_id)
    return taken


@transaction.atomic
def _take_over(webhook_id: UUID) -> int:
    webhook = Webhook.objects.select_for_update().filter(id=webhook_id, ended_at__isnull=True).first()
    if webhook is None:
        return 0
    wanted = {Event(event) for event in webhook.events}
    verbs = [verb for verb, event in EVENT_OF.items() if event in wanted]
    feed = audit.linked_since(position=webhook.position, verbs=verbs)
    bodies = Bodies(slug=forces.get_force(force_id=webhook.force_id).slug)
    rows = [
        Delivery(
            webhook=webhook,
            event_id=event.id,
            event=EVENT_OF[event.verb].value,
            body=bodies.of(event),
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


# What the last message to a receiver took, in this process.
_took: dict[Receiver, float] = {}


def in_turn(receivers: Collection[Receiver]) -> Sequence[Receiver]:
    """The quick ones first, so that none waits behind a slow one of whatever force. Who was slow and had no
    turn counts half as slow the next time: everybody gets one."""
    for gone in _took.keys() - set(receivers):
        del _took[gone]
    return sorted(receivers, key=lambda receiver: _took.get(receiver, 0.0))


def deliver_due(*, receivers: Collection[Receiver], until: float) -> int:
    """Send what is due, receiver by receiver, oldest first, and begin nothing once `time.monotonic()` is
    `until`. No transaction is open while a receiver is spoken to. Returns how many were acknowledged."""
    sent = 0
    for receiver in in_turn(receivers):
        if time.monotonic() >= until:
            if receiver in _took:
                _took[receiver] /= 2
            continue
        try:
            sent += _deliver_one_by_one(receiver, min(until, time.monotonic() + SHARE_S))
        except (DatabaseError, DomainError):
            log.exception("webhook %s could not be served", receiver.webhook_id)
    return sent


def _deliver_one_by_one(receiver: Receiver, until: float) -> int:
    sent = 0
    while time.monotonic() < until:
        with force_context(receiver.force_id):
            message = _take(receiver.webhook_id, utc_now())
        if message is None:
            break
        begun = time.monotonic()
        problem = send(message)
        _took[receiver] = time.monotonic() - begun
        with force_context(receiver.force_id):
            _settle(receiver.webhook_id, message, problem, utc_now())
        if problem:
            # The next ones would fail as well: the receiver rests.
            break
        sent += 1
    return sent


def _take(webhook_id: UUID, now: datetime) -> Message | None:
    """The oldest that waits, held so that no other worker sends it; None while the receiver rests."""
    webhook = Webhook.objects.select_for_update().filter(id=webhook_id, ended_at__isnull=True).first()
    if webhook is None or (webhook.retry_at is not None and now < webhook.retry_at):
        return None
    _give_up_old(webhook, now)
    row = _waiting(webhook).first()
    if row is None or (row.held_until is not None and now < row.held_until):
        return None
    return hold(webhook, row, now)


def _waiting(webhook: Webhook) -> QuerySet[Delivery]:
    """The events; tests go by themselves (trying.py)."""
    waiting = webhook.deliveries.filter(delivered_at__isnull=True, dead_at__isnull=True)
    return waiting.exclude(event=PING)


def hold(webhook: Webhook, row: Delivery, now: datetime) -> Message:
    """One more attempt, which nobody else makes meanwhile."""
    row.held_until, row.attempts = now + HELD_FOR, row.attempts + 1
    row.save(update_fields=["held_until", "attempts"])
    keys = {
        secret.number: vault.read(blob_id=secret.blob_id)
        for secret in WebhookSecret.objects.filter(webhook=webhook, blob_id__isnull=False)
        if secret.blob_id is not None and (secret.retires_at is None or now < secret.retires_at)
    }
    body = json.dumps(row.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Message(row.id, row.event_id, row.event, webhook.url, body, keys)


def _give_up_old(webhook: Webhook, now: datetime) -> None:
    old = (
        _waiting(webhook)
        .filter(created_at__lte=now - GIVEN_UP_AFTER)
        .update(dead_at=now, held_until=None, last_problem="nobody took it for three days")
    )
    if old:
        _note_dead(webhook, now, deliveries=old)


def signature(*, key: bytes, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over `<timestamp>.<body>`, in hexadecimal: an old message cannot be sent again as new."""
    return hmac.new(key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def send(message: Message) -> str:
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


def _settle(webhook_id: UUID, message: Message, problem: str, now: datetime) -> None:
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
            _note_dead(webhook, now, event=row.event, attempts=row.attempts)
    else:
        row.delivered_at = now
        webhook.failures, webhook.failing_since, webhook.retry_at = 0, None, None
    webhook.last_problem = problem
    row.save()
    webhook.save(update_fields=["failures", "failing_since", "retry_at", "last_problem"])


def _note_dead(webhook: Webhook, now: datetime, **payload: object) -> None:
    log.error("webhook %s: events were given up", webhook.id)
    audit.record(
        actor=Actor.system(force_id=webhook.force_id, label="webhooks"),
        verb="webhook.gave_up",
        object_type="webhook",
        object_id=webhook.id,
        payload={"name": webhook.name, **payload},
        now=now,
    )
