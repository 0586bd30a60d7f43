"""Every from, to, role and circumstance of a deployment, against tables written by hand from domain.md §1 to
§3. One test asks every cell: a parametrised one would spend its time on naming them."""

from itertools import product

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.deployments.data import DeploymentState as S
from apps.deployments.matrix import table as matrix
from apps.deployments.matrix.circumstances import CIRCUMSTANCES
from apps.deployments.rules.states import APPROVED_STATES, BEFORE_APPROVAL, CLOSED, DEPLOYMENTS
from tests.support.plans import FORCE_ID, person

PLANNER = {Role.PLANNER}
OFFICER = {Role.AUTHORISING_OFFICER}
DECIDER = OFFICER | {Role.URGENT_AUTHORISING_OFFICER}
SILVER = {Role.SILVER_COMMANDER}
SYSTEM = {Role.SYSTEM}
ON_DUTY = {
    Role.SILVER_COMMANDER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
    Role.SYSTEM,
}
WAITING = (S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY)

ALLOWED: dict[tuple[S, S], set[Role]] = {
    (S.DRAFT, S.SUBMITTED): PLANNER,
    (S.RETURNED, S.SUBMITTED): PLANNER,
    (S.SUBMITTED, S.RETURNED): DECIDER,
    (S.SUBMITTED, S.REFUSED): DECIDER,
    (S.SUBMITTED, S.APPROVED): DECIDER,
    (S.APPROVED, S.NOTICE_PUBLISHED): SYSTEM,
    (S.NOTICE_PUBLISHED, S.LIST_SEALED): PLANNER,
    (S.LIST_SEALED, S.READY): SILVER,
    (S.READY, S.LIVE): SILVER,
    (S.LIVE, S.SUSPENDED): ON_DUTY,
    (S.SUSPENDED, S.LIVE): SILVER | OFFICER,
    (S.LIVE, S.ENDED): SILVER | OFFICER | SYSTEM,
    (S.SUSPENDED, S.ENDED): SILVER | OFFICER | SYSTEM,
    (S.ENDED, S.REVIEWED): SILVER | OFFICER,
    (S.REVIEWED, S.RESULTS_PUBLISHED): SYSTEM,
    (S.LIVE, S.REVOKED): OFFICER,
    (S.SUSPENDED, S.REVOKED): OFFICER,
    **{(state, S.DRAFT): PLANNER for state in WAITING},
    **{(state, S.EXPIRED): SYSTEM for state in WAITING},
    **{(state, S.REVOKED): OFFICER for state in WAITING},
    **{(state, S.REFUSED): OFFICER for state in WAITING},
    **{(state, S.CANCELLED): PLANNER for state in (S.DRAFT, S.SUBMITTED, S.RETURNED, *WAITING)},
}

# Who takes each step when nothing is in the way, and in which circumstances nobody or somebody else does.
# "another force" and, of people, their past on it stop what is listed here and nothing that is a stop.
NOBODY: set[Role] = set()
URGENT = ("urgent", "unconfirmed", "overdue", "confirmed")
PLAN = ("after window", "lapsed", "incomplete", "not assessed", "plan late", "groundless", "weak model")
START = (
    *("before window", "after window", "plan late", "another text", "notice short", "groundless", "overdue"),
    *(
        "condition open",
        "not assessed",
        "not accepted",
        "check failed",
        "sign overdue",
        "understaffed",
        "untrained",
        "weak model",
    ),
)
NOT_PLANNER = ("authorised it", "commanded it", "operated it")
NOT_OFFICER = ("planned it", "commanded it", "operated it")
NOT_SILVER = ("planned it", "authorised it", "operated it")
PREPARED = ("not accepted", "check failed", "understaffed", "untrained", "weak model")


def refused(*names: str) -> dict[str, set[Role]]:
    return dict.fromkeys((*names, "another force"), NOBODY)


def decided(*names: str) -> dict[str, set[Role]]:
    return dict.fromkeys(URGENT, DECIDER) | refused(*names, "not proved", *NOT_OFFICER)


