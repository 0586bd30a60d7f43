"""Transition tables: who may move a thing from which state to which, and what the audit calls it.

A table is data, so it can be printed, compared with the docs, and tested as a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    name: str
    sources: frozenset[S]
    target: S
    roles: frozenset[Role]
    audit_verb: str


class TransitionTable(Generic[S]):
    """The transitions of one kind of thing. Names are unique."""

    def __init__(self, *, machine: str, transitions: list[Transition[S]]) -> None:
        self.machine = machine
        self._by_name = {transition.name: transition for transition in transitions}
        if len(self._by_name) != len(transitions):
            raise ValueError(f"the {machine} table names a transition twice")

    def __iter__(self) -> Iterator[Transition[S]]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Transition[S]:
        return self._by_name[name]

    def apply(self, name: str, *, current: S, actor: Actor) -> Transition[S]:
        """The transition, checked. NotPermitted comes before InvalidTransition: a stranger learns nothing."""
        transition = self._by_name[name]
        if not actor.has(*transition.roles):
            allowed = ", ".join(sorted(role.replace("_", " ") for role in transition.roles))
            raise NotPermitted(f"{self.machine}: {name.replace('_', ' ')} is for: {allowed}")
        if current not in transition.sources:
            sources = ", ".join(sorted(transition.sources))
            raise InvalidTransition(
                f"{self.machine}: {name.replace('_', ' ')} is possible from {sources}; it is {current}"
            )
        return transition

    def allows(self, name: str, *, current: S, actor: Actor) -> bool:
        transition = self._by_name[name]
        return actor.has(*transition.roles) and current in transition.sources

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """(name, source, target, roles, audit verb), one row a source, sorted."""
        return sorted(
            (t.name, str(source), str(t.target), ", ".join(sorted(t.roles)), t.audit_verb)
            for t in self
            for source in t.sources
        )
