"""Writes of webhooks: made, rotated, tried and ended by the force's administrator. Only hosts that whoever
runs the platform has named can be told anything (`LFR_WEBHOOK_HOSTS`)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from apps.audit import api as audit
from apps.core import outgoing
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.core.text import prose_problems
from apps.core.wording import say_list
from apps.forces import api as forces
from apps.integration.models import Delivery, Webhook, WebhookSecret
from apps.integration.policies import MIN_REASON, check_administer, check_reason
from apps.integration.webhook_data import (
    KEYS_OVERLAP,
    MOST_WEBHOOKS,
    PING,
    DeadLetter,
    Event,
    LastTest,
    WebhookData,
    WebhookWish,
)
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose

SECRET_BYTES = 32
# The task that sends a test, by name: tasks.py stands above this module.
TRY_TASK, QUEUE = "integration.try_webhook", "system"
TRY_EXPIRES_S = 30
DEAD_SHOWN = 50
LONGEST_URL = 300
WHO_ALLOWS = "Whoever runs the platform can change that (LFR_WEBHOOK_HOSTS)."
# The address is shown and recorded for years: a token in it would be a secret in a log.
NO_QUERY = (
    "Leave out everything from the question mark on: the address is recorded. The signature shows who sent"
    " it."
)


def address_problem(url: str) -> str:
    """What is wrong with the address of a receiver, in words; empty if nothing is."""
    if "?" in url:
        return NO_QUERY
    if len(url) > LONGEST_URL:
        return f"Write an address of at most {LONGEST_URL} characters."
    if problem := outgoing.form_problem(url):
        return problem
    return "" if outgoing.may_be_told(url) else f"{urlsplit(url).netloc} is not allowed. {hosts_words()}"


def hosts_words() -> str:
    """Which hosts may be told anything. Where several forces share the platform the hosts of the others are
    nobody else's business."""
    hosts = settings.LFR_WEBHOOK_HOSTS
    if not hosts:
        return f"No host is allowed yet. {WHO_ALLOWS}"
    if len(forces.all_force_ids()) > 1:
        return "Whoever runs the platform allows the host (LFR_WEBHOOK_HOSTS)."
    return f"Allowed: {say_list(list(hosts))}. {WHO_ALLOWS}"


@transaction.atomic
def create_webhook(*, wish: WebhookWish, actor: Actor, now: datetime) -> tuple[WebhookData, str]:
    """Make a webhook; it is told what happens from now on. Returns it and its signing key, which is shown
    this once. Raises NotPermitted, ReauthenticationNeeded, or RuleViolated with every reason."""
    check_administer(actor)
    check_reauthenticated(actor)
    _check_wish(wish)
    row = Webhook.objects.create(
        name=wish.name.strip(),
        url=wish.url.strip(),
        events=[event.value for event in Event if event in wish.events],
        created_at=now,
        created_by=actor.label,
        position=audit.head_position(),
    )
    text = _new_secret(row, 1, now)
    payload = {"name": row.name, "url": row.url, "events": row.events}
    _note(row, "webhook.created", actor, now, payload, reason=wish.reason.strip())
    return as_data(row), text


@transaction.atomic
def rotate_key(*, webhook_id: UUID, actor: Actor, now: datetime) -> tuple[WebhookData, str]:
    """A new signing key, shown this once. The one before signs beside it for a day, any older one no more.
    Raises NotPermitted, ReauthenticationNeeded, NotFound, and RuleViolated for one that is ended."""
    check_administer(actor)
    check_reauthenticated(actor)
    row = _locked(webhook_id)
    numbers = [secret.number for secret in row.secrets.all()]
    row.secrets.filter(number=numbers[-1]).update(retires_at=now + KEYS_OVERLAP)
    for older in row.secrets.filter(number__lt=numbers[-1], blob_id__isnull=False):
        _destroy(older, now)
    text = _new_secret(row, numbers[-1] + 1, now)
    _note(row, "webhook.key_rotated", actor, now, {"key": numbers[-1] + 1})
    return as_data(row), text