AFTERWARDS = (NOBODY, dict.fromkeys(("unconfirmed", "overdue"), OFFICER))
STEPS: dict[str, tuple[set[Role], dict[str, set[Role]]]] = {
    "submit": (PLANNER, refused(*PLAN, "on trial", *NOT_PLANNER)),
    "cancel": (PLANNER, refused()),
    "return": (OFFICER, {"groundless": DECIDER} | decided()),
    "refuse": (OFFICER, {"groundless": DECIDER} | decided()),
    "approve": (OFFICER, decided(*PLAN, "untrained")),
    "publish_notice": (SYSTEM, {}),
    "seal_list": (
        PLANNER,
        refused("after window", "nobody listed", "not proved", "weak model", *NOT_PLANNER),
    ),
    "make_ready": (SILVER, refused(*PREPARED, *NOT_SILVER)),
    "start": (SILVER, refused(*START, "lapsed", "not proved", *NOT_SILVER)),
    "suspend": (ON_DUTY, refused()),
    # What began in time is resumed after the time for beginning it; proving who one is takes nobody's minute.
    "resume": (SILVER, refused(*START, *NOT_SILVER) | {"false alerts": OFFICER}),
    "end": (SILVER, refused(*NOT_SILVER)),
    "end_at_window_close": (SYSTEM, dict.fromkeys(("before window", "lapsed"), NOBODY)),
    "review": (SILVER | OFFICER, refused()),
    "publish_results": (SYSTEM, {}),
    "void": (PLANNER, refused(*NOT_PLANNER)),
    "revoke": (OFFICER, refused()),
    "expire": (SYSTEM, {"before window": NOBODY}),
    "refuse_unstarted": AFTERWARDS,
    "refuse_running": AFTERWARDS,
}


def holder(role: Role) -> Actor:
    return Actor.system(force_id=FORCE_ID, label="sweep") if role is Role.SYSTEM else person(role)


def test_it_moves_only_along_the_table():
    wrong = []
    for source, target, role in product(S, S, Role):
        moved = set()
        for step in (step for step in DEPLOYMENTS if step.target is target):
            try:
                moved.add(DEPLOYMENTS.apply(step.name, current=source, actor=holder(role)).target)
            except (InvalidTransition, NotPermitted):
                assert not DEPLOYMENTS.allows(step.name, current=source, actor=holder(role))
        if moved != ({target} if role in ALLOWED.get((source, target), set()) else set()):
            wrong.append((source, target, role))
    assert wrong == []


def test_every_cell_of_the_matrix_is_as_the_domain_says():
    """Each step, from each state it starts in, by each role, in each circumstance."""
    wrong, asked = [], 0
    assert {step.name for step in DEPLOYMENTS} == set(STEPS)
    for step in DEPLOYMENTS:
        usual, otherwise = STEPS[step.name]
        assert set(otherwise) <= set(CIRCUMSTANCES), step.name
        for source, (name, change), role in product(sorted(step.sources), CIRCUMSTANCES.items(), Role):
            asked += 1
            expected = role in otherwise.get(name, usual)
            if matrix.passes(step, source, change, role) is not expected:
                wrong.append((step.name, str(source), name, str(role), expected))
    assert wrong == []
    assert asked > 10_000


def test_a_step_is_possible_from_no_state_but_those_of_its_row():
    for step, state in product(DEPLOYMENTS, S):
        if state not in step.sources:
            may = {role for role in Role if matrix.passes(step, state, CIRCUMSTANCES["urgent"], role)}
            assert may == set(), (step.name, state)


@pytest.mark.parametrize("state", sorted(CLOSED - {S.ENDED, S.REVIEWED}))
def test_nothing_leads_out_of_an_end(state: S):
    assert not [step.name for step in DEPLOYMENTS if state in step.sources]


def test_every_state_is_of_exactly_one_group():
    assert set(S) == BEFORE_APPROVAL | APPROVED_STATES | CLOSED
    assert not BEFORE_APPROVAL & APPROVED_STATES
    assert not CLOSED & (BEFORE_APPROVAL | APPROVED_STATES)


def test_every_step_leaves_an_audit_event_of_its_own():
    verbs = [step.audit_verb for step in DEPLOYMENTS]
    assert len(set(verbs)) == len(verbs)


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.FORCE_ADMIN])
def test_some_roles_move_nothing(role: Role):
    assert not [step.name for step in DEPLOYMENTS if role in step.roles]
