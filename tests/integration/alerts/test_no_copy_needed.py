"""An officer says that an arrest needs no copy: the prompt goes, the record says who and why, and it can be
taken back by asking for the copy while there is one to be made."""

from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts import retention
from apps.alerts.handover import no_copy, operations, queries
from apps.alerts.handover.data import HandOverCounts, NoCopy
from apps.alerts.models import AlertOutcome
from apps.alerts.policies import PictureGone
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from tests.support import handing
from tests.support.clocks import travelled
from tests.support.engaging import do

HOUR = timedelta(hours=1)
OTHERWISE = NoCopy.OTHER_EVIDENCE
STANDS = "The arrest rests on other evidence"


@pytest.fixture
def alert(stage):
    handing.recorded(stage)
    return handing.arrested(stage)


def say(stage, alert, **more):
    return do(stage, no_copy.say_not_needed, alert, **({"reason": OTHERWISE} | more))


def main(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode().split("<main")[1]


def page_of(alert):
    return f"/alerts/{alert.id}/hand-over/"


def events(stage, alert):
    with stage.context():
        rows = AuditEvent.objects.filter(object_id=alert.id, verb__startswith="handover.")
        return [(row.verb, row.actor_label, row.payload) for row in rows.order_by("ordinal", "recorded_at")]


def counts(stage, now):
    return stage.within(alerts.hand_over_counts, deployment_ids=[stage.deployment_id], now=now)[
        stage.deployment_id
    ]


def test_by_the_page_the_prompt_goes_and_who_when_and_why_stay(stage, alert):
    client = stage.officer.client()
    asked = {"step": "not_needed"}
    refused = client.post(page_of(alert), asked)
    assert refused.status_code == 422
    assert client.post(page_of(alert), asked | {"not_needed": "because"}).status_code == 422
    assert client.post(page_of(alert), asked | {"not_needed": OTHERWISE}).status_code == 302
    for address in ("/", "/hand-overs/", f"/board/{stage.deployment_id}/"):
        assert "nobody has asked for the evidential copy" not in main(stage.silver.client(), address)
    page = main(client, page_of(alert))
    assert "No copy is needed" in page
    assert STANDS in page
    assert stage.officer.actor.label in page
    assert "Ask for this copy" in page
    reviewed = main(stage.silver.client(), f"/deployments/{stage.deployment_id}/engagements/")
    assert STANDS in reviewed
    assert stage.officer.actor.label in reviewed
    ((verb, label, payload),) = events(stage, alert)
    assert (verb, label) == ("handover.not_needed", stage.officer.actor.label)
    assert payload["why"] == OTHERWISE


def test_only_whoever_may_ask_for_the_copy_says_so(stage, alert):
    superintendent = stage.person("superintendent", Role.AUTHORISING_OFFICER).actor
    with pytest.raises(NotPermitted):
        stage.within(
            no_copy.say_not_needed, alert_id=alert.id, reason=OTHERWISE, actor=superintendent, now=utc_now()
        )
    for person in (stage.silver, stage.officer):
        page = main(person.client(), page_of(alert))
        assert "Record that no copy is needed" in page


def test_only_of_an_arrest_and_not_while_a_copy_is_asked_for_or_twice(stage, alert):
    found = handing.asked(stage, alert)
    with pytest.raises(RuleViolated):
        say(stage, alert)
    about = {"words": "Not needed for this charge.", "actor": handing.approver(stage)}
    stage.within(operations.refuse, hand_over_id=found.id, now=utc_now(), **about)
    say(stage, alert)
    with pytest.raises(RuleViolated):
        say(stage, alert)
    other = stage.raise_alert()
    with pytest.raises(RuleViolated):
        say(stage, other)


def test_whoever_changes_their_mind_asks_for_the_copy_and_the_prompt_is_the_usual_one(stage, alert):
    say(stage, alert)
    handing.asked(stage, alert)
    verbs = [verb for verb, *_ in events(stage, alert)]
    assert verbs == ["handover.not_needed", "handover.needed_after_all", "handover.requested"]
    (duty,) = stage.within(queries.duties, now=utc_now())
    assert "waits for approval" in duty.why
    assert STANDS not in main(stage.officer.client(), page_of(alert))


def test_after_the_deletion_nobody_says_so_any_more(stage, alert):
    later = alert.purge_due_at + timedelta(minutes=1)
    with pytest.raises(PictureGone):
        say(stage, alert, now=later)


def test_what_was_said_stays_after_the_deletion_and_is_no_failure(stage, alert):
    say(stage, alert)
    over = alert.purge_due_at + timedelta(minutes=1)
    with stage.context():
        retention.purge(over)
    assert counts(stage, over) == HandOverCounts(arrests=1, not_needed=1)
    with travelled(over, tick=False):
        assert "nobody asked for the evidential copy" not in main(stage.silver.client(), "/hand-overs/")
        page = main(stage.officer.client(), page_of(alert))
    assert STANDS in page
    assert "Ask for this copy" not in page


def test_said_within_the_hour_it_is_not_late_and_said_after_it_is(stage, alert):
    with stage.context():
        at = AlertOutcome.objects.get(alert_id=alert.id, outcome="arrest").recorded_at
    say(stage, alert, now=at + HOUR / 2)
    assert stage.within(operations.note_late, now=at + 2 * HOUR) == 0
    other = handing.arrested(stage, subject=1)
    with stage.context():
        at = AlertOutcome.objects.get(alert_id=other.id, outcome="arrest").recorded_at
    say(stage, other, now=at + HOUR + timedelta(minutes=1))
    assert stage.within(operations.note_late, now=at + 2 * HOUR) == 1


class TestCollectedAndNotAcknowledged:
    """After the deletion it is not "never": it left, and nobody said where it arrived."""

    @pytest.fixture
    def found(self, stage, alert):
        found = handing.approved(stage, alert)
        handing.collected(stage, found)
        return found

    def test_it_is_counted_apart_once_deleted(self, stage, alert, found):
        assert counts(stage, utc_now()) == HandOverCounts(arrests=1, not_yet=1)
        over = alert.purge_due_at + timedelta(minutes=1)
        with stage.context():
            retention.purge(over)
        assert counts(stage, over) == HandOverCounts(arrests=1, unconfirmed=1)

    def test_the_pages_say_when_it_was_collected(self, stage, alert, found):
        over = alert.purge_due_at + timedelta(minutes=1)
        with stage.context():
            retention.purge(over)
        with travelled(over, tick=False):
            for address in ("/hand-overs/", page_of(alert)):
                page = main(stage.silver.client(), address)
                assert "ollected at " in page, address
                assert "not acknowledged" in page, address
                assert "gone with it" not in page, address
