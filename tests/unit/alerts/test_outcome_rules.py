"""Which outcome may be recorded, for every combination of what is known."""

from dataclasses import replace
from itertools import product

import pytest

from apps.alerts import policies
from apps.alerts.data import AlertState, EngagementDecision, Outcome
from apps.alerts.rest import Viewer, alert_actions
from apps.core.errors import DomainError, RuleViolated

WRONG = Outcome.RELEASED_IDENTITY_WRONG
SAYS_WHO = {
    Outcome.ARREST,
    Outcome.CONDITIONS_COMPLIANT,
    Outcome.CONDITIONS_BREACHED,
    Outcome.SAFEGUARDED,
    Outcome.SAFE_NOT_DISCLOSED,
    Outcome.VOLUNTARY,
    Outcome.SUMMONS_OR_REPORT,
    Outcome.NO_LONGER_WANTED,
}
TEST = Outcome.TEST_SUBJECT_RECOGNISED


def recordable(build, case, *outcomes, status_confirmed=True, status_asked=""):
    try:
        policies.check_record_outcome(
            case,
            outcomes=outcomes,
            status_confirmed=status_confirmed,
            actor=build.officer(),
            status_asked=status_asked,
        )
    except DomainError:
        return False
    return True


def engaged(build, *, identified=False, outcomes=()):
    return build.engaged_case(outcomes=outcomes, identity_established_at=build.now if identified else None)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("status_confirmed", [False, True], ids=["status-open", "status-checked"])
@pytest.mark.parametrize("contradicted", [False, True], ids=["not-contradicted", "contradicted"])
@pytest.mark.parametrize("identified", [False, True], ids=["unidentified", "identified"])
def test_matrix_of_an_engaged_person(build, identified, contradicted, status_confirmed, outcome):
    case = engaged(build, identified=identified, outcomes=[WRONG] if contradicted else [])
    expected = not contradicted and outcome not in {Outcome.NOT_ENGAGED, TEST}
    if outcome is Outcome.NOT_LOCATED:
        expected = expected and not identified
    if outcome is Outcome.ARREST:
        expected = expected and identified and status_confirmed
    assert recordable(build, case, outcome, status_confirmed=status_confirmed) is expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_off_the_list_and_a_silent_service_stand_in_the_way_of_an_arrest_only(build, outcome):
    case = engaged(build, identified=True)
    possible = outcome not in {Outcome.NOT_ENGAGED, Outcome.NOT_LOCATED, TEST}
    assert recordable(build, replace(case, off_the_list=True), outcome) is (
        possible and outcome is not Outcome.ARREST
    )
    silent = replace(case, service_silent=True)
    assert recordable(build, silent, outcome) is (possible and outcome is not Outcome.ARREST)
    assert recordable(build, silent, outcome, status_asked="The control room") is possible


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("identified", [False, True], ids=["unidentified", "identified"])
def test_matrix_of_a_person_nobody_engaged(build, identified, outcome):
    declined = build.decision(EngagementDecision.DO_NOT_ENGAGE, build.officer_id)
    case = build.case(
        AlertState.NOT_ENGAGED,
        decisions=[build.matched(), declined],
        identity_established_at=build.now if identified else None,
    )
    # Nobody establishes the identity of somebody whom they did not engage.
    expected = outcome in {Outcome.NOT_ENGAGED, *({} if identified else {Outcome.NOT_LOCATED})}
    assert recordable(build, case, outcome) is expected


@pytest.mark.parametrize(("first", "second"), list(product([WRONG], sorted(SAYS_WHO))))
def test_release_of_the_wrong_person_cannot_come_with_an_outcome_of_the_right_one(build, first, second):
    case = engaged(build, identified=True)
    assert not recordable(build, case, first, second)
    assert not recordable(build, engaged(build, identified=True, outcomes=[second]), first)
    # The button of its own is never in the way of a release, whatever was recorded before.
    policies.check_contradict(engaged(build, identified=True, outcomes=[second]), actor=build.officer())


def test_the_refusals_say_what_to_do(build):
    with pytest.raises(RuleViolated, match="establish the identity by ordinary means"):
        policies.check_record_outcome(
            engaged(build), outcomes=[Outcome.ARREST], status_confirmed=True, actor=build.officer()
        )
    with pytest.raises(RuleViolated, match="released as the wrong one: nothing more can be recorded"):
        policies.check_record_outcome(
            engaged(build, identified=True, outcomes=[WRONG]),
            outcomes=[Outcome.ARREST],
            status_confirmed=True,
            actor=build.officer(),
        )


def test_after_the_release_the_console_offers_nothing_and_before_it_does(build):
    viewer = Viewer(build.officer(), build.now, initial=False)
    assert set(alert_actions(engaged(build), viewer)) == {"outcome", "contradicted", "identified"}
    for identified in (False, True):
        case = engaged(build, identified=identified, outcomes=[WRONG])
        assert alert_actions(case, viewer) == []


class TestNotLocated:
    @pytest.mark.parametrize("by", ["identity", "record"])
    def test_whoever_was_found_is_not_recorded_as_not_found(self, build, by):
        case = replace(engaged(build, identified=by == "identity"), located=by == "record")
        with pytest.raises(RuleViolated, match="this person was found") as refused:
            policies.check_record_outcome(
                case, outcomes=[Outcome.NOT_LOCATED], status_confirmed=False, actor=build.officer()
            )
        assert refused.value.message.count("found") == 1
        assert Outcome.NOT_LOCATED in policies.not_offered(case)
        assert Outcome.NOT_LOCATED not in policies.not_offered(engaged(build))

    def test_whoever_was_found_afterwards_gets_the_outcome_of_that(self, build):
        missed = engaged(build, outcomes=[Outcome.NOT_LOCATED])
        assert recordable(build, missed, Outcome.CONDITIONS_COMPLIANT)
        assert not recordable(build, engaged(build), Outcome.NOT_LOCATED, Outcome.CONDITIONS_COMPLIANT)
        assert not recordable(
            build, engaged(build, outcomes=[Outcome.CONDITIONS_COMPLIANT]), Outcome.NOT_LOCATED
        )


class TestVolunteers:
    def test_rightly_recognised_is_of_a_volunteer_alone(self, build):
        case = engaged(build)
        assert not recordable(build, case, TEST)
        assert TEST in policies.not_offered(case)
        volunteer = replace(case, volunteer=True)
        assert recordable(build, volunteer, TEST)
        assert TEST not in policies.not_offered(volunteer)

    def test_it_says_who_they_are_and_excludes_that_they_are_not(self, build):
        volunteer = replace(engaged(build, outcomes=[TEST]), volunteer=True)
        for other in (WRONG, Outcome.NOT_LOCATED, Outcome.ARREST):
            assert not recordable(build, volunteer, other), other