@transaction.atomic
def end_webhook(*, webhook_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Nothing more is sent, and its keys are destroyed. Never asks for another sign-in: a stop must not wait.
    Raises NotPermitted, NotFound, RuleViolated."""
    check_administer(actor)
    check_reason(reason)
    row = _locked(webhook_id)
    row.ended_at, row.ended_by, row.ended_reason = now, actor.label, reason.strip()
    row.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    dropped = row.deliveries.filter(delivered_at__isnull=True).delete()[0]
    for secret in row.secrets.filter(blob_id__isnull=False):
        _destroy(secret, now)
    _note(row, "webhook.ended", actor, now, {"undelivered": dropped}, reason=reason.strip())


@transaction.atomic
def send_ping(*, webhook_id: UUID, actor: Actor, now: datetime) -> None:
    """A message without content, to try the receiver at once, whatever waits for it (trying.py). Raises
    NotPermitted, NotFound, RuleViolated while one is on its way."""
    check_administer(actor)
    row = _locked(webhook_id)
    if row.deliveries.filter(event=PING, delivered_at__isnull=True, dead_at__isnull=True).exists():
        raise RuleViolated(["A test is on its way already."], code="webhook")
    ping_id = uuid4()
    slug = forces.get_force(force_id=row.force_id).slug
    body = {"id": str(ping_id), "event": PING, "at": now.isoformat(), "force": slug}
    Delivery.objects.create(webhook=row, event_id=ping_id, event=PING, body=body, created_at=now)
    _note(row, "webhook.tested", actor, now, {})
    args = [str(row.force_id), str(row.id)]

    # No partial: Django cannot name one in the log when it fails. Should it, the next run sends the test.
    def message() -> None:
        current_app.send_task(TRY_TASK, args=args, queue=QUEUE, expires=TRY_EXPIRES_S, retry=False)

    transaction.on_commit(message, robust=True)


def last_test(*, webhook_id: UUID) -> LastTest | None:
    """How the latest test went; None where there was none in the last days."""
    row = Delivery.objects.filter(webhook_id=webhook_id, event=PING).order_by("-created_at").first()
    if row is None:
        return None
    return LastTest(row.created_at, row.delivered_at or row.dead_at, row.last_problem)


@transaction.atomic
def send_again(*, webhook_id: UUID, actor: Actor, now: datetime) -> int:
    """Everything that was given up is sent once more, from the beginning, behind what waits already. Returns
    how many. Raises NotPermitted, NotFound, RuleViolated."""
    check_administer(actor)
    row = _locked(webhook_id)
    again = (
        row.deliveries.filter(dead_at__isnull=False)
        .exclude(event=PING)
        .update(dead_at=None, attempts=0, held_until=None, created_at=now)
    )
    if not again:
        raise RuleViolated(["There is nothing to send again."], code="webhook")
    row.failures, row.retry_at = 0, None
    row.save(update_fields=["failures", "retry_at"])
    _note(row, "webhook.sent_again", actor, now, {"deliveries": again})
    return again


def webhooks() -> list[WebhookData]:
    """Every webhook of the open force, the oldest first. One query."""
    return [as_data(row) for row in _counted()]


def get_webhook(*, webhook_id: UUID) -> WebhookData:
    """Raises NotFound."""
    row = _counted().filter(id=webhook_id).first()
    if row is None:
        raise NotFound("there is no such webhook in this force")
    return as_data(row)


def dead_letters(*, webhook_id: UUID) -> list[DeadLetter]:
    """What was given up, the latest first; the first few of very many."""
    dead = Delivery.objects.filter(webhook_id=webhook_id, dead_at__isnull=False).exclude(event=PING)
    return [
        DeadLetter(row.id, row.event, row.created_at, row.attempts, row.last_problem)
        for row in dead.order_by("-created_at")[:DEAD_SHOWN]
    ]


def as_data(row: Webhook) -> WebhookData:
    return WebhookData(
        id=row.id,
        name=row.name,
        url=row.url,
        events=tuple(Event(event) for event in row.events),
        created_at=row.created_at,
        created_by=row.created_by,
        key_number=getattr(row, "keys", 1) or 1,
        failing_since=row.failing_since,
        last_problem=row.last_problem,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_reason=row.ended_reason,
        waiting=getattr(row, "waiting", 0),
        dead=getattr(row, "dead", 0),
        last_delivered_at=getattr(row, "delivered", None),
    )


def _counted() -> QuerySet[Webhook]:
    current_force_id()
    # Of the row that stands for "none" nothing is counted: its id is null.
    event = ~Q(deliveries__event=PING)
    waits = event & Q(deliveries__delivered_at__isnull=True, deliveries__dead_at__isnull=True)
    return Webhook.objects.annotate(
        keys=Max("secrets__number"),
        waiting=Count("deliveries", filter=waits, distinct=True),
        dead=Count("deliveries", filter=event & Q(deliveries__dead_at__isnull=False), distinct=True),
        delivered=Max("deliveries__delivered_at", filter=event),
    )


def _check_wish(wish: WebhookWish) -> None:
    reasons = prose_problems([("Name", wish.name), ("Address", wish.url), ("Reason", wish.reason)])
    if not wish.name.strip():
        reasons.append("Give the webhook a name.")
    if problem := address_problem(wish.url.strip()):
        reasons.append(problem)
    if not wish.events:
        reasons.append("Choose what it is told.")
    if len(wish.reason.strip()) < MIN_REASON:
        reasons.append(f"Write the reason, in {MIN_REASON} characters or more.")
    if Webhook.objects.filter(ended_at__isnull=True).count() >= MOST_WEBHOOKS:
        reasons.append(f"A force has at most {MOST_WEBHOOKS} webhooks. End one first.")
    if reasons:
        raise RuleViolated(reasons, code="webhook")


def _locked(webhook_id: UUID) -> Webhook:
    row = Webhook.objects.select_for_update().filter(id=webhook_id).first()
    if row is None:
        raise NotFound("there is no such webhook in this force")
    if row.ended_at is not None:
        raise RuleViolated(["This webhook was ended. Make another one."], code="webhook")
    return row


def _new_secret(row: Webhook, number: int, now: datetime) -> str:
    text = secrets.token_hex(SECRET_BYTES)
    key_id = vault.create_key(purpose=KeyPurpose.WEBHOOK, owner_id=row.id, now=now)
    blob_id = vault.store(key_id=key_id, kind=BlobKind.SIGNING, plaintext=text.encode(), now=now)
    WebhookSecret.objects.create(
        webhook=row, number=number, vault_key_id=key_id, blob_id=blob_id, created_at=now
    )
    return text


def _destroy(secret: WebhookSecret, now: datetime) -> None:
    vault.destroy_key(key_id=secret.vault_key_id, now=now)
    secret.blob_id, secret.retires_at = None, now
    secret.save(update_fields=["blob_id", "retires_at"])


def destroy_retired(now: datetime) -> None:
    """Signing keys of the open force that were replaced, once they sign no more."""
    for secret in WebhookSecret.objects.filter(retires_at__lte=now, blob_id__isnull=False):
        _destroy(secret, now)


def _note(
    row: Webhook, verb: str, actor: Actor, now: datetime, payload: Mapping[str, object], *, reason: str = ""
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        object_type="webhook",
        object_id=row.id,
        payload={"name": row.name, **payload},
        now=now,
        reason=reason,
    )
