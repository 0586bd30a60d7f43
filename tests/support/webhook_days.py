"""A force with a webhook, as tests of the integration app use it."""

from __future__ import annotations

from typing import Any

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.integration import webhooks
from apps.integration.models import Webhook
from apps.integration.webhook_data import Event, WebhookWish


def admin(stage: Any) -> Any:
    return stage.person("admin", Role.FORCE_ADMIN)


def make(stage: Any, receiver: Any, *, events: frozenset[Event] = frozenset(Event), **changes: Any) -> Any:
    wish = WebhookWish(name="Command and control", url=receiver.url, events=events, reason="It shows them")
    values = {"wish": wish, "actor": admin(stage).actor, "now": utc_now()} | changes
    return stage.within(webhooks.create_webhook, **values)


def hook(stage: Any) -> Any:
    return stage.within(webhooks.webhooks)[0]


def rested(stage: Any) -> None:
    """The receiver's time of rest is over."""
    with stage.context():
        Webhook.objects.update(retry_at=None)
