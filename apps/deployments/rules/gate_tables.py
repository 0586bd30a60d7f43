"""Of each step: whose it is, in which states, in which duty, and the words for when it cannot be taken."""

from __future__ import annotations

from collections.abc import Mapping

from apps.core.data import Role
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import Duty, Step
from apps.deployments.rules import states
from apps.deployments.rules.policies import CHECK_DUTIES, DUTY_ROLES
from apps.deployments.rules.suspensions import ACCURACY, Cause
from apps.deployments.rules.urgency import CONFIRMABLE

# The row of the transition table that a step takes. Roles and states come from there.
TRANSITIONS: Mapping[Step, str] = {
    Step.SUBMIT: states.SUBMIT,
    Step.CANCEL: states.CANCEL,
    Step.APPROVE: states.APPROVE,
    Step.RETURN: states.RETURN,
    Step.REFUSE: states.REFUSE,
    Step.REVOKE: states.REVOKE,
    Step.SEAL_LIST: states.SEAL_LIST,
    Step.MAKE_READY: states.MAKE_READY,
    Step.START: states.START,
    Step.SUSPEND: states.SUSPEND,
    Step.RESUME: states.RESUME,
    Step.END: states.END,
    Step.REVIEW: states.REVIEW,
}
CHECKERS = frozenset(role for duties in CHECK_DUTIES.values() for duty in duties for role in DUTY_ROLES[duty])
# Steps that move no state, or do not always: who, and in which states.
UNMOVING: Mapping[Step, tuple[frozenset[Role], frozenset[S]]] = {
    Step.EDIT: (states.PLANNER, states.BEFORE_APPROVAL | states.APPROVED_BEFORE_START),
    Step.NARROW: (states.PLANNER, states.APPROVED_STATES),
    Step.IMPORT_LIST: (states.PLANNER, frozenset({S.NOTICE_PUBLISHED})),
    Step.ACCEPT_LIST: (states.DECIDER, frozenset({S.LIST_SEALED})),
    Step.CHECK: (CHECKERS | {Role.SYSTEM}, states.CHECKING),
    Step.CONFIRM: (states.OFFICER, CONFIRMABLE),
    # It moves a deployment that is not over yet (AFTERWARDS); one that has ended stays ended.
    Step.REFUSE_AFTERWARDS: (states.OFFICER, CONFIRMABLE),
    Step.MEET_CONDITION: (states.PLANNER | states.SILVER | states.OFFICER, states.APPROVED_STATES),
}
# The rows of the transition table that a refusal afterwards takes.
AFTERWARDS: Mapping[S, str] = {
    **dict.fromkeys(states.APPROVED_BEFORE_START, states.REFUSE_UNSTARTED),
    **dict.fromkeys(states.RUNNING, states.REFUSE_RUNNING),
}
# In which duty a step is taken. A step that stops or looks back is taken in none: only the role counts.
DUTIES: Mapping[Step, Duty] = {
    **dict.fromkeys((Step.EDIT, Step.NARROW, Step.SUBMIT, Step.IMPORT_LIST, Step.SEAL_LIST), Duty.PLANNER),
    **dict.fromkeys(
        (Step.APPROVE, Step.RETURN, Step.REFUSE, Step.ACCEPT_LIST, Step.CONFIRM, Step.REFUSE_AFTERWARDS),
        Duty.AUTHORISING,
    ),
    **dict.fromkeys((Step.MAKE_READY, Step.START, Step.END), Duty.SILVER),
}
# Steps that need a current certificate. What stops, sends back or looks back waits for nobody's training.
TRAINED_STEPS = frozenset(
    {Step.APPROVE, Step.ACCEPT_LIST, Step.CONFIRM, Step.MAKE_READY, Step.START, Step.RESUME}
)
# Steps for somebody who has proved within the last minutes who they are (domain.md §1: whatever is decided).
REAUTHENTICATED = frozenset(
    {
        Step.APPROVE,
        Step.RETURN,
        Step.REFUSE,
        Step.SEAL_LIST,
        Step.ACCEPT_LIST,
        Step.START,
        Step.CONFIRM,
        Step.REFUSE_AFTERWARDS,
    }
)
BY_THE_PLATFORM_TOO = frozenset({Step.SUSPEND, Step.CHECK})
# States in which a step is shown although it cannot be taken yet, so that people see what is to come.
EARLIER: Mapping[Step, frozenset[S]] = {
    Step.IMPORT_LIST: frozenset({S.APPROVED}),
    Step.SEAL_LIST: frozenset({S.APPROVED}),
    Step.ACCEPT_LIST: frozenset({S.NOTICE_PUBLISHED}),
    Step.CHECK: frozenset({S.APPROVED, S.NOTICE_PUBLISHED}),
    Step.MAKE_READY: frozenset({S.APPROVED, S.NOTICE_PUBLISHED}),
    Step.START: frozenset({S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED}),
}
# Being in the wrong state is a broken rule with a code of its own where no transition is refused.
STATE_CODES: Mapping[Step, str] = {
    Step.IMPORT_LIST: "import_refused",
    Step.ACCEPT_LIST: "no_list",
    Step.CHECK: "state",
    Step.CONFIRM: "no_confirmation",
    Step.REFUSE_AFTERWARDS: "no_confirmation",
    Step.MEET_CONDITION: "no_condition",
}
CANNOT: Mapping[Step, str] = {
    Step.EDIT: "The plan cannot be changed",
    Step.SUBMIT: "It cannot be submitted",
    Step.CANCEL: "It cannot be cancelled",
    Step.APPROVE: "It cannot be approved",
    Step.RETURN: "It cannot be returned to the planner",
    Step.REFUSE: "It cannot be refused",
    Step.REVOKE: "There is no approval to revoke",
    Step.NARROW: "There is no approved authority to narrow",
    Step.IMPORT_LIST: "A list is imported after the notice and before the seal",
    Step.SEAL_LIST: "The list cannot be sealed",
    Step.ACCEPT_LIST: "There is no sealed list to accept",
    Step.CHECK: "The checklist opens with the sealed list",
    Step.MAKE_READY: "It cannot be declared ready",
    Step.START: "It cannot be started",
    Step.SUSPEND: "It cannot be suspended",
    Step.RESUME: "It cannot be resumed",
    Step.END: "It cannot be ended",
    Step.REVIEW: "It cannot be reviewed",
    Step.CONFIRM: "There is no urgent approval to confirm",
    Step.REFUSE_AFTERWARDS: "There is no urgent approval to refuse",
    Step.MEET_CONDITION: "There is no approval with conditions",
}


def roles_of(step: Step) -> frozenset[Role]:
    if step in UNMOVING:
        return UNMOVING[step][0]
    return states.DEPLOYMENTS[TRANSITIONS[step]].roles


def states_of(step: Step) -> frozenset[S]:
    if step in UNMOVING:
        return UNMOVING[step][1]
    return states.DEPLOYMENTS[TRANSITIONS[step]].sources


def duty_of(step: Step, suspended_for: Cause | None = None) -> Duty | None:
    """In which duty a step is taken. Resuming is the commander's, or an officer's after false alerts."""
    if step is Step.RESUME:
        return Duty.AUTHORISING if suspended_for in ACCURACY else Duty.SILVER
    return DUTIES.get(step)
