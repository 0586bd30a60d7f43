"""What is entered for an officer: what is offered, what crosses with their own press, and identity."""

import re
from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts import radio
from apps.alerts.data import EngagementDecision, OperatorDecision, Outcome
from apps.alerts.engagement_data import Power, StopRecord
from apps.alerts.models import Alert
from apps.alerts.radio import Said
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.engaging import do


@pytest.fixture
def dispatched(stage):
    for actor, duty in ((stage.silver.actor, Duty.SILVER), (stage.officer.actor, Duty.ENGAGEMENT)):
        about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": actor}
        stage.within(deployments.record_duty, **about, now=utc_now())
    return matched(stage)


def matched(stage, **more):
    alert = stage.raise_alert(**more)
    stage.decide(alert.id, OperatorDecision.MATCH)
    return alert


def engage(stage, alert):
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")


def refuse(stage, alert):
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.DO_NOT_ENGAGE, reason="They left")


def address(alert):
    return f"/alerts/{alert.id}/by-radio/"


def opened(stage, alert):
    return stage.silver.client().get(address(alert)).context["form"]


def enter(stage, alert, said, *, by=None, **typed):
    sent = {"officer": str(stage.officer.actor.id), "said": said} | typed
    return (by or stage.silver).client().post(address(alert), sent)


def words(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def offered(form, name):
    return [value for value, _ in form.fields[name].choices] if name in form.fields else []


def state(stage, alert):
    return stage.alert(alert.id).state


class TestCrossing:
    def test_what_the_officer_pressed_meanwhile_is_named_and_nothing_is_stored(self, stage, dispatched):
        seen = opened(stage, dispatched)["seen"].value()
        engage(stage, dispatched)
        refused = enter(stage, dispatched, "do_not_engage", seen=seen, reason="Lost in the crowd")
        assert refused.status_code == 422
        page = words(refused)
        said = re.search(rf"{stage.officer.actor.label} engaged at \d\d:\d\d:\d\d\. What you entered", page)
        assert said is not None
        assert "(“They do not engage”) is not stored." in page
        assert "choose from the list" not in page
        assert [
            value for value in re.findall(r'name="said" value="(\w+)"([^>]*)', page) if "checked" in value[1]
        ] == []
        assert state(stage, dispatched) == "engaged"
        # Whoever reads that and goes on enters what can be said now.
        again = refused.context["form"]["seen"].value()
        assert enter(stage, dispatched, "released", seen=again).status_code == 302

    def test_the_very_same_press_is_no_other_answer(self, stage, dispatched):
        seen = opened(stage, dispatched)["seen"].value()
        engage(stage, dispatched)
        assert "(“They engage: they speak to the person”) is not stored." in words(
            enter(stage, dispatched, "engage", seen=seen)
        )

    def test_so_with_a_release_an_outcome_and_an_identity(self, stage, engaged):
        stage.wanted()
        seen = opened(stage, engaged)["seen"].value()
        do(stage, alerts.establish_identity, engaged)
        assert "established the identity at" in words(enter(stage, engaged, "identified", seen=seen))
        seen = opened(stage, engaged)["seen"].value()
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.CONDITIONS_COMPLIANT])
        page = words(enter(stage, engaged, "outcome", outcomes=["voluntary"], seen=seen))
        assert "recorded “Conditions checked, compliant” at" in page
        seen = opened(stage, engaged)["seen"].value()
        do(stage, alerts.identity_contradicted, engaged)
        page = words(enter(stage, engaged, "outcome", outcomes=["voluntary"], seen=seen))
        assert "released the person as the wrong one at" in page
        assert "nothing more can be recorded" in page
        assert set(stage.outcomes(engaged.id)) == {
            Outcome.CONDITIONS_COMPLIANT,
            Outcome.RELEASED_IDENTITY_WRONG,
        }

    def test_where_nothing_is_left_to_say_it_says_who_decided_what(self, stage, dispatched):
        refuse(stage, dispatched)
        for answer in (
            enter(stage, dispatched, "engage", seen="0"),
            stage.silver.client().get(address(dispatched)),
        ):
            assert answer.status_code == 409
            assert f"{stage.officer.actor.label} decided at" in words(answer)
            assert "not to engage" in words(answer)

    def test_a_press_between_the_look_and_the_write_is_named_too(self, stage, dispatched, monkeypatch):
        enter_it = radio.enter

        def late(**about):
            engage(stage, dispatched)
            return enter_it(**about)

        monkeypatch.setattr(radio, "enter", late)
        answer = enter(stage, dispatched, "do_not_engage", seen="0", reason="Lost in the crowd")
        assert answer.status_code == 422
        assert "engaged at" in words(answer)
        assert "(“They do not engage”) is not stored." in words(answer)
        assert state(stage, dispatched) == "engaged"


