"""A test of a receiver, at the press of a button: sent at once and once, whatever else waits for it.

It is no event. So it neither lets the receiver rest nor counts among its failures, and what waits keeps its
order and its time; its result is for whoever pressed the button.
"""

from __future__ import annotations

from datetime import datetime

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.integration import delivering
from apps.integration.delivering import Message, Receiver
from apps.integration.models import Delivery
from apps.integration.webhook_data import PING


def try_waiting(receiver: Receiver) -> bool:
    """Send the test that waits for a receiver; whether there was one. No transaction is open meanwhile."""
    with force_context(receiver.force_id):
        message = _take(receiver, utc_now())
    if message is None:
        return False
    problem = delivering.send(message)
    with force_context(receiver.force_id):
        _settle(message, problem, utc_now())
    return True


def _take(receiver: Receiver, now: datetime) -> Message | None:
    """The test, held so that no other worker sends it too."""
    waiting = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("webhook")
    row = waiting.filter(
        webhook_id=receiver.webhook_id,
        webhook__ended_at__isnull=True,
        event=PING,
        delivered_at__isnull=True,
        dead_at__isnull=True,
    ).first()
    if row is None or (row.held_until is not None and now < row.held_until):
        return None
    return delivering.hold(row.webhook, row, now)


def _settle(message: Message, problem: str, now: datetime) -> None:
    """Nothing where the webhook was ended meanwhile: the test went with it."""
    ended = {"dead_at": now} if problem else {"delivered_at": now}
    Delivery.objects.filter(id=message.delivery_id).update(held_until=None, last_problem=problem, **ended)
