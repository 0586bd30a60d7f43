"""The whole matrix of both tables against tables written by hand, and what no course of steps can reach."""

import itertools
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.oversight.data import QuestionState as Q
from apps.oversight.data import RecommendationState as R
from apps.oversight.states import PUBLICATION, QUESTIONS, RECOMMENDATIONS, STATE_WORDS, STEP_WORDS

FORCE = (Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER, Role.FORCE_ADMIN)
BODY = (Role.OVERSIGHT,)
OF_QUESTIONS = [
    ("answer", Q.PUT, Q.ANSWERED, FORCE),
    ("answer", Q.ANSWERED, Q.ANSWERED, FORCE),
    ("publish", Q.ANSWERED, Q.PUBLISHED, BODY),
    ("withdraw", Q.PUT, Q.WITHDRAWN, BODY),
]
OF_RECOMMENDATIONS = [
    ("accept", R.MADE, R.ACCEPTED, FORCE),
    ("accept_partly", R.MADE, R.PARTLY_ACCEPTED, FORCE),
    ("not_accept", R.MADE, R.NOT_ACCEPTED, FORCE),
    ("report_done", R.ACCEPTED, R.REPORTED_DONE, FORCE),
    ("report_done", R.PARTLY_ACCEPTED, R.REPORTED_DONE, FORCE),
    ("report_done", R.NOT_DONE, R.REPORTED_DONE, FORCE),
    ("find_done", R.REPORTED_DONE, R.DONE, BODY),
    ("find_not_done", R.REPORTED_DONE, R.NOT_DONE, BODY),
    ("withdraw", R.MADE, R.WITHDRAWN, BODY),
]
TABLES = [(QUESTIONS, Q, OF_QUESTIONS), (RECOMMENDATIONS, R, OF_RECOMMENDATIONS)]


def somebody(*roles):
    return Actor(uuid4(), "somebody", uuid4(), frozenset(roles))


@pytest.mark.parametrize(("table", "states", "by_hand"), TABLES, ids=["questions", "recommendations"])
def test_each_step_from_each_state_by_each_role(table, states, by_hand):
    names = {transition.name for transition in table}
    assert names == {name for name, _, _, _ in by_hand}
    expected = {(name, source, role): target for name, source, target, roles in by_hand for role in roles}
    for name, state, role in itertools.product(names, states, Role):
        actor, target = somebody(role), expected.get((name, state, role))
        assert table.allows(name, current=state, actor=actor) is (target is not None)
        if target is None:
            with pytest.raises((InvalidTransition, NotPermitted)):
                table.apply(name, current=state, actor=actor)
        else:
            assert table.apply(name, current=state, actor=actor).target is target


def test_every_state_and_step_has_words():
    assert {*STATE_WORDS} == {str(state) for state in (*Q, *R)}
    steps = {transition.name for table in (QUESTIONS, RECOMMENDATIONS, PUBLICATION) for transition in table}
    assert {*STEP_WORDS} == steps | {"put"}


def test_each_step_has_an_audit_event_of_its_own():
    tables = (QUESTIONS, RECOMMENDATIONS, PUBLICATION)
    verbs = [transition.audit_verb for table in tables for transition in table]
    assert len(set(verbs)) == len(verbs)


@given(st.data())
def test_whatever_people_try_the_force_publishes_nothing_and_finds_nothing_done(data):
    """Any course of steps by people of the force alone, from any state: no state of the body's is reached."""
    table, states, _ = data.draw(st.sampled_from(TABLES))
    state = before = data.draw(st.sampled_from(sorted(states)))
    roles = st.sampled_from([role for role in Role if role is not Role.OVERSIGHT])
    names = st.sampled_from(sorted(transition.name for transition in table))
    for name, role in data.draw(st.lists(st.tuples(names, roles), max_size=12)):
        if table.allows(name, current=state, actor=somebody(role)):
            state = table.apply(name, current=state, actor=somebody(role)).target
    if state is not before:
        assert state not in {Q.PUBLISHED, Q.WITHDRAWN, R.DONE, R.NOT_DONE}


@given(st.data())
def test_what_is_closed_stays_closed(data):
    """Published, withdrawn, not accepted and done are ends, whoever tries whatever."""
    table, state = data.draw(
        st.sampled_from(
            [(QUESTIONS, Q.PUBLISHED), (QUESTIONS, Q.WITHDRAWN)]
            + [(RECOMMENDATIONS, end) for end in (R.NOT_ACCEPTED, R.DONE, R.WITHDRAWN)]
        )
    )
    name = data.draw(st.sampled_from(sorted(transition.name for transition in table)))
    everything = somebody(*Role)
    assert not table.allows(name, current=state, actor=everything)
