"""The transition table of a deployment: from, to, who may, which audit event (domain.md §1 and §2)."""

from __future__ import annotations

from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable
from apps.deployments.data import DeploymentState as S

PLANNER = frozenset({Role.PLANNER})
OFFICER = frozenset({Role.AUTHORISING_OFFICER})
# An officer below superintendent decides on plans with urgent grounds only (urgency.py).
DECIDER = OFFICER | {Role.URGENT_AUTHORISING_OFFICER}
SILVER = frozenset({Role.SILVER_COMMANDER})
AUTOMATIC = frozenset({Role.SYSTEM})
# Anyone on duty may suspend; the platform suspends itself.
ON_DUTY = frozenset(
    {
        Role.SILVER_COMMANDER,
        Role.OPERATOR,
        Role.ENGAGEMENT_OFFICER,
        Role.SYSTEM_ENGINEER,
        Role.SYSTEM,
    }
)

# An approval exists, and recognition has not begun.
APPROVED_BEFORE_START = frozenset({S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY})
RUNNING = frozenset({S.LIVE, S.SUSPENDED})
APPROVED_STATES = APPROVED_BEFORE_START | RUNNING
BEFORE_APPROVAL = frozenset({S.DRAFT, S.SUBMITTED, S.RETURNED})
CLOSED = frozenset(S) - BEFORE_APPROVAL - APPROVED_STATES
# The checklist belongs to a sealed list: these are the states in which items can be recorded.
CHECKING = frozenset({S.LIST_SEALED, S.READY}) | RUNNING

SUBMIT = "submit"
RETURN = "return"
REFUSE = "refuse"
APPROVE = "approve"
PUBLISH_NOTICE = "publish_notice"
SEAL_LIST = "seal_list"
MAKE_READY = "make_ready"
START = "start"
SUSPEND = "suspend"
RESUME = "resume"
END = "end"
END_AT_WINDOW_CLOSE = "end_at_window_close"
REVIEW = "review"
PUBLISH_RESULTS = "publish_results"
VOID = "void"
CANCEL = "cancel"
REVOKE = "revoke"
EXPIRE = "expire"
REFUSE_UNSTARTED = "refuse_unstarted"
REFUSE_RUNNING = "refuse_running"
# What ends a suspension. Other decisions can be made meanwhile: a confirmation, a smaller plan.
ENDS_A_SUSPENSION = frozenset({RESUME, END, END_AT_WINDOW_CLOSE, REVOKE, REFUSE_RUNNING})


def _row(name: str, sources: frozenset[S], target: S, roles: frozenset[Role], verb: str) -> Transition[S]:
    return Transition(name=name, sources=sources, target=target, roles=roles, audit_verb=f"deployment.{verb}")


DEPLOYMENTS: TransitionTable[S] = TransitionTable(
    machine="deployment",
    transitions=[
        _row(SUBMIT, frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED, PLANNER, "submitted"),
        _row(RETURN, frozenset({S.SUBMITTED}), S.RETURNED, DECIDER, "returned"),
        _row(REFUSE, frozenset({S.SUBMITTED}), S.REFUSED, DECIDER, "refused"),
        _row(APPROVE, frozenset({S.SUBMITTED}), S.APPROVED, DECIDER, "approved"),
        _row(PUBLISH_NOTICE, frozenset({S.APPROVED}), S.NOTICE_PUBLISHED, AUTOMATIC, "notice_published"),
        _row(SEAL_LIST, frozenset({S.NOTICE_PUBLISHED}), S.LIST_SEALED, PLANNER, "list_sealed"),
        _row(MAKE_READY, frozenset({S.LIST_SEALED}), S.READY, SILVER, "made_ready"),
        _row(START, frozenset({S.READY}), S.LIVE, SILVER, "started"),
        _row(SUSPEND, frozenset({S.LIVE}), S.SUSPENDED, ON_DUTY, "suspended"),
        # After an accuracy suspension an officer, after any other the commander (suspensions.py).
        _row(RESUME, frozenset({S.SUSPENDED}), S.LIVE, SILVER | OFFICER, "resumed"),
        _row(END, RUNNING, S.ENDED, SILVER, "ended"),
        _row(END_AT_WINDOW_CLOSE, RUNNING, S.ENDED, AUTOMATIC, "ended_at_window_close"),
        _row(REVIEW, frozenset({S.ENDED}), S.REVIEWED, SILVER | OFFICER, "reviewed"),
        _row(PUBLISH_RESULTS, frozenset({S.REVIEWED}), S.RESULTS_PUBLISHED, AUTOMATIC, "results_published"),
        # Widening an approved authority: invariant 6. While recognition runs nothing can be widened.
        _row(VOID, APPROVED_BEFORE_START, S.DRAFT, PLANNER, "approval_voided"),
        _row(CANCEL, BEFORE_APPROVAL | APPROVED_BEFORE_START, S.CANCELLED, PLANNER, "cancelled"),
        _row(REVOKE, APPROVED_STATES, S.REVOKED, OFFICER, "revoked"),
        _row(EXPIRE, APPROVED_BEFORE_START, S.EXPIRED, AUTOMATIC, "expired"),
        # An urgent approval that a superintendent refuses afterwards (domain.md §2).
        _row(REFUSE_UNSTARTED, APPROVED_BEFORE_START, S.REFUSED, OFFICER, "refused_before_start"),
        _row(REFUSE_RUNNING, RUNNING, S.ENDED, OFFICER, "refused_while_running"),
    ],
)
