"""Outcomes that would hide somebody who was found, and the one of a volunteer who was rightly recognised."""

import json

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import Outcome
from apps.alerts.engagement_data import AgeBand, Power, StopRecord
from apps.alerts.radio import Said
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.engaging import do

TEST = Outcome.TEST_SUBJECT_RECOGNISED


def record(stage, alert, **typed):
    do(stage, alerts.record_stop, alert, record=StopRecord(**typed))


def started(stage, alert):
    record(stage, alert, power=Power.ARREST, started_at=utc_now())


FOUND = {
    "identity": lambda stage, alert: do(stage, alerts.establish_identity, alert),
    "stop begun": started,
    "spoken with": lambda stage, alert: record(stage, alert, power=Power.NONE),
    "receipt": lambda stage, alert: do(stage, alerts.give_receipt, alert),
    "looks under 18": lambda stage, alert: do(stage, alerts.mark_child, alert, child=True),
    "described": lambda stage, alert: record(stage, alert, age_band=AgeBand.FROM_18),
}


def card(stage):
    (item,) = stage.officer.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
    return item


def post(stage, alert, *outcomes):
    body = json.dumps({"outcomes": outcomes})
    return stage.officer.client().post(f"/alerts/{alert.id}/outcome", body, content_type="application/json")


def by_radio(stage, alert, outcome):
    with stage.context():
        for actor, duty in ((stage.silver.actor, Duty.SILVER), (stage.officer.actor, Duty.ENGAGEMENT)):
            deployments.record_duty(deployment_id=stage.deployment_id, duty=duty, actor=actor, now=utc_now())
    said = {"officer_id": stage.officer.actor.id, "said": Said(outcomes=[outcome])}
    do(stage, alerts.enter, alert, actor=stage.silver.actor, **said)


class TestNotLocated:
    @pytest.mark.parametrize("how", list(FOUND))
    def test_of_whoever_was_found_it_is_neither_offered_nor_accepted(self, stage, engaged, how):
        assert "not_located" not in card(stage)["outcomes_not_offered"]
        FOUND[how](stage, engaged)
        assert "not_located" in card(stage)["outcomes_not_offered"]
        refused = post(stage, engaged, "not_located")
        assert refused.status_code == 422
        (reason,) = refused.json()["reasons"]
        assert "this person was found" in reason
        assert "Record what came of it" in reason
        with pytest.raises(RuleViolated, match="this person was found"):
            by_radio(stage, engaged, Outcome.NOT_LOCATED)
        assert stage.outcomes(engaged.id) == ()

    def test_that_nobody_was_searched_is_no_sign_of_anybody(self, stage, engaged):
        record(stage, engaged, searched=False, force_used=False)
        assert post(stage, engaged, "not_located").status_code == 200
        assert stage.within(alerts.summary, deployment_id=stage.deployment_id).not_located == 1

    def test_whoever_is_found_afterwards_is_in_the_figures_as_found(self, stage, engaged):
        assert post(stage, engaged, "not_located").status_code == 200
        do(stage, alerts.establish_identity, engaged)
        assert post(stage, engaged, "conditions_compliant").status_code == 200
        for found in (
            stage.within(alerts.summary, deployment_id=stage.deployment_id),
            stage.within(alerts.summaries, deployment_ids=[stage.deployment_id])[stage.deployment_id],
        ):
            assert (found.confirmed_true, found.not_located, found.unresolved) == (1, 0, 0)
        (engagement,) = stage.within(alerts.engagement_list, deployment_id=stage.deployment_id)
        # Nor is their record complete because nobody was there.
        assert "whether the person was searched" in engagement.lacks


class TestTestSubjects:
    def test_who_was_rightly_recognised_is_counted_so_and_reads_it_on_the_receipt(self, stage, engaged):
        assert TEST not in card(stage)["outcomes_not_offered"]
        assert post(stage, engaged, TEST.value).status_code == 200
        assert card(stage)["outcomes"] == [{"value": TEST, "label": "Test subject, correctly recognised"}]
        found = stage.within(alerts.summary, deployment_id=stage.deployment_id)
        assert (found.confirmed_true, found.confirmed_false, found.unresolved) == (1, 0, 0)
        assert (found.arrests, found.other_disposals) == (0, 0)
        assert post(stage, engaged, "arrest").status_code == 422
        do(stage, alerts.give_receipt, engaged)
        page = stage.officer.client().get(f"/alerts/{engaged.id}/receipt/").content.decode()
        assert "it recognised you correctly" in page

    def test_of_whoever_is_looked_for_it_is_neither_offered_nor_accepted(self, stage, engaged):
        stage.wanted()
        assert TEST in card(stage)["outcomes_not_offered"]
        refused = post(stage, engaged, TEST.value)
        assert refused.status_code == 422
        assert "no test subject" in refused.json()["error"]
        with pytest.raises(RuleViolated, match="no test subject"):
            by_radio(stage, engaged, TEST)
        assert stage.outcomes(engaged.id) == ()
