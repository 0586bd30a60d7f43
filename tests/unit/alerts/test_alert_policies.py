from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from apps.alerts import policies
from apps.alerts.data import (
    AlertState,
    EngagementDecision,
    OperatorDecision,
    Outcome,
    PictureKind,
    Sighting,
)
from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted, RuleViolated
from apps.deployments.data import Duty, DutyData


def raising(build, card=None, live=None, **changes):
    live = live or build.live()
    card = card or build.card(deployment_id=live.deployment_id)
    actor = changes.pop("actor", build.system())
    seen = {"camera_id": build.camera, "cosine_similarity": 0.6, "threshold": 0.45} | changes
    biometrics = {"probe_jpeg": b"", "template": np.zeros(1, np.float32)}
    sighting = Sighting(
        track_id="t1", subject_id=card.subject_id, captured_at=build.now, **biometrics, **seen
    )
    policies.check_raise(live, card, sighting, actor=actor)


class TestRaising:
    def test_a_similarity_equal_to_the_threshold_is_enough(self, build):
        raising(build, cosine_similarity=0.45)

    @pytest.mark.parametrize("similarity", [0.4499999, -0.2, float("nan")])
    def test_it_refuses_below_the_threshold_without_saying_how_similar(self, build, similarity):
        with pytest.raises(RuleViolated, match="below the threshold") as refused:
            raising(build, cosine_similarity=similarity)
        assert str(similarity) not in str(refused.value)

    @pytest.mark.parametrize("similarity", [1.0000001, 62.0])
    def test_it_refuses_what_is_no_cosine(self, build, similarity):
        with pytest.raises(RuleViolated, match=r"\[-1, 1\]"):
            raising(build, cosine_similarity=similarity)

    def test_it_refuses_another_threshold_than_the_authorised(self, build):
        with pytest.raises(RuleViolated, match="not the authorised"):
            raising(build, threshold=0.40)

    def test_it_refuses_a_camera_off_the_authority(self, build):
        with pytest.raises(RuleViolated, match="camera"):
            raising(build, camera_id=uuid4())

    def test_it_refuses_a_subject_of_another_list(self, build):
        with pytest.raises(RuleViolated, match="list"):
            raising(build, card=build.card())

    def test_it_refuses_a_subject_who_was_removed(self, build):
        live = build.live()
        with pytest.raises(RuleViolated, match="list"):
            raising(build, live=live, card=build.card(deployment_id=live.deployment_id, removed_at=build.now))

    def test_it_refuses_a_person(self, build):
        with pytest.raises(NotPermitted):
            raising(build, actor=build.operator())


class TestDeadlines:
    def test_a_camera_whose_clock_runs_ahead_cannot_prolong_the_keeping(self, build):
        due = policies.purge_deadline(build.now + timedelta(hours=5), build.now, keep_hours=24)
        assert due == build.now + timedelta(hours=24)

    def test_a_camera_whose_clock_runs_late_cannot_make_an_alert_expire_at_once(self, build):
        assert policies.expiry(build.now, decision_expiry_s=60) == build.now + timedelta(seconds=60)

    def test_pictures_are_gone_at_the_deadline_even_when_the_purge_is_late(self, build):
        alert = build.alert()
        assert not policies.pictures_gone(alert, alert.purge_due_at - timedelta(microseconds=1))
        assert policies.pictures_gone(alert, alert.purge_due_at)


def operating(build, case, actor, decision=OperatorDecision.MATCH, now=None):
    policies.check_operator_decide(case, decision=decision, actor=actor, now=now or build.now)


