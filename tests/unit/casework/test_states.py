"""The tables of cases: whatever anybody presses in whatever order, a case is never somewhere it cannot be."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.casework.data import BreachState, ComplaintState, RequestState
from apps.casework.states import BREACHES, COMPLAINTS, DECIDERS, JUDGES, REQUESTS, STEP_LABELS, WORKERS
from apps.casework.views.cases import DO
from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted

TABLES = {
    "complaint": (COMPLAINTS, ComplaintState.RECEIVED),
    "breach": (BREACHES, BreachState.OPEN),
    "request": (REQUESTS, RequestState.RECEIVED),
}
PRESSES = st.lists(
    st.tuples(st.sampled_from(sorted(set(DO))), st.sampled_from([role for role in Role])), max_size=30
)


def actor(role):
    return Actor(uuid4(), "somebody", uuid4(), frozenset({role}))


def walk(table, state, presses):
    """The states one after the other, with the step that led there."""
    names = {step.name for step in table}
    for name, role in presses:
        if name not in names:
            continue
        try:
            moved = table.apply(name, current=state, actor=actor(role))
        except (NotPermitted, InvalidTransition):
            continue
        yield state, name, role, moved.target
        state = moved.target


@pytest.mark.parametrize("machine", sorted(TABLES))
@given(presses=PRESSES)
def test_only_who_works_on_cases_moves_one(machine, presses):
    for _, _, role, _ in walk(*TABLES[machine], presses):
        assert role in WORKERS


@given(presses=PRESSES)
def test_a_complaint_is_decided_by_deciders_after_somebody_looked(presses):
    seen = set()
    for source, name, role, target in walk(*TABLES["complaint"], presses):
        seen.add(source)
        if name in JUDGES:
            assert role in DECIDERS
            assert seen & {ComplaintState.UNDER_REVIEW, ComplaintState.REFERRED}
        if source is ComplaintState.WITHDRAWN:
            assert name == "refer", "what was withdrawn is over, but for another body"
        assert (target is ComplaintState.REFERRED) == (name == "refer")


@given(presses=PRESSES)
def test_every_step_moves(presses):
    for machine in TABLES:
        assert all(source is not target for source, _, _, target in walk(*TABLES[machine], presses))


@pytest.mark.parametrize("machine", sorted(TABLES))
def test_every_state_is_reached_and_every_step_has_its_words(machine):
    table, first = TABLES[machine]
    reached = {first}
    for _ in range(10):
        reached |= {step.target for step in table if step.sources & reached}
    assert reached == set(type(first))
    assert {step.name for step in table} <= set(DO) & set(STEP_LABELS)


@pytest.mark.parametrize("role", sorted(set(Role) - WORKERS))
@pytest.mark.parametrize("machine", sorted(TABLES))
def test_nobody_else_takes_any_step(machine, role):
    table, first = TABLES[machine]
    for step in table:
        for state in type(first):
            assert not table.allows(step.name, current=state, actor=actor(role))
