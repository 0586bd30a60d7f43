"""The transition matrix: from, to, role and circumstance, worked out by the gates themselves.

Every cell asks what the button and the operation ask. Only the circumstances are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from apps.core.data import Actor, Role
from apps.core.errors import DomainError
from apps.core.reauthentication import check_reauthenticated
from apps.core.transitions import Transition
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import Step
from apps.deployments.matrix.cases import KNOWN_FORCE, STRANGER, Case, case_of
from apps.deployments.matrix.circumstances import CIRCUMSTANCES, IN_ORDER
from apps.deployments.rules import gates, states
from apps.deployments.rules.gate_tables import REAUTHENTICATED, TRANSITIONS

ROLES = tuple(Role)
# The step behind each row of the transition table; what is not here the platform takes by itself.
STEPS: Mapping[str, Step] = {
    **{name: step for step, name in TRANSITIONS.items()},
    states.VOID: Step.EDIT,
    states.REFUSE_UNSTARTED: Step.REFUSE_AFTERWARDS,
    states.REFUSE_RUNNING: Step.REFUSE_AFTERWARDS,
}


@dataclass(frozen=True)
class Row:
    """Who may move it from `source` by this row of the table in one circumstance."""

    source: S
    target: S
    name: str
    circumstance: str
    roles: frozenset[Role]


def cells() -> Iterator[Row]:
    """Every row of the transition table from each of its states, in each circumstance. From every other state
    nobody ever takes it."""
    for transition in states.DEPLOYMENTS:
        for source in sorted(transition.sources, key=list(S).index):
            for name, change in CIRCUMSTANCES.items():
                yield Row(source, transition.target, transition.name, name, who(transition, source, change))


def who(transition: Transition[S], source: S, change: Callable[[Case], Case]) -> frozenset[Role]:
    """The roles that may, each held by a person of their own."""
    # What it is refused for everybody need not be asked ten times; roles are looked at by the table first.
    return frozenset(role for role in transition.roles if passes(transition, source, change, role))


def passes(transition: Transition[S], source: S, change: Callable[[Case], Case], role: Role) -> bool:
    """Whether somebody with this role alone may take this row now. One cell."""
    case = change(case_of(transition.name, source, holder(role)))
    try:
        states.DEPLOYMENTS.apply(transition.name, current=case.deployment.state, actor=case.actor)
        _check(transition.name, case)
    except DomainError:
        return False
    return True


def _check(name: str, case: Case) -> None:
    step = STEPS.get(name)
    if step is not None:
        gates.check_step(step, case, case.actor, case.now)
        if step in REAUTHENTICATED:
            check_reauthenticated(case.actor)
    elif name in gates.DUE:
        gates.check_due(name, case.deployment, case.now)


def holder(role: Role) -> Actor:
    if role is Role.SYSTEM:
        return Actor.system(force_id=KNOWN_FORCE.id, label="the platform")
    return Actor(STRANGER, str(role), KNOWN_FORCE.id, frozenset({role}), reauthenticated=True)


def document() -> str:
    """The matrix in words, for docs/reference/transitions.md."""
    lines = [HEADER, "| Circumstance | What it means |", "|---|---|"]
    lines += [f"| {name} | {change.__doc__} |" for name, change in CIRCUMSTANCES.items()]
    lines += [
        "",
        "## The matrix",
        "",
        "| From | To | Step | Circumstance | Who may |",
        "|---|---|---|---|---|",
    ]
    lines += _rows()
    return "\n".join([*lines, "", "## Never", "", *_never()]) + "\n"


HEADER = """# Who may move a deployment, and when

Made by `manage.py print_states --matrix` from the transition table and the gates that buttons and operations
share; a test compares this page with the code, another one every cell with a table written by hand from
domain.md. Each role is held here by a person of their own who did nothing on the deployment before, unless
the circumstance says otherwise. "Otherwise" is every circumstance that has no line of its own.

## Circumstances
"""


def _rows() -> list[str]:
    found: dict[tuple[S, S, str], dict[str, frozenset[Role]]] = {}
    for row in cells():
        found.setdefault((row.source, row.target, row.name), {})[row.circumstance] = row.roles
    lines = []
    for (source, target, name), answers in sorted(found.items(), key=_in_order):
        usual = answers[IN_ORDER]
        lines.append(f"| {source} | {target} | {name} | otherwise | {_said(usual)} |")
        others: dict[frozenset[Role], list[str]] = {}
        for circumstance, roles in answers.items():
            if roles != usual:
                others.setdefault(roles, []).append(circumstance)
        lines += [
            f"| {source} | {target} | {name} | {'; '.join(names)} | {_said(roles)} |"
            for roles, names in others.items()
        ]
    return lines


def _in_order(item: tuple[tuple[S, S, str], object]) -> tuple[int, int, str]:
    (source, target, name), _ = item
    order = list(S)
    return order.index(source), order.index(target), name


def _said(roles: frozenset[Role]) -> str:
    return ", ".join(role.replace("_", " ") for role in ROLES if role in roles) or "nobody"


def _never() -> list[str]:
    """The pairs that no row of the table connects, by where they start."""
    possible = {(source, row.target) for row in states.DEPLOYMENTS for source in row.sources}
    return [
        f"- From {source}: nobody, in no circumstance, to "
        + ", ".join(str(target) for target in S if target is not source and (source, target) not in possible)
        + "."
        for source in S
    ]