class TestOperator:
    def test_an_operator_decides(self, build):
        operating(build, build.case(), build.operator())

    @pytest.mark.parametrize("who", ["planner", "approver"])
    def test_who_planned_or_approved_does_not_adjudicate(self, build, who):
        actor = build.actor(Role.OPERATOR, Role.PLANNER, id=getattr(build, who))
        with pytest.raises(NotPermitted, match="planned or approved"):
            operating(build, build.case(), actor)

    @pytest.mark.parametrize("duty", [Duty.SILVER, Duty.ENGINEER])
    def test_who_commands_or_runs_the_cameras_does_not_operate(self, build, duty):
        actor = build.operator()
        with pytest.raises(NotPermitted, match=str(duty)):
            operating(build, build.case(duties=[DutyData(actor.id, "x", duty)]), actor)

    def test_the_platform_cannot_decide_whatever_roles_it_is_given(self, build):
        machine = Actor(id=None, label="x", force_id=build.alert().force_id, roles=frozenset(Role))
        with pytest.raises(NotPermitted, match="only a person"):
            operating(build, build.case(), machine)

    def test_time_out_is_no_stop_from_the_very_second(self, build):
        case = build.case()
        operating(build, case, build.operator(), now=case.alert.expires_at - timedelta(microseconds=1))
        with pytest.raises(RuleViolated, match="no stop"):
            operating(build, case, build.operator(), now=case.alert.expires_at)

    def test_after_an_unsure_the_same_operator_has_no_second_say(self, build):
        unsure = build.decision(OperatorDecision.UNSURE, build.operator_id)
        case = build.case(AlertState.UNSURE, decisions=[unsure])
        with pytest.raises(NotPermitted, match="another operator"):
            operating(build, case, build.operator())
        operating(build, case, build.other_operator())

    def test_two_unsures_are_no_match(self, build):
        alert = build.alert(state=AlertState.UNSURE)
        assert policies.operator_transition(alert, OperatorDecision.UNSURE) == "second_unsure"
        assert policies.operator_transition(build.alert(), OperatorDecision.UNSURE) == "unsure"


def engaging(build, case, actor, decision=EngagementDecision.ENGAGE, now=None):
    policies.check_engagement_decide(case, decision=decision, actor=actor, now=now or build.now)


class TestEngagement:
    def test_an_officer_decides_on_a_dispatched_alert(self, build):
        engaging(build, build.case(AlertState.DISPATCHED, decisions=[build.matched()]), build.officer())

    @pytest.mark.parametrize("state", [s for s in AlertState if s is not AlertState.DISPATCHED])
    def test_nothing_else_can_be_engaged(self, build, state):
        with pytest.raises(InvalidTransition):
            engaging(build, build.case(state), build.officer())

    def test_one_person_with_both_roles_cannot_do_both(self, build):
        both = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER, id=build.operator_id)
        with pytest.raises(NotPermitted, match="cannot also be"):
            engaging(build, build.case(AlertState.DISPATCHED, decisions=[build.matched()]), both)

    def test_nobody_is_engaged_on_a_score_alone(self, build):
        gone = build.now + timedelta(seconds=30)
        case = build.case(AlertState.DISPATCHED, decisions=[build.matched()], purge_due_at=gone)
        late = case.alert.purge_due_at
        with pytest.raises(RuleViolated, match="deleted"):
            engaging(build, case, build.officer(), now=late)
        engaging(build, case, build.officer(), EngagementDecision.DO_NOT_ENGAGE, now=late)

    @pytest.mark.parametrize("reason", ["", "   \n"])
    def test_not_engaging_needs_a_reason(self, reason):
        with pytest.raises(RuleViolated, match="reason"):
            policies.check_reason(EngagementDecision.DO_NOT_ENGAGE, reason)
        policies.check_reason(EngagementDecision.ENGAGE, reason)


def recording(build, case, *outcomes, actor=None, status_confirmed=False):
    policies.check_record_outcome(
        case, outcomes=outcomes, status_confirmed=status_confirmed, actor=actor or build.officer()
    )


