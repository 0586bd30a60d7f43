"""Who may do what to an alert. Each `check_*` raises; `can_*` is its boolean twin, so that a button and its
enforcement share one rule. Roles by state are in states.py; here is what depends on the person and the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.alerts.data import (
    AWAITING_OPERATOR,
    CONFIRMS_IDENTITY,
    MATCHED,
    WITHOUT_ENGAGEMENT,
    AlertData,
    AlertState,
    DecisionData,
    EngagementDecision,
    OperatorDecision,
    Outcome,
    PictureKind,
    Step,
)
from apps.alerts.states import ALERTS, CONTRADICT, ENGAGEMENT, OPERATOR, RECORD_OUTCOME, SECOND_UNSURE
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.deployments.data import DeploymentData, LiveAuthority

CONSOLE_ROLES = frozenset({Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER})


class PictureGone(DomainError):
    """The picture existed and was deleted, or its deadline has passed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="picture_gone")


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except DomainError:
        return False
    return True


def _person(actor: Actor) -> UUID:
    """Invariant 8: a person decides. An automatic actor has no id and cannot."""
    if actor.id is None:
        raise NotPermitted("only a person decides on an alert", code="not_a_person")
    return actor.id


def check_console(actor: Actor) -> None:
    """Who may look at the console at all; what it shows them is narrower still."""
    if not actor.roles & CONSOLE_ROLES:
        raise NotPermitted(
            "the console is for operators, engagement officers and the silver commander", code="role"
        )


def can_console(actor: Actor) -> bool:
    return _holds(lambda: check_console(actor))


def check_apart_from_authority(deployment: DeploymentData, actor: Actor) -> None:
    """domain.md §1: who planned or approved a deployment does not adjudicate it."""
    person = _person(actor)
    if person in {deployment.planner_id, deployment.approver_id}:
        raise NotPermitted(
            "who planned or approved this deployment cannot decide on its alerts", code="planner_or_approver"
        )


def check_raise(
    authority: LiveAuthority, *, camera_id: UUID, cosine_similarity: float, threshold: float, actor: Actor
) -> None:
    """Invariants 1 and 10 once more, where the row is written. Messages give no similarity: they end in logs,
    and of what did not match nothing may be left."""
    if Role.SYSTEM not in actor.roles:
        raise NotPermitted("alerts are raised by recognition only", code="role")
    reasons = []
    if not -1.0 <= cosine_similarity <= 1.0:
        reasons.append("cosine similarity must lie in [-1, 1]")
    # Written so that a NaN is refused too.
    if not cosine_similarity >= threshold:
        reasons.append("cosine similarity is below the threshold")
    if threshold != authority.threshold:
        reasons.append(f"threshold {threshold} is not the authorised {authority.threshold}")
    if camera_id not in authority.camera_ids:
        reasons.append(f"camera {camera_id} is not on the authority")
    if reasons:
        raise RuleViolated(reasons)


def expiry(now: datetime, *, decision_expiry_s: int) -> datetime:
    """From the server's clock, not the camera's: a camera that runs late must not swallow alerts."""
    return now + timedelta(seconds=decision_expiry_s)


def purge_deadline(captured_at: datetime, now: datetime, *, keep_hours: int) -> datetime:
    """At most `keep_hours` from the alert, by whichever clock is earlier: a camera cannot prolong it."""
    return min(captured_at, now) + timedelta(hours=keep_hours)


def check_operator_decide(
    alert: AlertData,
    *,
    decision: OperatorDecision,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    actor: Actor,
    now: datetime,
) -> None:
    person = _person(actor)
    ALERTS.apply(operator_transition(alert, decision), current=alert.state, actor=actor)
    check_apart_from_authority(deployment, actor)
    if any(past.actor_id == person for past in decisions):
        raise NotPermitted("a second operator decides after an 'unsure'", code="same_person")
    if now >= alert.expires_at:
        raise RuleViolated(["the time to decide has passed: no stop"])


def can_operator_decide(
    alert: AlertData,
    *,
    decision: OperatorDecision,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    actor: Actor,
    now: datetime,
) -> bool:
    return _holds(
        lambda: check_operator_decide(
            alert, decision=decision, deployment=deployment, decisions=decisions, actor=actor, now=now
        )
    )


def operator_transition(alert: AlertData, decision: OperatorDecision) -> str:
    if decision is OperatorDecision.UNSURE and alert.state is AlertState.UNSURE:
        return SECOND_UNSURE
    return decision.value


def _check_engagement_officer(
    deployment: DeploymentData, decisions: Sequence[DecisionData], actor: Actor
) -> None:
    person = _person(actor)
    check_apart_from_authority(deployment, actor)
    if any(past.actor_id == person and past.step is Step.OPERATOR for past in decisions):
        raise NotPermitted(
            "the operator of an alert cannot also be its engagement officer", code="same_person"
        )


def check_engagement_decide(
    alert: AlertData,
    *,
    decision: EngagementDecision,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    actor: Actor,
    now: datetime,
) -> None:
    ALERTS.apply(decision.value, current=alert.state, actor=actor)
    _check_engagement_officer(deployment, decisions, actor)
    # Without the pictures only the score would be left, and nobody engages on a score alone.
    if decision is EngagementDecision.ENGAGE and pictures_gone(alert, now):
        raise RuleViolated(["the pictures of this alert are deleted: it can no longer lead to an engagement"])


def can_engagement_decide(
    alert: AlertData,
    *,
    decision: EngagementDecision,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    actor: Actor,
    now: datetime,
) -> bool:
    return _holds(
        lambda: check_engagement_decide(
            alert, decision=decision, deployment=deployment, decisions=decisions, actor=actor, now=now
        )
    )


