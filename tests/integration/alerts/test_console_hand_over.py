"""After an arrest the console links to the hand-over and says how it stands; nothing of who the person is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts import retention
from apps.alerts.handover import no_copy, operations
from apps.alerts.handover.data import NoCopy
from apps.core.clock import utc_now
from tests.support import engaging, handing
from tests.support.clocks import travelled
from tests.support.engaging import do

ASK = "Evidence: hand over within the hour"


@pytest.fixture
def alert(stage):
    handing.recorded(stage)
    return handing.arrested(stage)


def engagement(stage, person, alert, after=0):
    address = f"/console/{stage.deployment_id}/alerts.json"
    answer = person.client().get(address, {"after": after} if after else {}).json()
    found = [each for each in answer["alerts"] if each["id"] == str(alert.id)]
    return (found[0]["engagement"] if found else None), answer["revision"]


def words(stage, alert):
    found, _ = engagement(stage, stage.officer, alert)
    return found["hand_over"]


def test_the_officer_and_the_commander_get_the_link_and_an_operator_nothing(stage, alert):
    for person in (stage.officer, stage.silver):
        found, _ = engagement(stage, person, alert)
        assert found["links"]["hand_over"] == f"/alerts/{alert.id}/hand-over/"
        assert found["hand_over"] == f"{ASK} (not asked for yet)"
    found, _ = engagement(stage, stage.operator, alert)
    assert "hand_over" not in found
    assert "hand_over" not in found["links"]
    assert "Test Subject" not in str(found)


def test_without_an_arrest_there_is_nothing(stage):
    stage.wanted()
    alert = engaging.engaged(stage)
    found, _ = engagement(stage, stage.officer, alert)
    assert "hand_over" not in found
    assert "hand_over" not in found["links"]


def test_it_says_each_state(stage, alert):
    found = handing.asked(stage, alert)
    assert words(stage, alert) == f"{ASK} (waits for approval)"
    stage.within(operations.approve, hand_over_id=found.id, actor=handing.approver(stage), now=utc_now())
    assert words(stage, alert) == f"{ASK} (to be collected)"
    handing.collected(stage, found)
    assert words(stage, alert) == f"{ASK} (stuck: collected, not acknowledged)"
    arrived = {"hand_over_id": found.id, "reference": "NICHE/1"}
    stage.within(operations.acknowledge, **arrived, actor=stage.officer.actor, now=utc_now())
    assert words(stage, alert) == "Evidence: handed over"


def test_it_says_that_none_is_needed_and_that_it_was_deleted(stage, alert):
    do(stage, no_copy.say_not_needed, alert, reason=NoCopy.WARRANT)
    assert words(stage, alert) == "Evidence: no copy is needed"
    other = handing.arrested(stage, subject=1)
    over = other.purge_due_at + timedelta(minutes=1)
    with stage.context():
        retention.purge(over)
    with travelled(over, tick=False):
        assert words(stage, other) == "Evidence: deleted before a copy was asked for"


def test_an_open_console_is_told_of_each_step(stage, alert):
    _, seen = engagement(stage, stage.officer, alert)
    assert engagement(stage, stage.officer, alert, after=seen)[0] is None
    found = handing.asked(stage, alert)
    news, seen = engagement(stage, stage.officer, alert, after=seen)
    assert "waits for approval" in news["hand_over"]
    about = {"words": "Not needed for this charge.", "actor": handing.approver(stage)}
    stage.within(operations.refuse, hand_over_id=found.id, now=utc_now(), **about)
    news, seen = engagement(stage, stage.officer, alert, after=seen)
    assert "not asked for yet" in news["hand_over"]
    do(stage, no_copy.say_not_needed, alert, reason=NoCopy.WARRANT)
    news, _ = engagement(stage, stage.officer, alert, after=seen)
    assert "no copy is needed" in news["hand_over"]


def test_as_many_queries_for_many_arrests_as_for_one(stage, alert):
    client = stage.officer.client()

    def asked():
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/console/{stage.deployment_id}/alerts.json")
        return len(seen)

    asked()
    one = asked()
    for subject in (1, 2):
        handing.arrested(stage, subject=subject)
    assert asked() == one