class TestOutcome:
    def test_an_arrest_wants_a_look_at_whether_the_person_is_still_wanted(self, build):
        case = build.engaged_case(identity_established_at=build.now)
        with pytest.raises(RuleViolated, match="still wanted"):
            recording(build, case, Outcome.ARREST)
        recording(build, case, Outcome.ARREST, status_confirmed=True)

    def test_several_may_hold(self, build):
        recording(build, build.engaged_case(), Outcome.CONDITIONS_BREACHED, Outcome.SAFEGUARDED)

    def test_none_is_no_outcome(self, build):
        with pytest.raises(RuleViolated, match="at least one"):
            recording(build, build.engaged_case())

    def test_nobody_engaged_means_nothing_happened_to_anybody(self, build):
        declined = build.decision(EngagementDecision.DO_NOT_ENGAGE, build.officer_id)
        case = build.case(AlertState.NOT_ENGAGED, decisions=[build.matched(), declined])
        with pytest.raises(RuleViolated, match="nobody was engaged"):
            recording(build, case, Outcome.SAFEGUARDED)
        recording(build, case, Outcome.NOT_LOCATED)

    def test_an_identity_is_not_both_wrong_and_correct(self, build):
        with pytest.raises(RuleViolated, match="both wrong and correct"):
            recording(
                build,
                build.engaged_case(outcomes=[Outcome.NO_LONGER_WANTED]),
                Outcome.RELEASED_IDENTITY_WRONG,
            )

    def test_who_was_not_located_was_not_arrested(self, build):
        with pytest.raises(RuleViolated, match="not located"):
            recording(build, build.engaged_case(), Outcome.NOT_LOCATED, Outcome.ARREST, status_confirmed=True)

    def test_an_operator_records_none_not_even_with_both_roles(self, build):
        with pytest.raises(NotPermitted):
            recording(build, build.engaged_case(), Outcome.SAFEGUARDED, actor=build.operator())
        both = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER, id=build.operator_id)
        with pytest.raises(NotPermitted):
            recording(build, build.engaged_case(), Outcome.SAFEGUARDED, actor=both)

    def test_release_needs_an_engagement_and_nothing_else(self, build):
        policies.check_contradict(build.engaged_case(), actor=build.officer())
        declined = build.decision(EngagementDecision.DO_NOT_ENGAGE, build.officer_id)
        case = build.case(AlertState.OUTCOME_RECORDED, decisions=[declined])
        with pytest.raises(RuleViolated, match="nobody was engaged"):
            policies.check_contradict(case, actor=build.officer())

    def test_identity_is_established_once_and_not_after_it_was_contradicted(self, build):
        policies.check_establish_identity(build.engaged_case(), actor=build.officer())
        for case in (
            build.engaged_case(identity_established_at=build.now),
            build.engaged_case(outcomes=[Outcome.RELEASED_IDENTITY_WRONG]),
        ):
            with pytest.raises(RuleViolated):
                policies.check_establish_identity(case, actor=build.officer())


def viewing(build, case, actor, now=None):
    policies.check_view_picture(case, which=PictureKind.PROBE, actor=actor, now=now or build.now)


class TestLooking:
    def test_an_officer_sees_a_face_only_once_it_is_dispatched(self, build):
        viewing(build, build.case(AlertState.DISPATCHED), build.officer())
        with pytest.raises(NotPermitted, match="not dispatched"):
            viewing(build, build.case(), build.officer())
        viewing(build, build.case(), build.operator())

    @pytest.mark.parametrize(
        "role", [r for r in Role if r not in {Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM}]
    )
    def test_no_other_role_sees_a_face(self, build, role):
        with pytest.raises(NotPermitted):
            viewing(build, build.case(), build.actor(role))

    def test_the_planner_does_not_even_as_an_operator(self, build):
        with pytest.raises(NotPermitted):
            viewing(build, build.case(), build.actor(Role.OPERATOR, id=build.planner))

    def test_after_the_deadline_nobody_does(self, build):
        case = build.case()
        with pytest.raises(policies.PictureGone):
            viewing(build, case, build.operator(), now=case.alert.purge_due_at)


@pytest.mark.parametrize("role", list(Role))
def test_the_console_is_for_three_roles(build, role):
    allowed = {Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER}
    assert policies.can_console(build.actor(role)) is (role in allowed)


def test_each_check_has_a_twin_that_answers_instead_of_raising(build):
    assert policies.can_contradict(build.engaged_case(), actor=build.officer())
    assert not policies.can_contradict(build.case(), actor=build.officer())


def test_only_an_operators_look_within_the_alerts_time_is_a_measurement(build):
    alert = build.alert(state=AlertState.DISPATCHED)
    policies.check_shown(alert, actor=build.operator(), now=build.now)
    with pytest.raises(RuleViolated):
        policies.check_shown(alert, actor=build.operator(), now=alert.expires_at)
    with pytest.raises(NotPermitted):
        policies.check_shown(alert, actor=build.officer(), now=build.now)
