"""A record that lacks what must be there: the review asks, and is not published before it is told."""

from dataclasses import replace

import pytest

from apps.alerts import api as alerts
from apps.alerts import engagement_queries
from apps.alerts.data import Outcome
from apps.alerts.engagement_data import Power, StopRecord
from apps.core.clock import utc_now
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments.data import DeploymentState
from apps.deployments.models import Deployment
from tests.support.engaging import do

TALKED = StopRecord(power=Power.NONE, searched=False, force_used=False)
SAID = "The officer's phone broke. They talked for a minute, and the person went on."
REVIEW = {"findings": "The purpose was met and the place was right. Nobody was taken for another."}


def examine(stage, alert, **more):
    return do(stage, alerts.examine, alert, **({"words": SAID, "actor": stage.silver.actor} | more))


def asked(stage):
    return stage.within(engagement_queries.to_examine, stage.deployment_id)


def over(stage, state=DeploymentState.ENDED):
    now = utc_now()
    stage.within(Deployment.objects.update, state=state, ended_at=now, window_end=now)


def review(stage):
    answer = stage.silver.client().post(
        f"/deployments/{stage.deployment_id}/review/", REVIEW | {"confirmed": "1"}
    )
    return answer.status_code


class TestWhatIsMissing:
    def test_of_nothing_at_all_each_thing_is_named(self, stage, engaged):
        (words,) = asked(stage)
        assert words == (
            "Alert 1: say what happened at this engagement, or have it recorded. Not recorded: the power or"
            " that there was none, when the stop began, when it ended, whether the person was searched,"
            " whether force was used."
        )

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"power": None, "started_at": None, "ended_at": None}, "the power"),
            ({"started_at": None, "ended_at": None}, "when the stop began"),
            ({"ended_at": None}, "when it ended"),
            ({"searched": None}, "whether the person was searched"),
            ({"force_used": None}, "whether force was used"),
            ({"power": Power.NONE, "ended_at": None}, "when it ended"),
        ],
    )
    def test_a_stop_wants_all_of_it(self, stage, engaged, change, words):
        now = utc_now()
        whole = StopRecord(power=Power.ARREST, started_at=now, ended_at=now, searched=False, force_used=False)
        do(stage, alerts.record_stop, engaged, record=replace(whole, **change), now=now)
        (said,) = asked(stage)
        assert words in said
        do(stage, alerts.record_stop, engaged, record=whole)
        assert asked(stage) == ()

    def test_of_somebody_who_was_free_to_go_no_time_is_wanted(self, stage, engaged):
        do(stage, alerts.record_stop, engaged, record=TALKED)
        assert asked(stage) == ()

    def test_where_nobody_was_found_there_is_nothing_to_record(self, stage, engaged):
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.NOT_LOCATED])
        assert asked(stage) == ()
        # Who stopped somebody has found them, whatever the outcome says.
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.ARREST))
        assert len(asked(stage)) == 1

    def test_of_a_false_one_both_are_asked_for(self, stage, engaged):
        do(stage, alerts.identity_contradicted, engaged)
        (words,) = asked(stage)
        assert "say what happened at this engagement. Not recorded: the power" in words
        # Words alone answer for a false alert; a record alone does not.
        do(stage, alerts.record_stop, engaged, record=TALKED)
        assert asked(stage) == ("Alert 1: say what happened at this engagement.",)


class TestTheReview:
    def test_it_is_refused_until_it_is_recorded(self, stage, engaged):
        over(stage)
        page = stage.silver.client().get(f"/deployments/{stage.deployment_id}/review/").content.decode()
        assert "Not recorded: the power" in page
        assert review(stage) == 422
        do(stage, alerts.record_stop, engaged, record=TALKED)
        assert review(stage) == 302

    def test_or_answered_in_words(self, stage, engaged):
        over(stage)
        client, address = stage.silver.client(), f"/deployments/{stage.deployment_id}/engagements/"
        page = client.get(address).content.decode()
        assert "1 engagement waits for the review" in page
        assert "when the stop began" in page
        assert client.post(address, {"alert_id": str(engaged.id), "words": "lost"}).status_code == 422
        assert review(stage) == 422
        assert client.post(address, {"alert_id": str(engaged.id), "words": SAID}).status_code == 302
        page = client.get(address).content.decode()
        assert "for the review." not in page
        assert "phone broke" in page
        # What is missing stays said: words are no record.
        assert "when the stop began" in page
        assert review(stage) == 302

    def test_nobody_answers_for_what_they_decided(self, stage, engaged):
        with pytest.raises(NotPermitted):
            examine(stage, engaged, actor=stage.officer.actor)
        assert len(asked(stage)) == 1

    def test_a_change_of_the_record_asks_again(self, stage, engaged):
        examine(stage, engaged)
        assert asked(stage) == ()
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.ARREST))
        assert len(asked(stage)) == 1
        examine(stage, engaged)

    @pytest.mark.parametrize("ended_by", ["release", "outcome"])
    def test_what_was_answered_before_it_was_over_is_asked_again(self, stage, engaged, ended_by):
        examine(stage, engaged)
        if ended_by == "release":
            do(stage, alerts.identity_contradicted, engaged)
        else:
            do(stage, alerts.establish_identity, engaged)
            do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.CONDITIONS_COMPLIANT])
        assert len(asked(stage)) == 1
        examine(stage, engaged)
        assert asked(stage) == ()

    def test_a_release_after_another_outcome_asks_again(self, stage, engaged):
        do(stage, alerts.record_stop, engaged, record=TALKED)
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.VOLUNTARY])
        assert asked(stage) == ()
        do(stage, alerts.identity_contradicted, engaged)
        assert len(asked(stage)) == 1

    @pytest.mark.parametrize("state", [DeploymentState.REVIEWED, DeploymentState.RESULTS_PUBLISHED])
    def test_one_that_is_complete_stays_as_it_is(self, stage, engaged, state):
        over(stage, state)
        page = stage.silver.client().get(f"/deployments/{stage.deployment_id}/engagements/").content.decode()
        assert "for the review." not in page
        assert "<textarea" not in page
        assert "Not all recorded" not in page
        with pytest.raises(RuleViolated, match="need not"):
            examine(stage, engaged)