def check_reason(decision: EngagementDecision, reason: str) -> None:
    if decision is EngagementDecision.DO_NOT_ENGAGE and not reason.strip():
        raise RuleViolated(["give the reason for not engaging"])


def engaged(decisions: Sequence[DecisionData]) -> bool:
    return any(past.value == EngagementDecision.ENGAGE.value for past in decisions)


def check_record_outcome(
    alert: AlertData,
    *,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    recorded: Collection[Outcome],
    outcomes: Collection[Outcome],
    status_confirmed: bool,
    actor: Actor,
) -> None:
    """`outcomes` are to be added to those already `recorded`."""
    ALERTS.apply(RECORD_OUTCOME, current=alert.state, actor=actor)
    _check_engagement_officer(deployment, decisions, actor)
    reasons = []
    if not outcomes:
        reasons.append("name at least one outcome")
    if not engaged(decisions) and not set(outcomes) <= WITHOUT_ENGAGEMENT:
        reasons.append("nobody was engaged: only 'not located' or 'not engaged' can be true")
    if engaged(decisions) and Outcome.NOT_ENGAGED in outcomes:
        reasons.append("the person was engaged: 'not engaged' cannot be true")
    together = {*recorded, *outcomes}
    if Outcome.RELEASED_IDENTITY_WRONG in together and Outcome.NO_LONGER_WANTED in together:
        reasons.append("the identity cannot be both wrong and correct")
    if Outcome.NOT_LOCATED in together and together & (
        CONFIRMS_IDENTITY | {Outcome.RELEASED_IDENTITY_WRONG}
    ):
        reasons.append("somebody who was not located cannot have another outcome")
    # domain.md §4: "still wanted?" is checked on the alert before an arrest can be recorded.
    if Outcome.ARREST in outcomes and not status_confirmed:
        reasons.append("check that the person is still wanted before recording an arrest")
    if reasons:
        raise RuleViolated(reasons)


def can_record_outcome(
    alert: AlertData, *, deployment: DeploymentData, decisions: Sequence[DecisionData], actor: Actor
) -> bool:
    """Whether there is any outcome this person could record now."""

    def check() -> None:
        ALERTS.apply(RECORD_OUTCOME, current=alert.state, actor=actor)
        _check_engagement_officer(deployment, decisions, actor)

    return _holds(check)


def check_contradict(
    alert: AlertData, *, deployment: DeploymentData, decisions: Sequence[DecisionData], actor: Actor
) -> None:
    """One press, no reason asked, whatever was recorded before: release comes first (domain.md §5)."""
    ALERTS.apply(CONTRADICT, current=alert.state, actor=actor)
    _check_engagement_officer(deployment, decisions, actor)
    if not engaged(decisions):
        raise RuleViolated(["nobody was engaged on this alert"])


def can_contradict(
    alert: AlertData, *, deployment: DeploymentData, decisions: Sequence[DecisionData], actor: Actor
) -> bool:
    return _holds(
        lambda: check_contradict(alert, deployment=deployment, decisions=decisions, actor=actor)
    )


def check_establish_identity(
    alert: AlertData,
    *,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    recorded: Collection[Outcome],
    actor: Actor,
) -> None:
    """The offence shows only once identity is established by ordinary means (domain.md §5)."""
    check_contradict(alert, deployment=deployment, decisions=decisions, actor=actor)
    if Outcome.RELEASED_IDENTITY_WRONG in recorded:
        raise RuleViolated(["the identity was contradicted"])
    if alert.identity_established_at is not None:
        raise RuleViolated(["the identity is established already"])


def can_establish_identity(
    alert: AlertData,
    *,
    deployment: DeploymentData,
    decisions: Sequence[DecisionData],
    recorded: Collection[Outcome],
    actor: Actor,
) -> bool:
    return _holds(
        lambda: check_establish_identity(
            alert, deployment=deployment, decisions=decisions, recorded=recorded, actor=actor
        )
    )


def pictures_gone(alert: AlertData, now: datetime) -> bool:
    """The deadline itself ends the looking, even when the purge is late."""
    return alert.purged_at is not None or now >= alert.purge_due_at


def check_view_picture(
    alert: AlertData, *, which: PictureKind, deployment: DeploymentData, actor: Actor, now: datetime
) -> None:
    """Operators see an alert's two faces; engagement officers from the moment it is dispatched to them."""
    if not actor.roles & (OPERATOR | ENGAGEMENT):
        raise NotPermitted(f"your role does not include the {which.value} picture of an alert", code="role")
    check_apart_from_authority(deployment, actor)
    if not actor.roles & OPERATOR and alert.state not in MATCHED:
        raise NotPermitted("this alert was not dispatched", code="not_dispatched")
    if pictures_gone(alert, now):
        raise PictureGone("the pictures of this alert are deleted")


def can_view_picture(
    alert: AlertData, *, which: PictureKind, deployment: DeploymentData, actor: Actor, now: datetime
) -> bool:
    return _holds(
        lambda: check_view_picture(alert, which=which, deployment=deployment, actor=actor, now=now)
    )


def check_shown(alert: AlertData, *, actor: Actor) -> None:
    _person(actor)
    if not actor.roles & OPERATOR:
        raise NotPermitted("only an operator's console measures when an alert was shown", code="role")
    if alert.state not in AWAITING_OPERATOR:
        raise RuleViolated(["the alert is not waiting for an operator"])
