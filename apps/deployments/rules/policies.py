"""The rules of a deployment. Each `check_*` raises and lists everything that is missing at once; `can_*` is
its boolean twin, so that a button and its enforcement share one rule. Nothing here reads the database or a
clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.twins import twin
from apps.core.wording import say_moment
from apps.deployments.data import (
    COMPUTED_CHECKS,
    Amendment,
    Authority,
    CheckKind,
    DeploymentData,
    DeploymentState,
    Duty,
    DutyData,
)
from apps.deployments.rules.authority import missing_from, unfit_for_grade
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.separation import check_duty
from apps.deployments.rules.starting import StartFacts as StartFacts
from apps.deployments.rules.starting import check_live as check_live
from apps.deployments.rules.starting import check_notice as check_notice
from apps.deployments.rules.starting import check_prepared as check_prepared
from apps.deployments.rules.starting import check_start as check_start
from apps.deployments.rules.starting import seal_accepted as seal_accepted
from apps.deployments.rules.states import CHECKING, RUNNING
from apps.deployments.rules.urgency import is_urgent, never_urgent
from apps.deployments.rules.words import CHECK_WORDS, DUTY_WORDS, IN_STATE, one_of, one_of_roles
from apps.forces.data import ForceData
from apps.watchlists.data import Category

# A stop must never wait for an essay; a decision about people's rights must be more than "ok".
MIN_DECISION_REASON = 20
MIN_SHORT_REASON = 5
# More passes in a day than this are a slip of the finger.
MOST_PASSES = 10_000
# The engine's quality score, 0 to 1, of a picture that only just passes its limits for enrolment.
MIN_ENROLMENT_QUALITY = 0.3

WINDOW_OVER = "The authorised window is over, so nothing more can be done in it."
REPORT_DONE = f"Report what had been done by now, in at least {MIN_SHORT_REASON} characters."
REPORT_COLLECTED = "Report what was collected, for instance “nothing was collected”."
# Limits on a list that it was checked against when it was imported.
LIST_CRITERIA = {"categories": "choice of categories", "max_subjects": "maximum size"}

DUTY_ROLES: Mapping[Duty, frozenset[Role]] = {
    Duty.PLANNER: frozenset({Role.PLANNER}),
    Duty.AUTHORISING: frozenset({Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER}),
    Duty.SILVER: frozenset({Role.SILVER_COMMANDER}),
    Duty.OPERATOR: frozenset({Role.OPERATOR}),
    Duty.ENGAGEMENT: frozenset({Role.ENGAGEMENT_OFFICER}),
    Duty.ENGINEER: frozenset({Role.SYSTEM_ENGINEER}),
}

# Who checks whether people are still wanted: who answers for the list, and who commands the day.
STATUS_CHECKERS = (
    Role.PLANNER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.SILVER_COMMANDER,
)

# Who may vouch for which item, as the duty they do it in. Computed items are nobody's to tick.
CHECK_DUTIES: Mapping[CheckKind, tuple[Duty, ...]] = {
    CheckKind.CAMERA_FOCUS: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.ZONE_MARKED: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.BLUE_LIST_PASS: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.CLOCKS_IN_SYNC: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.SIGNAGE: (Duty.SILVER, Duty.ENGINEER, Duty.ENGAGEMENT),
    CheckKind.STAFFING: (Duty.SILVER,),
}


def check_role(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        raise NotPermitted(f"Only {one_of_roles(roles)} can do this.")


def check_reason(text: str, *, minimum: int = MIN_DECISION_REASON) -> None:
    """Written reasons are required; padding with white space does not make them longer."""
    if len(" ".join(text.split())) < minimum:
        raise RuleViolated(
            [f"Give written reasons of at least {minimum} characters."], code="reasons_missing"
        )


def has_blue_list(authority: Authority) -> bool:
    """Whether somebody of the Blue List may be on the list, in a rehearsal or beside people looked for."""
    return authority.rehearsal or Category.BLUE_LIST in authority.categories


def check_passes(passes: int | None, *, blue_list: bool) -> None:
    """Blue List passes are counted where there is a Blue List."""
    if passes is not None and not blue_list:
        raise RuleViolated(["There was no Blue List on this deployment."], code="passes")
    if passes is not None and not 0 <= passes <= MOST_PASSES:
        raise RuleViolated([f"Give a number of passes between 0 and {MOST_PASSES:,}."], code="passes")


def check_submittable(
    authority: Authority,
    *,
    force: ForceData,
    cameras: Mapping[UUID, str],
    grade: str | None,
    notice_verified_at: datetime | None,
    now: datetime,
) -> None:
    """Everything that is missing, at once. `grade` is the pack's evidence grade, None for an unknown pack."""
    reasons = missing_from(authority, force=force, cameras=cameras)
    reasons += unfit_for_grade(authority, grade)
    reasons += never_urgent(authority)
    urgent = is_urgent(authority)
    if not urgent and authority.window_start <= now:
        reasons.append("The window must start in the future. Choose a later one.")
    # What is urgent may be decided while its window runs already.
    if urgent and min(authority.starts_by or authority.window_end, authority.window_end) <= now:
        reasons.append("There is no time left to start it in. Choose a later window.")
    earliest = earliest_start(notice_verified_at or now, force.notice_minimum_days)
    if authority.window_start < earliest and not urgent:
        reasons.append(
            f"The public must have {force.notice_minimum_days} days' notice: "
            f"the window cannot start before {say_moment(earliest)}."
        )
    if reasons:
        raise RuleViolated(reasons, code="not_submittable")


