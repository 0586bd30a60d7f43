"""A test of a webhook, which somebody presses on its page."""

from unittest import mock

import pytest

from apps.core.clock import utc_now
from apps.integration import webhooks
from apps.integration.models import Webhook
from apps.integration.tasks import deliver_webhooks, try_webhook
from apps.integration.webhook_data import Event
from tests.support.webhook_days import admin, hook, make, rested

pytestmark = pytest.mark.django_db(transaction=True)


def press_test(stage):
    """Press "Send a test"; what a worker is handed for it, and the page to look at afterwards."""
    page, sent = f"/force/webhooks/{hook(stage).id}/", []
    client = admin(stage).client()
    with mock.patch.object(webhooks.current_app, "send_task", lambda name, **how: sent.append((name, how))):
        assert client.post(page, {"step": "test"}).status_code == 302
    ((name, how),) = sent
    assert name == try_webhook.name
    assert how["queue"] == "system"
    return how["args"], lambda: client.get(page).content.decode()


def test_a_test_is_sent_at_once_and_says_what_became_of_it(stage, receiver):
    make(stage, receiver, events=frozenset({Event.SUSPENDED}))
    args, page = press_test(stage)
    assert "is on its way" in page()
    assert admin(stage).client().post(f"/force/webhooks/{args[1]}/", {"step": "test"}).status_code == 422
    try_webhook(*args)
    assert receiver.events == ["ping"]
    assert set(receiver.messages[0].body) == {"id", "event", "at", "force"}
    assert "was acknowledged." in page()
    try_webhook(*args)
    deliver_webhooks()
    assert receiver.events == ["ping"], "it is sent once"


def test_a_test_whose_message_got_lost_goes_with_the_next_run(stage, receiver):
    make(stage, receiver)
    _, page = press_test(stage)
    deliver_webhooks()
    assert receiver.events == ["ping"]
    assert "was acknowledged." in page()


def test_a_test_overtakes_a_stalled_queue_and_changes_nothing_of_it(stage, receiver):
    """The receiver refused and rests; two events wait. The test goes before them, they do not go for it."""
    make(stage, receiver)
    receiver.answer = 503
    first = stage.raise_alert()
    stage.raise_alert(subject_id=stage.subjects[1])
    deliver_webhooks()
    assert receiver.events == ["alert.raised"]
    with stage.context():
        before = Webhook.objects.values().get()
    args, page = press_test(stage)
    try_webhook(*args)
    assert receiver.events == ["alert.raised", "ping"]
    assert "was not acknowledged:</strong> the receiver answered with status 503" in page()
    args, page = press_test(stage)
    receiver.answer = 204
    try_webhook(*args)
    assert receiver.events == ["alert.raised", "ping", "ping"], "what rests goes on resting"
    assert "was acknowledged." in page()
    with stage.context():
        assert Webhook.objects.values().get() == before, "neither a failure nor a success of the events"
    found = hook(stage)
    assert (found.waiting, found.dead, found.last_delivered_at) == (2, 0, None)
    assert stage.within(webhooks.dead_letters, webhook_id=found.id) == []
    rested(stage)
    deliver_webhooks()
    assert receiver.events[3:] == ["alert.raised", "alert.raised"]
    assert [message.body["alert"] for message in receiver.messages[3:]] == [first.number, first.number + 1]
    assert hook(stage).waiting == 0


def test_a_test_of_a_webhook_that_was_ended_meanwhile_is_not_sent(stage, receiver):
    make(stage, receiver)
    args, _ = press_test(stage)
    end = {"webhook_id": hook(stage).id, "reason": "It is replaced today"}
    stage.within(webhooks.end_webhook, **end, actor=admin(stage).actor, now=utc_now())
    try_webhook(*args)
    deliver_webhooks()
    assert receiver.events == []
