"""Who may work on an alert, as rules without a database; and what a claim tells the browser."""

from datetime import timedelta

import pytest

from apps.alerts import policies
from apps.alerts.data import AlertState, ClaimData, OperatorDecision, Step
from apps.core.data import Role
from apps.core.errors import DomainError, InvalidTransition, NotPermitted, RuleViolated


def claim_of(build, holder, *, seconds=30):
    return ClaimData(Step.OPERATOR, holder.id, holder.label, build.now + timedelta(seconds=seconds))


def claiming(build, case, actor, now=None):
    return policies.check_claim(case, actor=actor, now=now or build.now)


class TestWhoMayClaim:
    def test_an_operator_claims_the_first_step(self, build):
        assert claiming(build, build.case(), build.operator()) is Step.OPERATOR
        unsure = [build.decision(OperatorDecision.UNSURE, build.operator_id)]
        second = build.case(AlertState.UNSURE, decisions=unsure)
        assert claiming(build, second, build.other_operator()) is Step.OPERATOR

    def test_an_engagement_officer_claims_the_second_step(self, build):
        case = build.case(AlertState.DISPATCHED, decisions=[build.matched()])
        assert claiming(build, case, build.officer()) is Step.ENGAGEMENT

    @pytest.mark.parametrize(
        "role", [role for role in Role if role not in {Role.OPERATOR, Role.ENGAGEMENT_OFFICER}]
    )
    def test_nobody_else_holds_up_an_alert(self, build, role):
        for state in (AlertState.RAISED, AlertState.DISPATCHED):
            with pytest.raises(NotPermitted):
                claiming(build, build.case(state, decisions=[build.matched()]), build.actor(role))

    def test_each_step_is_for_its_own_people(self, build):
        with pytest.raises(NotPermitted):
            claiming(build, build.case(), build.officer())
        with pytest.raises(NotPermitted):
            claiming(
                build, build.case(AlertState.DISPATCHED, decisions=[build.matched()]), build.other_operator()
            )

    def test_who_was_unsure_does_not_block_the_second_operator(self, build):
        unsure = [build.decision(OperatorDecision.UNSURE, build.operator_id)]
        with pytest.raises(NotPermitted):
            claiming(build, build.case(AlertState.UNSURE, decisions=unsure), build.operator())

    def test_the_operator_of_an_alert_does_not_claim_its_engagement(self, build):
        both = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER, id=build.operator_id)
        with pytest.raises(NotPermitted):
            claiming(build, build.case(AlertState.DISPATCHED, decisions=[build.matched()]), both)

    @pytest.mark.parametrize("who", ["planner", "approver"])
    def test_who_planned_or_approved_claims_nothing(self, build, who):
        with pytest.raises(NotPermitted):
            claiming(build, build.case(), build.actor(Role.OPERATOR, id=getattr(build, who)))

    @pytest.mark.parametrize(
        "state",
        [
            AlertState.NOT_A_MATCH,
            AlertState.EXPIRED,
            AlertState.ENGAGED,
            AlertState.NOT_ENGAGED,
            AlertState.OUTCOME_RECORDED,
        ],
    )
    def test_there_is_nothing_to_claim_where_nothing_is_to_decide(self, build, state):
        everything = build.actor(Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
        with pytest.raises(InvalidTransition):
            claiming(build, build.case(state), everything)

    def test_a_claim_does_not_prolong_the_time_to_decide(self, build):
        with pytest.raises(RuleViolated):
            claiming(build, build.case(), build.operator(), now=build.now + timedelta(seconds=60))


class TestWhileClaimed:
    def test_a_colleague_neither_claims_nor_decides_and_is_told_who_works_on_it(self, build):
        case = build.case(claim=claim_of(build, build.operator()))
        with pytest.raises(DomainError, match="PC Test is working on this alert") as refused:
            claiming(build, case, build.other_operator())
        assert refused.value.code == "claimed"
        with pytest.raises(DomainError):
            policies.check_unclaimed(case.alert, actor=build.other_operator(), now=build.now)

    def test_the_holder_renews_and_decides(self, build):
        case = build.case(claim=claim_of(build, build.operator()))
        claiming(build, case, build.operator())
        policies.check_unclaimed(case.alert, actor=build.operator(), now=build.now)

    def test_it_lapses_to_the_second(self, build):
        alert = build.alert(claim=claim_of(build, build.operator()))
        held = build.now + timedelta(seconds=30, microseconds=-1)
        assert policies.standing_claim(alert, now=held) is not None
        lapsed = build.now + timedelta(seconds=30)
        assert policies.standing_claim(alert, now=lapsed) is None
        policies.check_unclaimed(alert, actor=build.other_operator(), now=lapsed)

    def test_release_of_a_person_never_waits_for_a_claim(self, build):
        held = ClaimData(Step.ENGAGEMENT, build.operator_id, "PC Other", build.now + timedelta(seconds=30))
        policies.check_contradict(build.engaged_case(claim=held), actor=build.officer())


class TestWhatTheBrowserIsTold:
    def test_the_holder_reads_mine_and_colleagues_a_name(self, build, said):
        claim = claim_of(build, build.operator())
        alert, _ = said(AlertState.RAISED, build.operator(), claim=claim)
        assert alert["claim"] == {
            "by": "PC Test",
            "mine": True,
            "lapses_at": (build.now + timedelta(seconds=30)).isoformat(),
        }
        for viewer in (build.other_operator(), build.officer(), build.actor(Role.SILVER_COMMANDER)):
            alert, _ = said(AlertState.RAISED, viewer, claim=claim)
            assert (alert["claim"]["by"], alert["claim"]["mine"]) == ("PC Test", False)

    def test_a_lapsed_claim_is_none(self, build, said):
        alert, text = said(
            AlertState.RAISED, build.other_operator(), claim=claim_of(build, build.operator(), seconds=0)
        )
        assert alert["claim"] is None
        assert "PC Test" not in text

    def test_a_claim_says_nothing_of_score_threshold_or_candidate(self, build, said):
        _, text = said(AlertState.RAISED, build.operator(), claim=claim_of(build, build.operator()))
        for secret in ("cosine", "0.6172", "threshold", "0.45", "TEST-01", "Test Subject"):
            assert secret not in text

    def test_a_colleagues_claim_makes_no_sound(self, build, said):
        """The claim took a new change number; what the alert asks for is as old as before."""
        claim = claim_of(build, build.operator())
        alert, _ = said(AlertState.RAISED, build.other_operator(), claim=claim, revision=9, after=8)
        assert alert["arrival"] == "history"
        alert, _ = said(AlertState.RAISED, build.other_operator(), after=6)
        assert alert["arrival"] == "new"