def check_trial(*, open_trial: DeploymentData | None) -> None:
    """Trial mode (domain.md §2): one deployment, then its review, before the next is put to an officer."""
    if open_trial is not None:
        raise RuleViolated(
            [
                "Your force is on trial: nothing more is submitted until the results of "
                f"{open_trial.reference} are public. {IN_STATE[open_trial.state].capitalize()}."
            ],
            code="trial",
        )


def check_hash(*, seen: str, current: str, what: str = "authority") -> None:
    """An approval is of the content that was read (invariant 6)."""
    if seen != current:
        raise RuleViolated([f"The {what} changed after you opened it: read it again."], code="hash_differs")


def check_grade(authority: Authority, grade: str | None) -> None:
    """A pack of rehearsal grade runs Blue List only deployments (domain.md §2)."""
    reasons = unfit_for_grade(authority, grade)
    if reasons:
        raise RuleViolated(reasons, code="grade")


def check_import(deployment: DeploymentData, *, force: ForceData, now: datetime) -> None:
    """No biometric waits through the notice period (domain.md §2)."""
    reasons = []
    if deployment.state is not DeploymentState.NOTICE_PUBLISHED:
        reasons.append(
            f"A list is imported after the notice and before the seal: {IN_STATE[deployment.state]}."
        )
    opens = deployment.authority.window_start - timedelta(hours=force.list_window_hours)
    if now < opens:
        reasons.append(
            f"The list can be imported from {say_moment(opens)},"
            f" {force.list_window_hours} hours before the start."
        )
    if now >= deployment.authority.window_end:
        reasons.append(WINDOW_OVER)
    if reasons:
        raise RuleViolated(reasons, code="import_refused")


def check_amendable(deployment: DeploymentData, amendment: Amendment) -> None:
    """What an approved authority may still become (domain.md §2 and §7)."""
    reasons = []
    if amendment.is_nothing:
        reasons.append("There is nothing to save: nothing was changed.")
    if deployment.state in RUNNING and amendment.is_widening:
        reasons.append(
            "Recognition has begun, so only narrowing is possible. To change more, end the deployment."
        )
    if deployment.state in RUNNING and "threshold" in amendment.narrowed:
        reasons.append("The threshold is locked while the deployment is live.")
    if deployment.watchlist_id is not None and not amendment.is_widening:
        # The list was checked against the criteria as they were; a narrower rule would make it unlawful.
        reasons += [
            f"The list is already imported under a wider {words}. Remove people from it, or cancel."
            for field, words in LIST_CRITERIA.items()
            if field in amendment.narrowed
        ]
    if reasons:
        raise RuleViolated(reasons, code="not_amendable")


def check_check(
    kind: CheckKind,
    *,
    state: DeploymentState,
    actor: Actor,
    duties: Iterable[DutyData] = (),
    check_training: Callable[[Duty], None] = lambda duty: None,
) -> Duty | None:
    """Whether `actor` may record a checklist item, and as which duty (None for the platform itself).

    Of several roles that may vouch for it, the first that separation of duties and training leave them.
    """
    if kind in COMPUTED_CHECKS:
        raise RuleViolated(
            [f"Nobody ticks {CHECK_WORDS[kind]}: it is worked out, not ticked."], code="computed_check"
        )
    if state not in CHECKING:
        raise RuleViolated([f"The checklist opens with the sealed list: {IN_STATE[state]}."], code="state")
    if actor.is_system and kind is CheckKind.CLOCKS_IN_SYNC:
        return None
    held = [duty for duty in CHECK_DUTIES[kind] if actor.has(*DUTY_ROLES[duty])]
    if not held:
        who = one_of(DUTY_WORDS[duty] for duty in CHECK_DUTIES[kind])
        raise NotPermitted(f"Only {who} can record the check of {CHECK_WORDS[kind]}.")
    past = tuple(duties)
    free = [duty for duty in held if can_take_duty(past, actor=actor, duty=duty)]
    if not free:
        check_duty(past, actor=actor, duty=held[0])
    trained = [duty for duty in free if twin(check_training)(duty)]
    if not trained:
        check_training(free[0])
    return trained[0]


def check_report(deployment: DeploymentData, *, done: str, collected: str) -> None:
    """Who cancels what was approved reports what had been done, and whether anything was collected."""
    if deployment.approved_hash is None:
        return
    short = [
        words
        for words, text in ((REPORT_DONE, done), (REPORT_COLLECTED, collected))
        if len(" ".join(text.split())) < MIN_SHORT_REASON
    ]
    if short:
        raise RuleViolated(short, code="report_missing")


def check_answered(answer: str) -> None:
    """An officer's reasons are met by a change or by an answer, never by pressing the button again."""
    if len(" ".join(answer.split())) < MIN_DECISION_REASON:
        raise RuleViolated(
            [
                "The plan is as it was when it was returned. Change it, or answer the officer's reasons in "
                f"at least {MIN_DECISION_REASON} characters."
            ],
            code="unanswered",
        )


can_reason = twin(check_reason)
can_take_duty = twin(check_duty)
can_submit = twin(check_submittable)
can_import = twin(check_import)
can_amend = twin(check_amendable)
can_prepare = twin(check_prepared)
can_start = twin(check_start)
can_run = twin(check_live)
