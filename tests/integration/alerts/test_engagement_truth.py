"""What nobody may undo, hide or learn from the record of an engagement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from apps.alerts import api as alerts
from apps.alerts import engagement_queries, engagement_retention, receipts
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.engagement_data import AgeBand, Ethnicity, ForceKind, Power, SearchPower, Sex, StopRecord
from apps.alerts.models import Engagement
from apps.alerts.radio import Said
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.engaging import do

STOPPED = StopRecord(
    power=Power.ARREST, force_used=True, force_kinds=(ForceKind.HANDCUFFS,), body_worn="BWV-1"
)


def found(stage, alert):
    return stage.within(engagement_queries.engagement_of, alert_id=alert.id)


def payloads(stage, alert):
    with stage.context():
        rows = AuditEvent.objects.filter(verb="alert.stop_recorded", object_id=alert.id).order_by("ordinal")
        return [row.payload for row in rows]


class TestHowSomebodyLooks:
    LOOKS = {"ethnicity": Ethnicity.BLACK, "sex": Sex.MALE, "age_band": AgeBand.FROM_18}

    def test_the_audit_says_that_it_was_recorded_and_changed_and_never_what(self, stage, engaged):
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.NONE, **self.LOOKS))
        other = self.LOOKS | {"ethnicity": Ethnicity.WHITE_NORTH}
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.NONE, **other))
        first, second = payloads(stage, engaged)
        for value in (*self.LOOKS.values(), Ethnicity.WHITE_NORTH):
            assert f"'{value}'" not in str([first, second])
        assert first["described"] == ["age_band", "ethnicity", "sex"]
        assert second["described"] == ["ethnicity"]

    def test_it_goes_when_the_free_words_go_and_nobody_writes_it_again(self, stage, engaged):
        record = StopRecord(power=Power.NONE, body_worn="BWV-9", **self.LOOKS)
        do(stage, alerts.record_stop, engaged, record=record)
        with stage.context():
            due = Engagement.objects.get().texts_due_at
            engagement_retention.purge_texts(due)
        after = found(stage, engaged).record
        assert (after.power, after.ethnicity, after.sex, after.age_band) == (Power.NONE, None, None, None)
        with pytest.raises(RuleViolated, match="erased"):
            do(stage, alerts.record_stop, engaged, record=record, now=due)
        with stage.context():
            assert engagement_retention.verify_texts(due) == []


class TestAfterTheRelease:
    def test_a_form_that_was_open_since_before_does_not_undo_its_end(self, stage, engaged):
        began = utc_now()
        stopped = StopRecord(power=Power.ARREST, started_at=began)
        do(stage, alerts.record_stop, engaged, record=stopped, now=began)
        released = began + timedelta(minutes=3)
        do(stage, alerts.identity_contradicted, engaged, now=released)
        later = released + timedelta(minutes=1)
        do(stage, alerts.record_stop, engaged, record=stopped, now=later)
        assert found(stage, engaged).record.ended_at == released

    def test_a_stop_written_down_afterwards_ended_with_it(self, stage, engaged):
        began = utc_now()
        released = began + timedelta(minutes=3)
        do(stage, alerts.identity_contradicted, engaged, now=released)
        stopped = StopRecord(power=Power.ARREST, started_at=began)
        do(stage, alerts.record_stop, engaged, record=stopped, now=released + timedelta(hours=1))
        assert found(stage, engaged).record.ended_at == released

    def test_no_stop_begins(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        page = stage.officer.client().get(f"/alerts/{engaged.id}/stop/").content.decode()
        assert 'value="begin"' not in page
        late = found(stage, engaged).finished_at + timedelta(seconds=1)
        again = StopRecord(power=Power.ARREST, started_at=late)
        with pytest.raises(RuleViolated, match="released"):
            do(stage, alerts.record_stop, engaged, record=again, now=late)


class TestTwoWriters:
    def test_what_a_colleague_stored_meanwhile_is_not_written_over(self, stage, engaged):
        client, address = stage.officer.client(), f"/alerts/{engaged.id}/stop/"
        old = client.get(address).context["form"]["seen"].value()
        colleague = stage.person("partner", Role.ENGAGEMENT_OFFICER).actor
        do(stage, alerts.record_stop, engaged, record=STOPPED, actor=colleague)
        refused = client.post(address, {"power": "none", "force_used": "no", "seen": old})
        assert refused.status_code == 422
        page = refused.content.decode()
        assert "Was force used?" in page.partition("Error")[2].partition("</h1>")[0]
        # What was left empty is not wiped out by storing again.
        assert refused.context["form"]["force_kinds"].value() == ["handcuffs"]
        assert refused.context["form"]["body_worn"].value() == "BWV-1"
        assert found(stage, engaged).record.force_used is True
        # Whoever has seen that stores theirs.
        seen = refused.context["form"]["seen"].value()
        again = {"power": "none", "force_used": "no", "seen": seen}
        assert client.post(address, again).status_code == 302
        assert found(stage, engaged).record.force_used is False

    def test_pressed_twice_the_stop_begins_once(self, stage, engaged):
        client, address = stage.officer.client(), f"/alerts/{engaged.id}/stop/"
        seen = client.get(address).context["form"]["seen"].value()
        pressed = {"power": "arrest", "now": "begin", "seen": seen}
        assert client.post(address, pressed).status_code == 302
        began = found(stage, engaged).record.started_at
        assert client.post(address, pressed).status_code == 302
        assert found(stage, engaged).record.started_at == began


class TestReview:
    SAID = "They showed a passport and went on."

    def test_force_that_is_written_down_after_it_was_answered_is_asked_again(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        do(stage, alerts.examine, engaged, words=self.SAID, actor=stage.silver.actor)
        answered = found(stage, engaged).record
        do(stage, alerts.record_stop, engaged, record=answered)
        assert stage.within(engagement_queries.to_examine, stage.deployment_id) == ()
        do(stage, alerts.record_stop, engaged, record=STOPPED)
        assert len(stage.within(engagement_queries.to_examine, stage.deployment_id)) == 1
        do(stage, alerts.examine, engaged, words=f"{self.SAID} In handcuffs.", actor=stage.silver.actor)

    def test_nobody_answers_for_what_they_decided_themselves(self, stage, engaged):
        roles = (Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER)
        both = stage.person("both", *roles).actor
        second = stage.raise_alert(subject_id=stage.subjects[1])
        stage.decide(second.id, OperatorDecision.MATCH)
        about = {"decision": EngagementDecision.ENGAGE, "reason": ""}
        do(stage, alerts.engagement_decide, second, actor=both, **about)
        do(stage, alerts.identity_contradicted, second)
        with pytest.raises(NotPermitted, match="yourself"):
            do(stage, alerts.examine, second, words=self.SAID, actor=both)
        do(stage, alerts.examine, second, words=self.SAID, actor=stage.silver.actor)

    def test_a_search_without_a_power_is_written_down_and_answered_for(self, stage, engaged):
        now = utc_now()
        for power, search_power, asked in (
            (Power.ARREST, SearchPower.NONE, True),
            (Power.ARREST, SearchPower.ON_ARREST, False),
            (Power.NONE, SearchPower.ON_ARREST, True),
        ):
            searched = StopRecord(power=power, searched=True, search_power=search_power)
            record = replace(searched, started_at=now, ended_at=now, force_used=False)
            do(stage, alerts.record_stop, engaged, record=record)
            assert found(stage, engaged).to_examine is asked, record


class TestReceipt:
    def read(self, stage, alert, *outcomes):
        do(stage, alerts.give_receipt, alert)
        if outcomes:
            do(stage, alerts.record_outcome, alert, outcomes=outcomes)
        address, _ = stage.within(receipts.given, alert_id=alert.id, now=utc_now())
        page = Client().get("/receipt/" + address.split("/receipt/")[1]).content.decode()
        return page.partition("What came of it")[2].partition("When it is deleted")[0], page

    def test_of_somebody_who_is_looked_after_it_says_what_it_says_of_anybody(self, stage, engaged):
        plain, _ = self.read(stage, engaged)
        second = stage.raise_alert(subject_id=stage.subjects[1])
        stage.decide(second.id, OperatorDecision.MATCH)
        do(stage, alerts.engagement_decide, second, decision=EngagementDecision.ENGAGE, reason="")
        looked_after, _ = self.read(stage, second, Outcome.SAFE_NOT_DISCLOSED, Outcome.SAFEGUARDED)
        assert looked_after == plain

    def test_it_has_a_number_to_quote(self, stage, engaged):
        _, page = self.read(stage, engaged)
        with stage.context():
            reference = deployments.get(deployment_id=stage.deployment_id).reference
        assert f"{reference}/1" in page


def test_a_release_by_radio_names_who_entered_it_on_the_card_and_in_the_record(stage, engaged):
    with stage.context():
        for actor, duty in ((stage.silver.actor, Duty.SILVER), (stage.officer.actor, Duty.ENGAGEMENT)):
            deployments.record_duty(deployment_id=stage.deployment_id, duty=duty, actor=actor, now=utc_now())
    about = {"officer_id": stage.officer.actor.id, "said": Said(released=True)}
    do(stage, alerts.enter, engaged, actor=stage.silver.actor, **about)
    (item,) = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    (outcome,) = item["outcomes"]
    assert outcome["entered_by"] == stage.silver.actor.label
    page = stage.silver.client().get(f"/deployments/{stage.deployment_id}/engagements/").content.decode()
    assert "entered by" in page
    summary = stage.within(alerts.engagement_summary, deployment_id=stage.deployment_id)
    assert summary.by_radio == 1