class TestOffered:
    def test_exactly_what_the_officers_card_offers(self, stage, engaged):
        def same():
            (item,) = (
                stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
            )
            away = {*item["outcomes_not_offered"], *(each["value"] for each in item["outcomes"])}
            listed = {outcome.value for outcome in Outcome} - {"released_identity_wrong", "not_engaged"}
            found = offered(opened(stage, engaged), "outcomes")
            assert set(found) == listed - away
            return found

        volunteer = same()
        assert "arrest" not in volunteer
        assert "test_subject_recognised" in volunteer
        assert "status_confirmed" not in opened(stage, engaged).fields
        stage.wanted()
        assert "arrest" in same()
        assert "status_confirmed" in opened(stage, engaged).fields
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.NONE))
        assert "not_located" not in same()
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.VOLUNTARY])
        assert "voluntary" not in same()

    def test_an_arrest_of_a_volunteer_is_refused_for_that_alone(self, stage, engaged):
        with pytest.raises(RuleViolated) as refused:
            said = Said(outcomes=[Outcome.ARREST])
            about = {"officer_id": stage.officer.actor.id, "said": said, "actor": stage.silver.actor}
            do(stage, alerts.enter, engaged, **about)
        (reason,) = refused.value.reasons
        assert "volunteer" in reason
        stage.wanted()
        page = words(enter(stage, engaged, "outcome", outcomes=["arrest"]))
        assert "Establish the identity by ordinary means" in page
        assert "still wanted before" not in page

    def test_after_a_release_there_is_nothing_to_enter(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        page = words(stage.silver.client().get(address(engaged)))
        assert "nothing more can be recorded" in page
        assert "Enter what they said" not in page

    def test_what_belongs_to_another_answer_is_refused_and_not_stored(self, stage, dispatched):
        refused = enter(stage, dispatched, "engage", reason="Too old a sighting")
        assert refused.status_code == 422
        assert "A reason is for “They do not engage”" in words(refused)
        assert state(stage, dispatched) == "dispatched"
        with pytest.raises(RuleViolated, match="do not engage"):
            do(stage, alerts.engagement_decide, dispatched, decision=EngagementDecision.ENGAGE, reason="Why")
        engage(stage, dispatched)
        refused = enter(stage, dispatched, "released", outcomes=["voluntary"])
        assert refused.status_code == 422
        assert "Outcomes are for" in words(refused)
        assert stage.outcomes(dispatched.id) == ()

    def test_the_age_and_who_is_with_somebody_already_are_said(self, stage, engaged):
        second = matched(stage, subject_id=stage.subjects[1], now=utc_now() - timedelta(seconds=50))
        with stage.context():
            Alert.objects.filter(id=second.id).update(raised_at=utc_now() - timedelta(minutes=11))
        page = words(stage.silver.client().get(address(second)))
        assert "<strong>11 minutes ago</strong>" in page
        assert f"{stage.officer.actor.label} (engaged on alert {engaged.number})" in page
        assert "then no stop" in page


class TestIdentity:
    def test_it_is_the_officers_and_the_arrest_can_follow(self, stage, engaged):
        stage.wanted()
        assert enter(stage, engaged, "identified").headers["Location"] == address(engaged)
        alert = stage.alert(engaged.id)
        assert alert.identity_established_by == stage.officer.actor.label
        assert alert.identity_entered_by == stage.silver.actor.label
        with stage.context():
            (event,) = AuditEvent.objects.filter(verb="alert.identity_established", object_id=engaged.id)
        assert event.actor_id == stage.silver.actor.id
        assert event.payload["by_radio"] is True
        assert event.payload["on_behalf_of_id"] == str(stage.officer.actor.id)
        (item,) = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
        assert (item["identity"]["by"], item["identity"]["entered_by"]) == (
            stage.officer.actor.label,
            stage.silver.actor.label,
        )
        assert stage.within(alerts.engagement_summary, deployment_id=stage.deployment_id).by_radio == 1
        assert "identified" not in offered(opened(stage, engaged), "said")
        arrest = {"outcomes": ["arrest"], "status_confirmed": "on"}
        assert enter(stage, engaged, "outcome", **arrest).status_code == 302
        assert stage.outcomes(engaged.id) == (Outcome.ARREST,)

    def test_by_the_same_rules_as_everything_by_radio(self, stage, engaged):
        both = stage.person("both", Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
        assert enter(stage, engaged, "identified", by=stage.operator).status_code == 403
        assert enter(stage, engaged, "identified", by=both).status_code in (409, 422)
        assert enter(stage, engaged, "identified", officer=str(both.actor.id)).status_code == 422
        for actor, named in (
            (stage.operator, stage.officer),
            (stage.officer, stage.officer),
            (stage.silver, both),
        ):
            with pytest.raises((NotPermitted, RuleViolated)):
                do(
                    stage,
                    alerts.establish_identity,
                    engaged,
                    actor=named.actor,
                    entered_by=actor.actor,
                )
        assert stage.alert(engaged.id).identity_established_at is None

    def test_neither_before_somebody_engaged_nor_after_a_release(self, stage, dispatched):
        assert enter(stage, dispatched, "identified").status_code == 422
        engage(stage, dispatched)
        do(stage, alerts.identity_contradicted, dispatched)
        assert enter(stage, dispatched, "identified").status_code == 422
        assert stage.alert(dispatched.id).identity_established_at is None

    def test_what_the_officer_established_themselves_names_nobody_else(self, stage, engaged):
        do(stage, alerts.establish_identity, engaged)
        with stage.context():
            assert Alert.objects.get(id=engaged.id).identity_entered_by == ""
        assert stage.within(alerts.engagement_summary, deployment_id=stage.deployment_id).by_radio == 0
