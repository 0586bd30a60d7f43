"""What can be known before anybody types, for each step: one check for the button and for the operation.

`check_step` asks, in this order: is it your force and role, is the deployment there yet, does what you did
before bar you, and do the facts allow it. What depends on what is typed (reasons, the hash that was read, the
changed plan) is checked by the operation afterwards. Nothing here reads a clock or writes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, InvalidTransition, NotPermitted, RuleViolated
from apps.core.wording import say_moment
from apps.deployments.data import COMPUTED_CHECKS, CheckData, CheckKind, DeploymentData, Duty, DutyData, Step
from apps.deployments.rules import remaking
from apps.deployments.rules.assessments import AssessmentData, check_assessed
from apps.deployments.rules.conditions import ConditionData
from apps.deployments.rules.gate_tables import (
    BY_THE_PLATFORM_TOO,
    CANNOT,
    EARLIER,
    STATE_CODES,
    TRAINED_STEPS,
    duty_of,
    roles_of,
    states_of,
)
from apps.deployments.rules.policies import (
    DUTY_ROLES,
    WINDOW_OVER,
    check_check,
    check_grade,
    check_import,
    check_prepared,
    check_role,
    check_start,
    check_submittable,
    check_trial,
    seal_accepted,
)
from apps.deployments.rules.separation import check_duty, check_trained
from apps.deployments.rules.staffing import ON_DUTY, check_staffing, window_days
from apps.deployments.rules.states import END_AT_WINDOW_CLOSE, EXPIRE
from apps.deployments.rules.suspensions import check_may_resume, resuming_roles
from apps.deployments.rules.urgency import awaits_confirmation, check_confirmable, check_decider, may_decide
from apps.deployments.rules.waiting import Awaited, turn
from apps.deployments.rules.words import IN_STATE
from apps.forces.data import ForceData
from apps.watchlists.data import WatchlistData, WatchlistState
from apps.watchlists.special import unsigned_words


class Facts(Protocol):
    """Everything a gate may look at. `grade` is the evidence grade of the authority's model pack, `edition`
    that of its files."""

    @property
    def deployment(self) -> DeploymentData: ...
    @property
    def force(self) -> ForceData: ...
    @property
    def duties(self) -> Collection[DutyData]: ...
    @property
    def cameras(self) -> Mapping[UUID, str]: ...
    @property
    def assessments(self) -> Mapping[UUID, AssessmentData]: ...
    @property
    def watchlist(self) -> WatchlistData | None: ...
    @property
    def checks(self) -> Collection[CheckData]: ...
    @property
    def conditions(self) -> Collection[ConditionData]: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def edition(self) -> str | None: ...
    @property
    def awaited(self) -> Awaited: ...
    @property
    def open_trial(self) -> DeploymentData | None: ...
    def lapsed(self, now: datetime) -> Collection[DutyData]: ...
    def signs_overdue(self, now: datetime) -> Collection[str]: ...
    def trained(self, user_id: UUID, role: Role, days: Collection[date]) -> bool: ...


def is_shown(step: Step, facts: Facts, actor: Actor) -> bool:
    """The actor has a role for it, and it can still happen as things stand."""
    if not actor.has(*roles_of(step)):
        return False
    if step in HIDDEN_WHEN and HIDDEN_WHEN[step](facts):
        return False
    if not may_decide(step, facts.deployment.authority, actor):
        return False
    if step is Step.RESUME and not actor.has(*resuming_roles(facts.deployment.suspended_for)):
        return False
    return facts.deployment.state in states_of(step) | EARLIER.get(step, frozenset())


def check_step(step: Step, facts: Facts, actor: Actor, now: datetime) -> None:
    """Raises NotPermitted, InvalidTransition or RuleViolated with everything that stands in the way."""
    _check_actor(step, facts, actor)
    _check_state(step, facts, now)
    check_decider(step, facts.deployment.authority, actor)
    if step is Step.RESUME:
        check_may_resume(facts.deployment.suspended_for, actor)
    duty = duty_of(step, facts.deployment.suspended_for)
    if duty is not None:
        check_duty(facts.duties, actor=actor, duty=duty)
        if step in TRAINED_STEPS:
            _check_training(duty, facts, actor, now)
    if step is Step.CONFIRM:
        _check_another(facts, actor)
    if step is Step.CHECK:
        _check_some_item(facts, actor)
    if step in RULES:
        RULES[step](facts, now)


def check_due(name: str, deployment: DeploymentData, now: datetime) -> None:
    """What the platform does by itself, it does not do before its time. Raises InvalidTransition."""
    due = DUE[name](deployment)
    if now < due:
        raise InvalidTransition(f"This is not due before {say_moment(due)}.")


def reasons_against(step: Step, facts: Facts, actor: Actor, now: datetime) -> tuple[str, ...]:
    """What `check_step` would refuse, in words; empty when it would not."""
    return refusals(lambda: check_step(step, facts, actor, now))


def refusals(check: Callable[[], object]) -> tuple[str, ...]:
    """What a check says, in words; empty when it says nothing."""
    try:
        check()
    except RuleViolated as refused:
        return refused.reasons
    except DomainError as refused:
        return (refused.message,)
    return ()


def _check_actor(step: Step, facts: Facts, actor: Actor) -> None:
    _check_force(facts, actor)
    check_role(actor, *roles_of(step))
    if step not in BY_THE_PLATFORM_TOO:
        _check_person(actor)


def _check_force(facts: Facts, actor: Actor) -> None:
    if actor.force_id != facts.deployment.force_id:
        raise NotPermitted("This deployment is another force's.")


def _check_person(actor: Actor) -> None:
    if actor.id is None:
        raise NotPermitted("Only a person can do this.", code="not_a_person")


def _check_state(step: Step, facts: Facts, now: datetime) -> None:
    state = facts.deployment.state
    if state in states_of(step):
        return
    words = f"{CANNOT[step]}: {IN_STATE[state]}."
    if state in EARLIER.get(step, frozenset()):
        words = f"{words} {turn(facts.deployment, force=facts.force, now=now, awaited=facts.awaited).words}"
    if step in STATE_CODES:
        raise RuleViolated([words], code=STATE_CODES[step])
    raise InvalidTransition(words)


def check_item(kind: CheckKind, facts: Facts, actor: Actor) -> Duty | None:
    """Whether the actor may record this item of the checklist, and as which duty."""
    return check_check(
        kind,
        state=facts.deployment.state,
        actor=actor,
        duties=facts.duties,
        check_training=lambda duty: _check_training(duty, facts, actor),
    )


def _check_training(duty: Duty, facts: Facts, actor: Actor, now: datetime | None = None) -> None:
    """On duty: trained on every day of the window. Authorising: on the day of the decision."""
    if actor.id is None:
        return
    authority = facts.deployment.authority
    days = window_days(authority.window_start, authority.window_end)
    if duty not in ON_DUTY and now is not None:
        days = (london(now).date(),)
    # Whoever holds both roles of an authorising officer needs a certificate for one of them.
    trained = any(facts.trained(actor.id, role, days) for role in DUTY_ROLES[duty] & actor.roles)
    check_trained(duty, trained=trained, days=days)


def _check_another(facts: Facts, actor: Actor) -> None:
    if facts.deployment.confirm_by is not None and actor.id == facts.deployment.approver_id:
        raise NotPermitted(
            "You approved it, so somebody else confirms it: it waits for an authorising officer other than"
            " you.",
            code="duties_separated",
        )


def check_result(kind: CheckKind, facts: Facts, actor: Actor, now: datetime) -> None:
    """Whether the item may be recorded as passed. A tick never contradicts what the platform knows.

    Whoever records it is on duty by doing so (`check_item`).
    """
    if kind is CheckKind.STAFFING and actor.id is not None:
        present = (*facts.duties, DutyData(actor.id, actor.label, Duty.SILVER))
        check_staffing(present, minimum=facts.force.minimum_staffing, lapsed=facts.lapsed(now))


def _check_some_item(facts: Facts, actor: Actor) -> None:
    refusals = []
    for kind in CheckKind:
        if kind in COMPUTED_CHECKS:
            continue
        try:
            check_item(kind, facts, actor)
        except NotPermitted as refused:
            refusals.append(refused)
        else:
            return
    # Who is barred from an item of their own role hears that before whose the other items are.
    raise next((refused for refused in refusals if refused.code == "duties_separated"), refusals[0])


def check_take_duty(duty: Duty, facts: Facts, actor: Actor) -> None:
    """Whether the actor may take a duty on this deployment: role, what they did on it before, training."""
    _check_force(facts, actor)
    check_role(actor, *DUTY_ROLES[duty])
    _check_person(actor)
    check_duty(facts.duties, actor=actor, duty=duty)
    if duty in ON_DUTY:
        _check_training(duty, facts, actor)


def check_planners(facts: Facts, actor: Actor) -> None:
    """Whether the actor may act as the planner of this deployment. Raises NotPermitted."""
    _check_force(facts, actor)
    check_role(actor, Role.PLANNER)
    _check_person(actor)
    check_duty(facts.duties, actor=actor, duty=Duty.PLANNER)


def check_remake(facts: Facts, actor: Actor, now: datetime) -> None:
    """Whether the pictures of an earlier approval's list may be measured again: when a list may be imported,
    and by whoever imports it."""
    check_planners(facts, actor)
    _check_state(Step.IMPORT_LIST, facts, now)
    _together(
        "import_refused",
        lambda: check_import(facts.deployment, force=facts.force, now=now),
        lambda: check_grade(facts.deployment.authority, facts.grade),
        lambda: remaking.check_remake(facts),
    )


def check_take_back(facts: Facts, actor: Actor) -> None:
    """Whether an approval may be ended because its model has other files than those that made the list."""
    check_planners(facts, actor)
    remaking.check_take_back(facts)


def _submittable(facts: Facts, now: datetime) -> None:
    authority = facts.deployment.authority
    _together(
        "not_submittable",
        lambda: check_submittable(
            authority,
            force=facts.force,
            cameras=facts.cameras,
            grade=facts.grade,
            notice_verified_at=facts.deployment.notice_verified_at,
            now=now,
        ),
        lambda: check_assessed(authority, facts.assessments),
    )


def _submit(facts: Facts, now: datetime) -> None:
    _together(
        "not_submittable", lambda: _submittable(facts, now), lambda: check_trial(open_trial=facts.open_trial)
    )


def _together(code: str, *checks: Callable[[], None]) -> None:
    """Everything that several checks say, at once."""
    reasons: list[str] = []
    for check in checks:
        try:
            check()
        except RuleViolated as refused:
            reasons += refused.reasons
    if reasons:
        raise RuleViolated(reasons, code=code)


def _importable(facts: Facts, now: datetime) -> None:
    _together(
        "import_refused",
        lambda: check_import(facts.deployment, force=facts.force, now=now),
        lambda: check_grade(facts.deployment.authority, facts.grade),
        lambda: _check_no_list(facts),
    )


def _check_no_list(facts: Facts) -> None:
    """One list at a time: it must be gone before another one is imported."""
    present = facts.watchlist
    if present is None or present.state is WatchlistState.PURGED or present.being_remade:
        return
    if facts.deployment.watchlist_id is None:
        raise RuleViolated(
            [
                "The list of the earlier approval is still here. Measure its pictures again for this"
                " approval, or try again when it is deleted."
                if remaking.is_there(present)
                else "The list of the earlier approval is still being deleted. Try again when it is gone."
            ]
        )
    raise RuleViolated(["A list is already imported. Discard it before you import another one."])


def _sealable(facts: Facts, now: datetime) -> None:
    if facts.deployment.watchlist_id is None or facts.watchlist is None:
        raise RuleViolated(["Nothing is imported yet: import the list first."], code="no_list")
    if now >= facts.deployment.authority.window_end:
        raise RuleViolated([WINDOW_OVER], code="window_over")
    reasons = []
    if facts.watchlist.state is not WatchlistState.IMPORTED or facts.watchlist.purge_due_at <= now:
        reasons.append("The imported list is deleted or about to be. Import it again.")
    elif facts.watchlist.subjects == 0:
        reasons.append("A list without anybody on it cannot be sealed. Discard it and import another one.")
    elif facts.watchlist.unsigned:
        reasons += unsigned_words(facts.watchlist.unsigned)
    reasons += remaking.unfit(facts)
    if reasons:
        raise RuleViolated(reasons, code="list_unfit")


def _acceptable(facts: Facts, now: datetime) -> None:
    if seal_accepted(facts.deployment):
        raise RuleViolated(["The sealed list is accepted already."], code="already_accepted")
    if facts.watchlist is None or facts.watchlist.state is not WatchlistState.SEALED:
        raise RuleViolated(["There is no sealed list to accept: it was deleted."], code="no_list")


def _prepared(facts: Facts, now: datetime) -> None:
    check_prepared(facts.deployment, facts, now=now)


def _startable(facts: Facts, now: datetime) -> None:
    check_start(facts.deployment, facts, now=now)


def _confirmable(facts: Facts, now: datetime) -> None:
    check_confirmable(facts.deployment)


def _meetable(facts: Facts, now: datetime) -> None:
    if not any(condition.is_open for condition in facts.conditions):
        raise RuleViolated(["No condition of the approval is open."], code="no_condition")


# When a step of the platform's own is due.
DUE: Mapping[str, Callable[[DeploymentData], datetime]] = {
    END_AT_WINDOW_CLOSE: lambda deployment: deployment.authority.window_end,
    EXPIRE: lambda deployment: deployment.lapses_at,
}
# A step that is in its states and yet nobody's business.
HIDDEN_WHEN: Mapping[Step, Callable[[Facts], bool]] = {
    Step.ACCEPT_LIST: lambda facts: seal_accepted(facts.deployment),
    Step.CONFIRM: lambda facts: not awaits_confirmation(facts.deployment),
    Step.REFUSE_AFTERWARDS: lambda facts: not awaits_confirmation(facts.deployment),
    Step.MEET_CONDITION: lambda facts: not any(condition.is_open for condition in facts.conditions),
}
RULES: Mapping[Step, Callable[[Facts, datetime], None]] = {
    Step.SUBMIT: _submit,
    Step.APPROVE: _submittable,
    Step.IMPORT_LIST: _importable,
    Step.SEAL_LIST: _sealable,
    Step.ACCEPT_LIST: _acceptable,
    Step.MAKE_READY: _prepared,
    Step.START: _startable,
    Step.RESUME: _startable,
    Step.CONFIRM: _confirmable,
    Step.REFUSE_AFTERWARDS: _confirmable,
    Step.MEET_CONDITION: _meetable,
}
