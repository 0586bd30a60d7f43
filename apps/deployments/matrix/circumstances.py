"""The circumstances of the transition matrix: a deployment in order, and each way in which it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from apps.deployments.data import Cause, CheckKind, Duty, UrgentGrounds
from apps.deployments.data import DeploymentState as S
from apps.deployments.matrix.cases import DAY, DEPLOYMENT_ID, END, HOUR, OTHER, START, STRANGER, WORDS, Case
from apps.deployments.rules.conditions import ConditionData

IN_ORDER = "in order"
URGENT = {"urgent_grounds": UrgentGrounds.IMMINENT_THREAT, "urgent_reason": WORDS}


def in_order(case: Case) -> Case:
    """Nothing is missing, and it is the usual time."""
    return case


def before_window(case: Case) -> Case:
    """The authorised window has not begun."""
    return replace(case, now=min(case.now, START - timedelta(seconds=1)))


def after_window(case: Case) -> Case:
    """The authorised window is over."""
    return replace(case, now=max(case.now, END))


def lapsed(case: Case) -> Case:
    """The time by which it must have started is over, the window is not."""
    return replace(case.planned(starts_by=START + HOUR), now=START + 2 * HOUR)


def incomplete(case: Case) -> Case:
    """The plan lacks a paragraph."""
    return case.planned(necessity="")


def not_assessed(case: Case) -> Case:
    """An assessment that the plan rests on is not in force on the day."""
    ended = {key: replace(row, in_force_until=date(2026, 12, 9)) for key, row in case.assessments.items()}
    return replace(case, assessments=ended)


def plan_late(case: Case) -> Case:
    """The notice was not public yet, and there is no time left for its minimum."""
    late = case.now if case.deployment.approved_hash else START - DAY
    return replace(case.but(notice_verified_at=None), now=late)


def another_text(case: Case) -> Case:
    """The approval is not of the text as it stands."""
    approved = case.deployment.approved_hash and "0" * 64
    return case.but(approved_hash=approved)


def notice_short(case: Case) -> Case:
    """The notice was public a minute less than the minimum when recognition is to start."""
    if case.deployment.notice_verified_at is None:
        return case
    return case.but(notice_verified_at=case.now - 7 * DAY + timedelta(minutes=1))


def urgent(case: Case) -> Case:
    """The plan gives urgent grounds and reasons; no minimum of notice is left, and the notice is out."""
    public = case.now if case.deployment.notice_published_at else None
    early = case.deployment.approved_hash is None
    now = START - HOUR if early else case.now
    return replace(case.planned(**URGENT).but(notice_published_at=public, notice_verified_at=None), now=now)


def groundless(case: Case) -> Case:
    """The same with a ground that is none of the closed list."""
    return urgent(case).planned(urgent_grounds="convenience")


def unconfirmed(case: Case) -> Case:
    """An urgent approval by an officer below superintendent, the time for its confirmation not over."""
    return urgent(case).but(confirm_by=case.now + HOUR)


def overdue(case: Case) -> Case:
    """The same, and the time for the confirmation is over."""
    return urgent(case).but(confirm_by=case.now - HOUR)


def confirmed(case: Case) -> Case:
    """The same, and a superintendent confirmed it."""
    return overdue(case).but(confirmed_at=case.now, confirmer_id=OTHER, confirmer_label="superintendent")


def condition_open(case: Case) -> Case:
    """A condition of the approval is not met."""
    condition = ConditionData(
        UUID(int=50), DEPLOYMENT_ID, 1, "Ask the school first.", "officer", START - 9 * DAY
    )
    return replace(case, conditions=(condition,))


def nobody_listed(case: Case) -> Case:
    """There is nobody on the list."""
    return replace(case, watchlist=case.watchlist and replace(case.watchlist, subjects=0))


def not_accepted(case: Case) -> Case:
    """The sealed list is not the one that an officer accepted."""
    return case.but(accepted_seal_hash=None)


def check_failed(case: Case) -> Case:
    """An item of the checklist failed."""
    return replace(
        case, checks=tuple(replace(each, passed=each.kind is not CheckKind.SIGNAGE) for each in case.checks)
    )


def sign_overdue(case: Case) -> Case:
    """Nobody has looked at a sign within the interval of the force."""
    return replace(case, signs_late=("High Street",))


def understaffed(case: Case) -> Case:
    """Nobody is on duty."""
    return replace(case, duties=())


def untrained(case: Case) -> Case:
    """Whoever acts has no current certificate."""
    return replace(case, untrained=frozenset({STRANGER}))


def not_proved(case: Case) -> Case:
    """Whoever acts has not proved again who they are."""
    return replace(case, actor=replace(case.actor, reauthenticated=False))


def weak_model(case: Case) -> Case:
    """The evidence of the recognition model supports rehearsals only."""
    return replace(case, grade="rehearsal")


def on_trial(case: Case) -> Case:
    """The force is on trial, and the results of its last deployment are not public."""
    return replace(case, open_trial=replace(case.deployment, id=UUID(int=60), state=S.ENDED))


def false_alerts(case: Case) -> Case:
    """It was suspended because of false alerts."""
    return case.but(suspended_for=Cause.FALSE_ALERTS) if case.deployment.state is S.SUSPENDED else case


def planned_it(case: Case) -> Case:
    """Whoever acts has acted as planner on it."""
    return case.acted(Duty.PLANNER)


def authorised_it(case: Case) -> Case:
    """Whoever acts has acted as authorising officer on it."""
    return case.acted(Duty.AUTHORISING)


def commanded_it(case: Case) -> Case:
    """Whoever acts has acted as silver commander on it."""
    return case.acted(Duty.SILVER)


def operated_it(case: Case) -> Case:
    """Whoever acts has acted as operator on it."""
    return case.acted(Duty.OPERATOR)


def another_force(case: Case) -> Case:
    """Whoever acts is of another force."""
    return replace(case, actor=replace(case.actor, force_id=OTHER))


CIRCUMSTANCES: Mapping[str, Callable[[Case], Case]] = {
    change.__name__.replace("_", " "): change
    for change in (
        in_order,
        before_window,
        after_window,
        lapsed,
        incomplete,
        not_assessed,
        plan_late,
        another_text,
        notice_short,
        urgent,
        groundless,
        unconfirmed,
        overdue,
        confirmed,
        condition_open,
        nobody_listed,
        not_accepted,
        check_failed,
        sign_overdue,
        understaffed,
        untrained,
        not_proved,
        weak_model,
        on_trial,
        false_alerts,
        planned_it,
        authorised_it,
        commanded_it,
        operated_it,
        another_force,
    )
}
