"""The details of a stop, said by radio: who may enter them, whose they are, and where both names stand."""

import re

import pytest
from django.test import Client

from apps.alerts import api as alerts
from apps.alerts import engagement_queries, receipts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.engagement_data import Adult, ForceKind, Power, SearchPower, StopRecord
from apps.alerts.models import Engagement
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.engaging import do
from tests.support.secrets_in import secrets_in

WHOLE = {
    "power": "search_drugs",
    "searched": "yes",
    "search_power": "drugs",
    "force_used": "yes",
    "force_kinds": ["handcuffs"],
    "body_worn": "BWV-7715",
    "ethnicity": "black",
}


@pytest.fixture
def dispatched(stage):
    on_duty(stage, stage.silver.actor, Duty.SILVER)
    on_duty(stage, stage.officer.actor, Duty.ENGAGEMENT)
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    return alert


def on_duty(stage, actor, duty):
    about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": actor}
    stage.within(deployments.record_duty, **about, now=utc_now())


def found(stage, alert):
    return stage.within(engagement_queries.engagement_of, alert_id=alert.id)


def address(alert):
    return f"/alerts/{alert.id}/by-radio/stop/"


def enter(stage, alert, *, by=None, officer=None, **typed):
    said = {"officer": str((officer or stage.officer).actor.id), "now": "begin"} | WHOLE | typed
    return (by or stage.silver).client().post(address(alert), said)


def events(stage, alert, verb):
    with stage.context():
        return list(AuditEvent.objects.filter(verb=verb, object_id=alert.id).order_by("ordinal"))


def untouched(stage, alert):
    with stage.context():
        row = Engagement.objects.get(alert_id=alert.id)
    assert (row.recorded_at, row.power, row.child_at, row.entered_by) == (None, "", None, "")
    assert not events(stage, alert, "alert.stop_recorded")
    return True


def links(stage, person, alert):
    news = person.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    (item,) = [each for each in news if each["id"] == str(alert.id)]
    return list(item["engagement"]["links"])


class TestBothNames:
    def test_the_record_is_the_officers_and_the_audit_says_who_entered_it(self, stage, engaged):
        assert enter(stage, engaged).status_code == 302
        record = found(stage, engaged).record
        assert (record.power, record.search_power) == (Power.SEARCH_DRUGS, SearchPower.DRUGS)
        assert (record.force_kinds, record.body_worn) == ((ForceKind.HANDCUFFS,), "BWV-7715")
        assert record.started_at is not None
        assert found(stage, engaged).recorded_by == stage.officer.actor.label
        assert found(stage, engaged).entered_by == stage.silver.actor.label
        (event,) = events(stage, engaged, "alert.stop_recorded")
        assert event.actor_id == stage.silver.actor.id
        assert event.payload["by_radio"] is True
        assert event.payload["on_behalf_of_id"] == str(stage.officer.actor.id)
        assert secrets_in(str(event.payload), ("BWV-7715", "'black'")) == []
        summary = stage.within(alerts.engagement_summary, deployment_id=stage.deployment_id)
        assert (summary.by_radio, summary.stops) == (1, 1)

    def test_they_stand_on_card_stop_receipt_and_engagements_and_not_before_the_public(self, stage, engaged):
        enter(stage, engaged)
        do(stage, alerts.give_receipt, engaged)
        said = f"{stage.officer.actor.label}, said by radio, entered by {stage.silver.actor.label}"
        officer, silver = stage.officer.client(), stage.silver.client()
        pages = (
            (officer, f"/alerts/{engaged.id}/stop/"),
            (officer, f"/alerts/{engaged.id}/receipt/"),
            (silver, address(engaged)),
            (silver, f"/deployments/{stage.deployment_id}/engagements/"),
        )
        for client, page in pages:
            assert said in client.get(page).content.decode(), page
        (item,) = officer.get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
        assert item["engagement"]["stop"]["entered_by"] == stage.silver.actor.label
        public, _ = stage.within(receipts.given, alert_id=engaged.id, now=utc_now())
        page = Client().get("/receipt/" + public.split("/receipt/")[1]).content.decode()
        names = (stage.officer.actor.label, stage.silver.actor.label)
        assert secrets_in(page, (*names, "radio", "BWV-7715")) == []

    def test_once_the_officer_stores_it_themselves_it_is_said_by_nobody_else(self, stage, engaged):
        enter(stage, engaged)
        do(stage, alerts.record_stop, engaged, record=found(stage, engaged).record)
        assert found(stage, engaged).entered_by == ""
        (item,) = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
        assert item["engagement"]["stop"]["entered_by"] == ""
        page = stage.officer.client().get(f"/alerts/{engaged.id}/stop/").content.decode()
        assert "entered by" not in page
        assert [event.payload.get("by_radio") for event in events(stage, engaged, "alert.stop_recorded")] == [
            True,
            None,
        ]


