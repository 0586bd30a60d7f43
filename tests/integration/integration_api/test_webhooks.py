"""Webhooks: what a force's own system is told, that it can believe it, and that nothing gets lost."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome, PictureKind
from apps.audit.models import AuditEvent
from apps.core import outgoing
from apps.core.clock import utc_now
from apps.core.errors import DomainError, NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.outgoing import ServiceUnavailable, may_be_told, tell
from apps.integration import delivering, retention, webhooks
from apps.integration.models import Delivery, Webhook
from apps.integration.tasks import deliver_webhooks
from apps.integration.webhook_data import MOST_ATTEMPTS, Event, WebhookWish, wait_after
from apps.vault import api as vault
from apps.vault.models import VaultKey
from tests.support.alert_stage import THRESHOLD, make_stage
from tests.support.secrets_in import secrets_in
from tests.support.webhook_days import admin, hook, make, rested

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_becomes_of_an_alert_is_told_in_order_signed_and_without_a_person(stage, receiver):
    earlier = stage.raise_alert()
    stage.within(alerts.expire_undecided, now=utc_now() + timedelta(minutes=2))
    _, key = make(stage, receiver)
    alert = stage.raise_alert(subject_id=stage.subjects[1])
    stage.decide(alert.id, OperatorDecision.MATCH)
    with stage.context():
        alerts.engagement_decide(
            alert_id=alert.id, decision=EngagementDecision.ENGAGE, reason="", actor=stage.officer.actor,
            now=utc_now(),
        )  # fmt: skip
        alerts.identity_contradicted(alert_id=alert.id, actor=stage.officer.actor, now=utc_now())
        alerts.view_picture(
            alert_id=alert.id, which=PictureKind.PROBE, actor=stage.officer.actor, now=utc_now()
        )
    deliver_webhooks()
    assert receiver.events == ["alert.raised", "alert.dispatched", "alert.engaged", "alert.outcome"]
    assert all(message.is_signed_by(1, key) for message in receiver.messages)
    assert not receiver.messages[0].is_signed_by(1, key[::-1])
    bodies = [message.body for message in receiver.messages]
    assert {body["alert"] for body in bodies} == {alert.number} != {earlier.number}
    assert {body["camera"] for body in bodies} == {"North gate"}
    assert bodies[-1]["outcomes"] == [Outcome.RELEASED_IDENTITY_WRONG.value]
    assert len({body["id"] for body in bodies}) == 4
    assert all(m.headers["LFR-Event-Id"] == m.body["id"] for m in receiver.messages)
    allowed = {
        "id",
        "event",
        "at",
        "force",
        "deployment",
        "alert",
        "state",
        "camera",
        "captured_at",
        "outcomes",
    }
    assert set().union(*bodies) == allowed
    everything = b" ".join(message.raw for message in receiver.messages).decode()
    secrets = ("Test Subject", "TEST-0", str(THRESHOLD), "0.6172", "PC ", str(alert.subject_id), key)
    assert secrets_in(everything, secrets) == []
    # Nothing is told twice by the next run.
    deliver_webhooks()
    assert len(receiver.messages) == 4


def test_only_the_chosen_kinds_are_told_and_a_webhook_of_another_force_nothing(stage, receiver):
    other = make_stage("others")
    make(other, receiver)
    make(stage, receiver, events=frozenset({Event.ESCALATED}))
    stage.raise_alert()
    stage.within(alerts.escalate, now=utc_now() + timedelta(seconds=25))
    deliver_webhooks()
    (message,) = receiver.messages
    said = message.body
    assert (said["event"], said["step"], said["alert"], said["waiting"]) == (
        "alert.escalated",
        "operator",
        1,
        1,
    )
    assert "camera" not in said
    mine = hook(stage).id
    with other.context(), pytest.raises(NotFound):
        webhooks.get_webhook(webhook_id=mine)


@pytest.mark.parametrize("answer", [500, 302])
def test_what_is_not_acknowledged_waits_and_is_sent_again_with_the_same_id(stage, receiver, answer):
    receiver.answer = answer
    make(stage, receiver)
    stage.raise_alert()
    stage.raise_alert(subject_id=stage.subjects[1])
    deliver_webhooks()
    # The receiver rests after one failure; nothing behind it overtakes it, and a redirect is not followed.
    assert receiver.events == ["alert.raised"]
    deliver_webhooks()
    assert len(receiver.messages) == 1
    found = hook(stage)
    assert (found.state, found.waiting, found.last_problem) == (
        "failing", 2, f"the receiver answered with status {answer}",
    )  # fmt: skip
    receiver.answer = 204
    rested(stage)
    deliver_webhooks()
    assert [message.body["alert"] for message in receiver.messages] == [1, 1, 2]
    assert receiver.messages[0].body == receiver.messages[1].body
    assert hook(stage).state == "valid"


def test_a_receiver_that_hangs_costs_seconds_and_no_transaction(stage, receiver, monkeypatch):
    monkeypatch.setattr(outgoing, "TOLD_WITHIN_S", 0.3)
    receiver.answer = None
    make(stage, receiver)
    stage.raise_alert()
    in_transaction = []
    real = outgoing.tell

    def telling(*args, **kwargs):
        in_transaction.append(connection.in_atomic_block)
        return real(*args, **kwargs)

    monkeypatch.setattr(outgoing, "tell", telling)
    begun = time.monotonic()
    deliver_webhooks()
    assert time.monotonic() - begun < 5
    assert in_transaction == [False]
    assert hook(stage).waiting == 1


def test_after_the_last_attempt_a_person_has_to_look_and_can_send_it_again(stage, receiver):
    receiver.answer = 503
    make(stage, receiver, events=frozenset({Event.RAISED}))
    stage.raise_alert()
    deliver_webhooks()
    with stage.context():
        Delivery.objects.update(attempts=MOST_ATTEMPTS - 1)
    rested(stage)
    deliver_webhooks()
    found = hook(stage)
    assert (found.waiting, found.dead) == (0, 1)
    assert stage.within(lambda: AuditEvent.objects.filter(verb="webhook.gave_up").count()) == 1
    client = admin(stage).client()
    page = client.get(f"/force/webhooks/{found.id}/").content.decode()
    assert "Given up" in page
    assert "the receiver answered with status 503" in page
    receiver.answer = 200
    assert client.post(f"/force/webhooks/{found.id}/", {"step": "again"}).status_code == 302
    deliver_webhooks()
    assert len(receiver.messages) == 3
    assert (hook(stage).dead, hook(stage).waiting) == (0, 0)
    assert client.post(f"/force/webhooks/{found.id}/", {"step": "again"}).status_code == 422


def test_the_waits_double_and_end_at_an_hour():
    waits = [wait_after(n).total_seconds() for n in range(1, 16)]
    assert waits[:4] == [10, 20, 40, 80]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_a_new_key_signs_beside_the_old_one_for_a_day_and_an_older_one_is_destroyed(stage, receiver):
    made, first = make(stage, receiver)
    rotate = {"webhook_id": made.id, "actor": admin(stage).actor, "now": utc_now()}
    _, second = stage.within(webhooks.rotate_key, **rotate)
    stage.raise_alert()
    deliver_webhooks()
    (message,) = receiver.messages
    assert message.is_signed_by(1, first)
    assert message.is_signed_by(2, second)
    found, third = stage.within(webhooks.rotate_key, **rotate)
    assert third not in {first, second}
    keys = stage.within(lambda: list(VaultKey.objects.filter(purpose="webhook").order_by("created_at")))
    alive = [stage.within(vault.key_exists, key_id=key.id) for key in keys]
    assert sorted(alive) == [False, True, True]
    with stage.context():
        message = delivering._take(found.id, utc_now() + timedelta(hours=25))
    assert message is None
    stage.raise_alert(subject_id=stage.subjects[1])
    with stage.context():
        Webhook.objects.update(retry_at=None)
    deliver_webhooks()
    assert receiver.messages[-1].is_signed_by(3, third)
    assert receiver.messages[-1].is_signed_by(2, second)
    assert not receiver.messages[-1].is_signed_by(1, first)


def test_no_secret_stands_in_the_database_or_on_a_page(stage, receiver):
    client = admin(stage).client()
    sent = {
        "name": "Control room",
        "url": receiver.url,
        "events": ["alert.raised"],
        "reason": "It shows them",
    }
    asked = client.post("/force/webhooks/new/", sent)["Location"]
    shown = client.get(asked)
    assert shown.status_code == 200
    made = hook(stage)
    key = shown.content.decode().split('id="key">')[1].split("<")[0]
    assert len(key) == 64
    for page in ("/force/webhooks/", f"/force/webhooks/{made.id}/", asked):
        assert key not in client.get(page).content.decode()
    assert hook(stage) == made, "to load the page again made no second one"
    rotated = client.post(f"/force/webhooks/{made.id}/", {"step": "rotate"})["Location"]
    assert 'id="key"' in client.get(rotated).content.decode()
    assert 'id="key"' not in client.get(rotated).content.decode()
    assert hook(stage).key_number == 2
    with stage.context(), connection.cursor() as cursor:
        for table in (
            "integration_webhook",
            "integration_webhooksecret",
            "vault_vaultblob",
            "audit_auditevent",
            "django_session",
        ):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{key}%"])
            assert cursor.fetchone() == (0,)


def test_it_ends_at_once_and_for_good(stage, receiver):
    made, _ = make(stage, receiver)
    stage.raise_alert()
    receiver.answer = 500
    deliver_webhooks()
    client = admin(stage).client()
    page = f"/force/webhooks/{made.id}/"
    assert client.post(page, {"step": "end", "reason": ""}).status_code == 422
    assert client.post(page, {"step": "end", "reason": "Replaced by another"}).status_code == 302
    rested(stage)
    deliver_webhooks()
    assert len(receiver.messages) == 1
    assert stage.within(lambda: Delivery.objects.count()) == 0
    assert not any(
        stage.within(vault.key_exists, key_id=key.id)
        for key in stage.within(lambda: list(VaultKey.objects.filter(purpose="webhook")))
    )
    for step in ("test", "rotate", "again"):
        assert client.post(page, {"step": step}).status_code == 422


def test_who_makes_one_and_what_is_refused(stage, receiver, settings):
    with pytest.raises(NotPermitted):
        make(stage, receiver, actor=stage.silver.actor)
    stale = admin(stage).actor
    with pytest.raises(ReauthenticationNeeded):
        make(stage, receiver, actor=type(stale)(stale.id, stale.label, stale.force_id, stale.roles))
    token = WebhookWish("Told", f"{receiver.url}?token=abc", frozenset(Event), "For the van")
    with pytest.raises(RuleViolated, match="from the question mark on"):
        make(stage, receiver, wish=token)
    settings.LFR_WEBHOOK_HOSTS = ["hooks.police.example"]
    stranger = WebhookWish("Told", "https://hooks.elsewhere.example/x", frozenset(Event), "For the van")
    with pytest.raises(RuleViolated, match=r"hooks\.elsewhere\.example is not allowed.*LFR_WEBHOOK_HOSTS"):
        make(stage, receiver, wish=stranger)
    settings.LFR_SERVICE_LOOPBACK = False
    with pytest.raises(RuleViolated, match="machine of the platform"):
        make(stage, receiver)
    with pytest.raises(RuleViolated, match=r"Give the webhook a name.*Choose what"):
        make(stage, receiver, wish=WebhookWish(" ", "https://x.example/", frozenset(), ""))
    assert stage.within(webhooks.webhooks) == []


def test_a_host_that_may_be_asked_is_not_told_for_that(settings):
    settings.LFR_SERVICE_LOOPBACK = False
    settings.LFR_SERVICE_HOSTS = ["status.police.example"]
    settings.LFR_WEBHOOK_HOSTS = ["hooks.police.example"]
    assert not may_be_told("https://status.police.example/")
    assert not may_be_told("http://hooks.police.example/")
    assert may_be_told("https://hooks.police.example/x")
    with pytest.raises(ServiceUnavailable):
        tell("https://status.police.example/", body=b"{}", headers={})


def test_two_workers_send_one_message_once(stage, receiver):
    make(stage, receiver)
    stage.raise_alert()
    deliver_webhooks()
    with stage.context():
        Delivery.objects.update(delivered_at=None)
        webhook_id = hook_id = Webhook.objects.get().id
    with stage.context():
        taken = delivering._take(webhook_id, utc_now())
        assert taken is not None
        assert delivering._take(hook_id, utc_now()) is None
    # A worker that died holding it keeps it for a minute and no longer.
    with stage.context():
        again = delivering._take(webhook_id, utc_now() + delivering.HELD_FOR)
    assert again is not None
    assert again.event_id == taken.event_id


def test_messages_go_after_their_time(stage, receiver):
    make(stage, receiver)
    stage.raise_alert()
    deliver_webhooks()
    later = utc_now() + timedelta(days=7, minutes=1)
    assert stage.within(retention.due_deliveries, later) == 1
    stage.within(retention.purge_deliveries, later)
    assert stage.within(retention.verify_deliveries, later + timedelta(hours=1)) == []


def test_nothing_that_is_no_alert_reaches_a_receiver(stage, receiver):
    """Whatever verbs the record gets: only those of the closed list are told."""
    make(stage, receiver)
    alert = stage.raise_alert()
    with stage.context(), pytest.raises(DomainError):
        alerts.record_outcome(
            alert_id=alert.id, outcomes=[Outcome.ARREST], actor=stage.officer.actor, now=utc_now()
        )
    stage.operator.client().post(f"/alerts/{alert.id}/claim")
    stage.operator.client().post(f"/alerts/{alert.id}/shown")
    deliver_webhooks()
    assert receiver.events == ["alert.raised"]
    assert json.loads(receiver.messages[0].raw)["state"] == "raised"
