"""What leaves the server for one viewer. Searched as text, as somebody at the browser's tools would."""

from datetime import timedelta

import pytest

from apps.alerts.data import OUTCOME_LABELS, AlertState, OperatorDecision, Outcome
from apps.alerts.rest import BANNERS, CATEGORY_LABELS, OVER, STATE_LABELS
from apps.core.data import Role
from apps.deployments.data import DeploymentState
from apps.watchlists.data import Category

SECRETS = [
    "cosine",
    "similarity",
    "threshold",
    "0.6172",
    "0.45",
    "TEST-01",
    "Test Subject",
    "SUSPECTED",
    "offence",
]


@pytest.mark.parametrize("state", [AlertState.RAISED, AlertState.UNSURE, AlertState.EXPIRED])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER])
def test_before_the_decision_is_stored_nobody_gets_score_threshold_or_candidate(build, said, state, role):
    _, text = said(state, build.actor(role))
    assert [secret for secret in SECRETS if secret.lower() in text.lower()] == []


def test_the_first_operators_doubt_is_not_told_to_the_second(build, said):
    unsure = build.decision(OperatorDecision.UNSURE, build.operator_id)
    alert, _ = said(AlertState.UNSURE, build.other_operator(), decisions=[unsure])
    assert "decisions" not in alert
    assert alert["actions"] == ["match", "not_a_match", "unsure"]


@pytest.mark.parametrize("state", [AlertState.DISPATCHED, AlertState.NOT_A_MATCH])
def test_after_the_decision_the_cosine_similarity_shows_and_never_as_a_percentage(build, said, state):
    alert, text = said(state, build.operator(), decisions=[build.matched()])
    assert alert["cosine_similarity"] == 0.6172
    assert alert["threshold"] == 0.45
    assert "%" not in text


NUMBERS = ("cosine", "similarity", "threshold", "0.6172", "0.45")


def test_the_officer_decides_on_faces_and_not_on_a_number(build, said):
    """A score before the engagement decision is an invitation to engage on it (domain.md §1)."""
    decisions = [build.matched()]
    _, text = said(AlertState.DISPATCHED, build.officer(), decisions=decisions)
    assert [number for number in NUMBERS if number in text.lower()] == []
    both = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    _, text = said(AlertState.DISPATCHED, both, decisions=decisions)
    assert [number for number in NUMBERS if number in text.lower()] == [], "a second role opened it"


@pytest.mark.parametrize(
    "state", [AlertState.ENGAGED, AlertState.NOT_ENGAGED, AlertState.OUTCOME_RECORDED], ids=str
)
def test_once_the_engagement_decision_is_stored_the_officer_gets_the_number_too(build, said, state):
    alert, _ = said(state, build.officer(), decisions=[build.matched(), build.engaging()])
    assert alert["cosine_similarity"] == 0.6172


def test_the_offence_goes_again_when_the_identity_is_contradicted_and_rehearsals_say_that_there_is_none(
    build, said
):
    known = {"decisions": [build.matched(), build.engaging()], "identity_established_at": build.now}
    wrong = [Outcome.RELEASED_IDENTITY_WRONG]
    _, text = said(AlertState.OUTCOME_RECORDED, build.officer(), outcomes=wrong, **known)
    assert "a serious offence" not in text
    alert, _ = said(AlertState.ENGAGED, build.officer(), card=build.card(offence=""), **known)
    assert alert["card"]["offence"] == "none: rehearsal"


def test_the_answer_says_for_whom_it_is(build, said):
    officer = build.officer()
    assert f'"viewer": "{officer.id}"' in said(AlertState.RAISED, officer)[1]


def test_the_officer_gets_category_and_action_but_the_offence_only_once_identity_is_established(build, said):
    decisions = [build.matched(), build.engaging()]
    alert, text = said(AlertState.ENGAGED, build.officer(), decisions=decisions)
    assert alert["card"]["category"] == "Suspected of an offence"
    assert "a serious offence" not in text
    alert, _ = said(
        AlertState.ENGAGED, build.officer(), decisions=decisions, identity_established_at=build.now
    )
    assert alert["card"]["offence"] == "a serious offence"


def test_the_silver_commander_gets_no_face_and_no_name(build, said):
    silver = build.actor(Role.SILVER_COMMANDER)
    alert, text = said(AlertState.DISPATCHED, silver, decisions=[build.matched()])
    assert alert["pictures"] is None
    assert alert["actions"] == []
    assert "Test Subject" not in text


def test_the_officer_gets_no_face_before_dispatch(build, said):
    alert, _ = said(AlertState.RAISED, build.officer())
    assert alert["pictures"] is None
    assert alert["actions"] == []


def test_a_removed_subject_says_release(build, said):
    alert, _ = said(AlertState.RAISED, build.operator(), card=build.card(removed_at=build.now))
    assert alert["no_longer_wanted"] is True


class TestHistoryNeverSounds:
    def arrival(self, said, *args, **more):
        return said(*args, **more)[0]["arrival"]

    def test_an_alert_that_waits_for_this_person_is_new(self, build, said):
        assert self.arrival(said, AlertState.RAISED, build.operator()) == "new"
        assert self.arrival(said, AlertState.DISPATCHED, build.officer()) == "new"

    def test_an_alert_that_waits_for_somebody_else_is_history(self, build, said):
        assert self.arrival(said, AlertState.RAISED, build.officer()) == "history"
        assert self.arrival(said, AlertState.DISPATCHED, build.operator()) == "history"
        assert self.arrival(said, AlertState.RAISED, build.actor(Role.SILVER_COMMANDER)) == "history"

    def test_a_doubt_is_new_to_the_other_operators_and_not_to_who_had_it(self, build, said):
        unsure = [build.decision(OperatorDecision.UNSURE, build.operator_id)]
        assert self.arrival(said, AlertState.UNSURE, build.other_operator(), decisions=unsure) == "new"
        assert self.arrival(said, AlertState.UNSURE, build.operator(), decisions=unsure) == "history"

    @pytest.mark.parametrize("state", list(AlertState))
    def test_the_first_load_is_history(self, build, said, state):
        everything = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
        assert self.arrival(said, state, everything, initial=True) == "history"

    @pytest.mark.parametrize(
        "state", [s for s in AlertState if s not in {AlertState.RAISED, AlertState.UNSURE}]
    )
    def test_an_alert_decided_while_the_link_was_down_is_history(self, build, said, state):
        assert self.arrival(said, state, build.operator(), decisions=[build.matched()]) == "history"

    def test_an_alert_whose_time_ran_out_while_the_link_was_down_is_history_and_offers_nothing(
        self, build, said
    ):
        late = said(AlertState.RAISED, build.operator(), now=build.now + timedelta(seconds=60))[0]
        assert late["arrival"] == "history"
        assert late["actions"] == []


def test_every_category_state_and_outcome_has_words_for_an_officer():
    assert set(CATEGORY_LABELS) == set(Category)
    assert set(STATE_LABELS) == set(AlertState)
    assert set(OUTCOME_LABELS) == set(Outcome)


def test_the_console_says_what_the_deployments_state_means_for_it():
    assert BANNERS[DeploymentState.LIVE] == ""
    for state in set(DeploymentState) - {DeploymentState.LIVE}:
        assert BANNERS.get(state, OVER), state