class TestWho:
    def test_the_operator_who_said_match_neither_reads_nor_enters_it(self, stage, engaged):
        on_duty(stage, stage.operator.actor, Duty.OPERATOR)
        assert stage.operator.client().get(address(engaged)).status_code == 403
        assert enter(stage, engaged, by=stage.operator).status_code == 403
        assert links(stage, stage.operator, engaged) == []
        assert untouched(stage, engaged)

    def test_another_operator_does_once_they_are_on_duty(self, stage, engaged):
        second = stage.person("second", Role.OPERATOR)
        assert enter(stage, engaged, by=second).status_code in (409, 422)
        assert untouched(stage, engaged)
        on_duty(stage, second.actor, Duty.OPERATOR)
        assert enter(stage, engaged, by=second).status_code == 302
        assert found(stage, engaged).entered_by == second.actor.label

    def test_an_officer_has_their_own_page_and_another_force_has_none(self, stage, engaged, other_stage):
        assert enter(stage, engaged, by=stage.officer).status_code == 403
        assert other_stage.silver.client().get(address(engaged)).status_code == 404
        assert enter(stage, engaged, by=other_stage.silver).status_code == 404
        assert untouched(stage, engaged)

    def test_nobody_is_named_who_is_not_on_duty_or_decided_on_it_as_operator(self, stage, engaged):
        absent = stage.person("absent", Role.ENGAGEMENT_OFFICER)
        assert enter(stage, engaged, officer=absent).status_code == 422
        assert enter(stage, engaged, officer=stage.operator).status_code == 422
        assert untouched(stage, engaged)
        # Two roles, and the first of two decisions on this alert: not the second one's record too.
        both = stage.person("both", Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
        second = stage.raise_alert(subject_id=stage.subjects[1])
        stage.decide(second.id, OperatorDecision.MATCH, both.actor)
        do(stage, alerts.engagement_decide, second, decision=EngagementDecision.ENGAGE, reason="")
        on_duty(stage, both.actor, Duty.ENGAGEMENT)
        refused = enter(stage, second, officer=both)
        assert refused.status_code == 422
        assert "operator of an alert" in refused.content.decode()
        assert untouched(stage, second)

    def test_the_operation_itself_refuses_them(self, stage, engaged):
        on_duty(stage, stage.operator.actor, Duty.OPERATOR)
        absent = stage.person("absent", Role.ENGAGEMENT_OFFICER).actor
        officer, silver = stage.officer.actor, stage.silver.actor
        record = StopRecord(power=Power.NONE, searched=False, force_used=False)
        pairs = ((stage.operator.actor, officer), (officer, officer), (silver, absent), (silver, silver))
        for actor, named in pairs:
            for child in (None, True):
                about = {"officer_id": named.id, "record": record, "child": child, "actor": actor}
                with pytest.raises((NotPermitted, RuleViolated)):
                    do(stage, alerts.enter_stop, engaged, **about)
                with pytest.raises((NotPermitted, RuleViolated)):
                    do(stage, alerts.mark_child, engaged, child=True, actor=named, entered_by=actor)
        assert untouched(stage, engaged)

    def test_where_nobody_was_engaged_there_is_nothing_to_enter(self, stage, dispatched):
        assert stage.silver.client().get(address(dispatched)).status_code == 404
        assert enter(stage, dispatched).status_code == 404
        page = stage.silver.client().get(f"/alerts/{dispatched.id}/by-radio/").content.decode()
        assert address(dispatched) not in page


class TestRules:
    def test_what_cannot_be_true_is_refused_whole(self, stage, engaged):
        refused = enter(stage, engaged, power="", child="yes")
        assert refused.status_code == 422
        assert "by which power" in refused.content.decode()
        assert untouched(stage, engaged)
        assert not events(stage, engaged, "alert.apparent_child")

    def test_what_somebody_stored_meanwhile_is_not_written_over(self, stage, engaged):
        seen = stage.silver.client().get(address(engaged)).context["form"]["seen"].value()
        mine = StopRecord(power=Power.NONE, searched=False, force_used=False)
        do(stage, alerts.record_stop, engaged, record=mine)
        refused = enter(stage, engaged, seen=seen, child="yes")
        assert refused.status_code == 422
        page = refused.content.decode()
        assert "Somebody stored this record since you opened it" in page
        # It says where the records differ, and not that an officer was chosen.
        (differ,) = re.findall(r"It differs from yours in: ([^.]*)\.", page)
        assert "Were they searched?" in differ
        assert "Which engagement officer" not in differ
        assert "under 18" not in differ
        assert (found(stage, engaged).record, found(stage, engaged).entered_by) == (mine, "")
        assert found(stage, engaged).child_at is None
        again = refused.context["form"]["seen"].value()
        assert enter(stage, engaged, seen=again).status_code == 302
        assert found(stage, engaged).record.searched is True

    def test_the_officer_who_engaged_is_chosen_already(self, stage, engaged):
        other = stage.person("partner", Role.ENGAGEMENT_OFFICER).actor
        on_duty(stage, other, Duty.ENGAGEMENT)
        form = stage.silver.client().get(address(engaged)).context["form"]
        assert form["officer"].value() == str(stage.officer.actor.id)
        assert {value for value, _ in form.fields["officer"].choices} == {
            str(other.id),
            str(stage.officer.actor.id),
        }


class TestChild:
    def test_it_is_marked_and_taken_back_on_behalf(self, stage, engaged):
        assert enter(stage, engaged, child="yes", adult="sought").status_code == 302
        assert found(stage, engaged).child_at is not None
        assert found(stage, engaged).record.adult is Adult.SOUGHT
        (event,) = events(stage, engaged, "alert.apparent_child")
        assert event.actor_id == stage.silver.actor.id
        assert event.payload["on_behalf_of_id"] == str(stage.officer.actor.id)
        assert enter(stage, engaged, child="no", adult="").status_code == 302
        assert found(stage, engaged).child_at is None

    def test_a_page_that_was_open_since_before_takes_no_mark_away(self, stage, engaged):
        do(stage, alerts.mark_child, engaged, child=True)
        assert enter(stage, engaged, child="").status_code == 302
        assert found(stage, engaged).child_at is not None

    def test_an_adult_alone_says_nothing(self, stage, engaged):
        assert enter(stage, engaged, adult="present").status_code == 422
        assert untouched(stage, engaged)


class TestTheWayThere:
    def test_card_and_radio_page_lead_to_it_until_nothing_is_missing(self, stage, engaged):
        assert links(stage, stage.silver, engaged) == ["by_radio", "radio_stop"]
        page = stage.silver.client().get(f"/alerts/{engaged.id}/by-radio/").content.decode()
        assert address(engaged) in page
        do(stage, alerts.identity_contradicted, engaged)
        assert links(stage, stage.silver, engaged) == ["radio_stop"]
        enter(stage, engaged, power="none", force_used="no", force_kinds=[], searched="no", now="")
        assert links(stage, stage.silver, engaged) == []

    def test_of_somebody_who_was_not_found_nothing_is_missing(self, stage, engaged):
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.NOT_LOCATED])
        assert links(stage, stage.silver, engaged) == []

    def test_after_the_release_no_stop_begins_by_radio(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        assert 'value="begin"' not in stage.silver.client().get(address(engaged)).content.decode()
        refused = enter(stage, engaged)
        assert refused.status_code == 422
        assert untouched(stage, engaged)
