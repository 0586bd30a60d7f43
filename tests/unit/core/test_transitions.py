from enum import StrEnum
from uuid import uuid4

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.core.transitions import Transition, TransitionTable


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


TABLE = TransitionTable(
    machine="light",
    transitions=[
        Transition("go", frozenset({Light.RED}), Light.GREEN, frozenset({Role.OPERATOR}), "light.went"),
    ],
)


def actor(*roles):
    return Actor(id=uuid4(), label="somebody", force_id=uuid4(), roles=frozenset(roles))


def test_it_moves_from_a_source_for_a_role():
    assert TABLE.apply("go", current=Light.RED, actor=actor(Role.OPERATOR)).target is Light.GREEN


def test_it_refuses_another_role_and_says_for_whom_it_is():
    with pytest.raises(NotPermitted, match="operator"):
        TABLE.apply("go", current=Light.RED, actor=actor(Role.PLANNER))


def test_it_refuses_another_state_and_says_which_it_is_in():
    with pytest.raises(InvalidTransition, match="it is green"):
        TABLE.apply("go", current=Light.GREEN, actor=actor(Role.OPERATOR))


def test_a_stranger_does_not_learn_the_state_from_the_refusal():
    with pytest.raises(NotPermitted):
        TABLE.apply("go", current=Light.GREEN, actor=actor())


def test_a_name_can_be_used_once():
    row = Transition("go", frozenset({Light.RED}), Light.GREEN, frozenset({Role.OPERATOR}), "x")
    with pytest.raises(ValueError, match="twice"):
        TransitionTable(machine="light", transitions=[row, row])
