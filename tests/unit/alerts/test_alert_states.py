"""The whole matrix: every transition from every state by every role, against a table written out by hand."""

import pytest

from apps.alerts.data import AlertState as S
from apps.alerts.states import ALERTS
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotPermitted

EXPECTED = {
    ("match", S.RAISED, Role.OPERATOR): S.DISPATCHED,
    ("match", S.UNSURE, Role.OPERATOR): S.DISPATCHED,
    ("not_a_match", S.RAISED, Role.OPERATOR): S.NOT_A_MATCH,
    ("not_a_match", S.UNSURE, Role.OPERATOR): S.NOT_A_MATCH,
    ("unsure", S.RAISED, Role.OPERATOR): S.UNSURE,
    ("second_unsure", S.UNSURE, Role.OPERATOR): S.NOT_A_MATCH,
    ("expire", S.RAISED, Role.SYSTEM): S.EXPIRED,
    ("expire", S.DISPATCHED, Role.SYSTEM): S.EXPIRED,
    ("lapse_unsure", S.UNSURE, Role.SYSTEM): S.NOT_A_MATCH,
    ("engage", S.DISPATCHED, Role.ENGAGEMENT_OFFICER): S.ENGAGED,
    ("do_not_engage", S.DISPATCHED, Role.ENGAGEMENT_OFFICER): S.NOT_ENGAGED,
    ("record_outcome", S.ENGAGED, Role.ENGAGEMENT_OFFICER): S.OUTCOME_RECORDED,
    ("record_outcome", S.NOT_ENGAGED, Role.ENGAGEMENT_OFFICER): S.OUTCOME_RECORDED,
    ("record_outcome", S.OUTCOME_RECORDED, Role.ENGAGEMENT_OFFICER): S.OUTCOME_RECORDED,
    ("contradict", S.ENGAGED, Role.ENGAGEMENT_OFFICER): S.OUTCOME_RECORDED,
    ("contradict", S.OUTCOME_RECORDED, Role.ENGAGEMENT_OFFICER): S.OUTCOME_RECORDED,
}
NAMES = [transition.name for transition in ALERTS]


def test_the_hand_written_table_names_every_transition():
    assert {name for name, _, _ in EXPECTED} == set(NAMES)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("name", NAMES)
def test_it_allows_exactly_the_table(build, name, state, role):
    actor = build.actor(role)
    expected = EXPECTED.get((name, state, role))
    assert ALERTS.allows(name, current=state, actor=actor) is (expected is not None)
    if expected is None:
        with pytest.raises((InvalidTransition, NotPermitted)):
            ALERTS.apply(name, current=state, actor=actor)
    else:
        assert ALERTS.apply(name, current=state, actor=actor).target is expected


def test_the_platform_itself_can_only_end_an_alert_without_a_stop():
    automatic = [t for t in ALERTS if Role.SYSTEM in t.roles]
    assert {t.target for t in automatic} == {S.EXPIRED, S.NOT_A_MATCH}
    assert all(t.roles == {Role.SYSTEM} for t in automatic)


def test_nothing_an_operator_does_is_an_arrest_or_an_engagement():
    operators = [t for t in ALERTS if Role.OPERATOR in t.roles]
    assert {t.target for t in operators} == {S.DISPATCHED, S.NOT_A_MATCH, S.UNSURE}
    assert not any("arrest" in t.name or "arrest" in t.audit_verb for t in ALERTS)


def test_an_engagement_is_reached_through_both_people_only():
    before = {S.ENGAGED: {S.DISPATCHED}, S.DISPATCHED: {S.RAISED, S.UNSURE}}
    for target, sources in before.items():
        assert {s for t in ALERTS if t.target is target for s in t.sources} == sources
