"""A purge that would fail is told to the people of the force: on home, by mail once, and in the audit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail

from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core import retention as registry
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.tenancy import current_force_id
from apps.notices import mails
from apps.ops.tasks import rehearse_purges
from apps.retention import api
from apps.vault.keystore import key_store
from tests.support.alert_stage import make_stage
from tests.support.clocks import travelled

HEADING = "Deletion alarm"
WHAT = "Pictures and measurements of alerts"


@pytest.fixture
def stage(real_db, valkey):
    return make_stage("north")


@pytest.fixture
def admin(stage):
    assert stage.silver
    return stage.person("an-admin", Role.FORCE_ADMIN)


def stuck(stage, hours=3):
    """An alert with its deadline so many hours from now, whose key is not where it was put."""
    alert = stage.raise_alert()
    with stage.context():
        Alert.objects.filter(id=alert.id).update(purge_due_at=utc_now() + timedelta(hours=hours))
    path = key_store()._path(stage.force.id, alert.key_id)
    held = path.read_bytes()
    path.unlink()
    return path, held


def home(person):
    answer = person.client().get("/")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().split("<main")[1]).split())


def events(stage):
    with stage.context():
        rows = AuditEvent.objects.filter(verb__startswith="retention.alarm").order_by("recorded_at")
        return [(row.verb, row.payload) for row in rows]


def sent(stage):
    mail.outbox.clear()
    mails.send_due(force_id=stage.force.id, now=utc_now())
    return list(mail.outbox)


def test_administrators_and_silver_are_told_on_home_what_since_when_and_what_to_do(stage, admin):
    stuck(stage)
    rehearse_purges()
    for person in (admin, stage.silver):
        page = home(person)
        assert HEADING in page
        assert f"{WHAT}: 1 would not be deleted" in page
        assert re.search(r"The first deadline is \w+day [^.]* \(in 2 hours\)", page), page
        assert "Tell whoever runs the installation" in page
        assert "Nothing extends the time." in page
    for person in (stage.officer, stage.operator, stage.person("an-overseer", Role.OVERSIGHT)):
        assert HEADING not in home(person)


def test_it_names_no_person_and_no_reference(stage, admin):
    stuck(stage)
    rehearse_purges()
    told = home(admin).split(HEADING)[1].split("Waiting for you")[0]
    body = sent(stage)[0].body
    reference = stage.within(lambda: Alert.objects.get().deployment_id)
    for text in (told, body, str(events(stage))):
        assert "LFR-2" not in text
        assert "Test Subject" not in text
        assert str(reference) not in text


def test_it_goes_when_the_purge_would_go_through_and_the_audit_keeps_both(stage, admin):
    path, held = stuck(stage)
    rehearse_purges()
    rehearse_purges()
    assert [verb for verb, _ in events(stage)] == ["retention.alarm_raised"]
    path.write_bytes(held)
    rehearse_purges()
    assert HEADING not in home(admin)
    assert [verb for verb, _ in events(stage)] == ["retention.alarm_raised", "retention.alarm_ended"]


def test_past_its_time_it_stays_and_says_since_when(stage, admin):
    stuck(stage)
    rehearse_purges()
    due = stage.within(api.alarms)[0].due_at
    # Just past it, where nobody calls it late yet: it must not look mended.
    for later in (timedelta(minutes=1), timedelta(hours=2)):
        with travelled(due + later, tick=False):
            failing = api.rehearse(force_id=stage.force.id, now=due + later)
            api.note_alarms(force_id=stage.force.id, failing=failing, now=due + later)
            page = home(admin)
            assert HEADING in page
    assert "not deleted, and overdue since" in page
    assert "Tell whoever answers for data protection now" in page
    verbs = [verb for verb, _ in events(stage)]
    assert verbs == ["retention.alarm_raised", "retention.alarm_overdue"]


def test_what_was_never_foreseen_is_told_once_it_is_overdue(stage, admin):
    stuck(stage, hours=-1)
    rehearse_purges()
    assert "not deleted, and overdue" in home(admin)
    assert [verb for verb, _ in events(stage)] == ["retention.alarm_overdue"]


def test_each_is_mailed_once_when_it_begins_and_once_when_it_is_overdue(stage, admin):
    stuck(stage)
    rehearse_purges()
    found = sent(stage)
    people = {admin.username, stage.silver.username}
    assert {message.to[0] for message in found} == people
    assert {message.subject for message in found} == {"Deletion alarm: a deletion would fail"}
    assert WHAT in found[0].body
    rehearse_purges()
    assert sent(stage) == []
    due = stage.within(api.alarms)[0].due_at
    late = due + timedelta(hours=1)
    api.note_alarms(force_id=stage.force.id, failing=(), now=late)
    assert {message.subject for message in sent(stage)} == {"Deletion alarm: a deletion is overdue"}
    api.note_alarms(force_id=stage.force.id, failing=(), now=late + timedelta(minutes=15))
    assert sent(stage) == []


def test_another_force_is_told_nothing(stage, admin):
    south = make_stage("south")
    stuck(stage)
    rehearse_purges()
    assert HEADING not in home(south.silver)
    assert sent(south) == []


def test_what_cannot_be_counted_is_told_and_hides_nothing_of_another_force(stage, admin, monkeypatch):
    other = make_stage("south")
    stuck(other)
    rule = registry._rules["decision_log"]
    counts = rule.due_count

    def broken(now):
        if current_force_id() == stage.force.id:
            raise ArithmeticError("nothing can be counted")
        return counts(now)

    monkeypatch.setitem(registry._rules, "decision_log", replace(rule, due_count=broken))
    rehearse_purges()
    assert "cannot be counted" in home(admin)
    assert f"{WHAT}: 1 would not be deleted" in home(other.silver)
