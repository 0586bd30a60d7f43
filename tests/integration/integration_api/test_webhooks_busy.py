"""Webhooks when receivers are slow, dead or many, and what is kept of them afterwards."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.core import redis
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.integration import delivering, retention, tasks, webhooks
from apps.integration.models import Delivery, Webhook
from apps.integration.tasks import deliver_webhooks
from apps.integration.webhook_data import Event, WebhookWish
from apps.vault import api as vault
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.django_db(transaction=True)
SLOW, QUICK = "http://127.0.0.1:9/slow", "http://127.0.0.1:9/quick"


@pytest.fixture
def stage(real_db):
    return make_stage("busy")


def make(stage, url, *, events=frozenset({Event.RAISED})):
    wish = WebhookWish(name="Command and control", url=url, events=events, reason="It shows them")
    actor = stage.person("admin", Role.FORCE_ADMIN).actor
    made, _ = stage.within(webhooks.create_webhook, wish=wish, actor=actor, now=utc_now())
    return made


class Street:
    """Receivers of which one takes five seconds for each message, by a clock of its own; nobody waits."""

    def __init__(self, monkeypatch, *, status=204):
        self.now, self.told, self.status = 0.0, [], status
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(delivering, "time", clock)
        monkeypatch.setattr(tasks, "time", clock)
        monkeypatch.setattr(delivering.outgoing, "tell", self.tell)

    def tell(self, url, *, body, headers):
        self.now += 5.0 if url == SLOW else 0.01
        self.told.append(url)
        return self.status


@pytest.mark.parametrize("whose", ["of one force", "of another force"])
def test_a_slow_receiver_keeps_no_other_waiting_and_gets_its_turn(stage, monkeypatch, whose):
    slow = stage if whose == "of one force" else make_stage("slow")
    make(slow, SLOW)
    make(stage, QUICK)
    street = Street(monkeypatch)
    for subject in stage.subjects:
        stage.raise_alert(subject_id=subject)
    if slow is not stage:
        for subject in slow.subjects:
            slow.raise_alert(subject_id=subject)
    deliver_webhooks()
    deliver_webhooks()
    assert street.told.count(QUICK) == 3
    assert street.told.count(SLOW) >= 1
    deliver_webhooks()
    deliver_webhooks()
    assert street.told.count(SLOW) == 3


def test_a_run_that_took_too_long_does_not_end_the_turn_of_the_next_one(real_db):
    name = redis.key("webhooks", "running")
    with tasks._alone() as mine:
        assert mine
        with tasks._alone() as second:
            assert not second
        redis.client().set(name, "of another run")
    assert redis.client().get(name) == b"of another run"
    redis.client().delete(name)
    with tasks._alone() as mine:
        assert mine
    assert redis.client().get(name) is None


def test_what_nobody_takes_for_days_is_given_up_at_once_and_said_once(stage, monkeypatch):
    """A receiver that is gone for good: its outbox does not grow for ever."""
    made = make(stage, QUICK)
    street = Street(monkeypatch, status=500)
    for subject in stage.subjects:
        stage.raise_alert(subject_id=subject)
    deliver_webhooks()
    assert len(street.told) == 1
    with stage.context():
        Delivery.objects.update(created_at=utc_now() - delivering.GIVEN_UP_AFTER)
        Webhook.objects.update(retry_at=None)
    deliver_webhooks()
    assert len(street.told) == 1
    found = stage.within(webhooks.get_webhook, webhook_id=made.id)
    assert (found.waiting, found.dead) == (0, 3)
    (said,) = stage.within(lambda: list(AuditEvent.objects.filter(verb="webhook.gave_up")))
    assert said.payload["deliveries"] == 3
    street.status = 204
    actor = stage.person("admin", Role.FORCE_ADMIN).actor
    stage.within(webhooks.send_again, webhook_id=made.id, actor=actor, now=utc_now())
    deliver_webhooks()
    assert len(street.told) == 4


def test_a_key_that_signs_no_more_is_destroyed_without_another_change(stage):
    made = make(stage, QUICK)
    actor = stage.person("admin", Role.FORCE_ADMIN).actor
    stage.within(webhooks.rotate_key, webhook_id=made.id, actor=actor, now=utc_now())
    with stage.context():
        first, second = Webhook.objects.get().secrets.all()
    stage.within(retention.purge_deliveries, utc_now() + timedelta(hours=23))
    assert stage.within(vault.key_exists, key_id=first.vault_key_id)
    stage.within(retention.purge_deliveries, utc_now() + timedelta(hours=24, minutes=1))
    assert not stage.within(vault.key_exists, key_id=first.vault_key_id)
    assert stage.within(vault.key_exists, key_id=second.vault_key_id)


def test_a_burst_of_events_reads_their_deployment_once(stage):
    make(stage, QUICK, events=frozenset(Event))
    for subject in stage.subjects:
        stage.raise_alert(subject_id=subject)
    with CaptureQueriesContext(connection) as made:
        tasks._taken_over(stage.force.id)
    reads = [each for each in made if 'FROM "deployments_deployment"' in each["sql"]]
    assert len(reads) == 1
    assert stage.within(Delivery.objects.count) == 3
