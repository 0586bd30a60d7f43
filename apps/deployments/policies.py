"""The rules of a deployment. Each `check_*` raises and lists everything that is missing at once; `can_*` is
its boolean twin, so that a button and its enforcement share one rule. Nothing here reads the database or a
clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol
from uuid import UUID

from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.core.wording import say_moment
from apps.deployments.authority import missing_from, unfit_for_grade
from apps.deployments.data import (
    COMPUTED_CHECKS,
    Amendment,
    Authority,
    CheckData,
    CheckKind,
    DeploymentData,
    DeploymentState,
    Duty,
    DutyData,
    NotLive,
)
from apps.deployments.notice_clock import earliest_start
from apps.deployments.separation import check_duty
from apps.deployments.staffing import unstaffed
from apps.deployments.states import CHECKING, RUNNING
from apps.deployments.words import (
    CHECK_WORDS,
    COMPUTED_WORDS,
    DUTY_WORDS,
    IN_STATE,
    one_of,
    one_of_roles,
)
from apps.forces.data import ForceData

P = ParamSpec("P")

# A stop must never wait for an essay; a decision about people's rights must be more than "ok".
MIN_DECISION_REASON = 20
MIN_SHORT_REASON = 5
# More passes in a day than this are a slip of the finger.
MOST_PASSES = 10_000
# The engine's quality score, 0 to 1, of a picture that only just passes its limits for enrolment.
MIN_ENROLMENT_QUALITY = 0.3

WINDOW_OVER = "The authorised window is over, so nothing more can be done in it."
NOTICE_UNSEEN = (
    "The notice has not been verified as publicly available yet. The platform checks it by itself."
)
# Limits on a list that it was checked against when it was imported.
LIST_CRITERIA = {"categories": "choice of categories", "max_subjects": "maximum size"}

DUTY_ROLES: Mapping[Duty, frozenset[Role]] = {
    Duty.PLANNER: frozenset({Role.PLANNER}),
    Duty.AUTHORISING: frozenset({Role.AUTHORISING_OFFICER}),
    Duty.SILVER: frozenset({Role.SILVER_COMMANDER}),
    Duty.OPERATOR: frozenset({Role.OPERATOR}),
    Duty.ENGAGEMENT: frozenset({Role.ENGAGEMENT_OFFICER}),
    Duty.ENGINEER: frozenset({Role.SYSTEM_ENGINEER}),
}

# Who may vouch for which item, as the duty they do it in. Computed items are nobody's to tick.
CHECK_DUTIES: Mapping[CheckKind, tuple[Duty, ...]] = {
    CheckKind.CAMERA_FOCUS: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.ZONE_MARKED: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.BLUE_LIST_PASS: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.CLOCKS_IN_SYNC: (Duty.ENGINEER, Duty.SILVER),
    CheckKind.SIGNAGE: (Duty.SILVER, Duty.ENGINEER, Duty.ENGAGEMENT),
    CheckKind.STAFFING: (Duty.SILVER,),
}


def twin(check: Callable[P, None]) -> Callable[P, bool]:
    """The boolean twin of a check."""

    def can(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            check(*args, **kwargs)
        except DomainError:
            return False
        return True

    return can


def check_role(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        raise NotPermitted(f"Only {one_of_roles(roles)} can do this.")


def check_reason(text: str, *, minimum: int = MIN_DECISION_REASON) -> None:
    """Written reasons are required; padding with white space does not make them longer."""
    if len(" ".join(text.split())) < minimum:
        raise RuleViolated(
            [f"Give written reasons of at least {minimum} characters."], code="reasons_missing"
        )


def check_passes(passes: int | None, *, rehearsal: bool) -> None:
    """Blue List passes are counted on rehearsals only: there is no Blue List on any other list."""
    if passes is not None and not rehearsal:
        raise RuleViolated(["Blue List passes are counted on rehearsals only."], code="passes")
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
    if authority.window_start <= now:
        reasons.append("The window must start in the future. Choose a later one.")
    earliest = earliest_start(notice_verified_at or now, force.notice_minimum_days)
    if authority.window_start < earliest:
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


def check_notice(*, verified_at: datetime | None, start: datetime, minimum_days: int) -> None:
    """The seven-day rule, domain.md §3: from the page being verified public, in London wall-clock terms."""
    if verified_at is None:
        raise RuleViolated([NOTICE_UNSEEN], code="no_notice")
    earliest = earliest_start(verified_at, minimum_days)
    if start < earliest:
        raise RuleViolated(
            [
                f"The notice has not been public for {minimum_days} days."
                f" Recognition may start from {say_moment(earliest)}."
            ],
            code="notice_short",
        )


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


def open_checks(checks: Collection[CheckData]) -> list[str]:
    """What stands between the checklist and a start, in words."""
    in_order = sorted(checks, key=lambda check: list(CheckKind).index(check.kind))
    return [_open_check(check) for check in in_order if not check.passed]


def _open_check(check: CheckData) -> str:
    if check.kind in COMPUTED_CHECKS:
        return COMPUTED_WORDS[check.kind]
    if check.recorded_at is None:
        return f"Check {CHECK_WORDS[check.kind]}, and record the result."
    return f"The check of {CHECK_WORDS[check.kind]} failed. Put it right and record it again."


class Preparation(Protocol):
    """What a start is decided on."""

    @property
    def force(self) -> ForceData: ...
    @property
    def duties(self) -> Collection[DutyData]: ...
    @property
    def checks(self) -> Collection[CheckData]: ...
    @property
    def grade(self) -> str | None: ...
    def lapsed(self, now: datetime) -> Collection[DutyData]: ...


@dataclass(frozen=True)
class StartFacts:
    """A preparation that is known already."""

    force: ForceData
    duties: tuple[DutyData, ...]
    checks: tuple[CheckData, ...]
    grade: str | None
    gone: tuple[DutyData, ...] = ()

    def lapsed(self, now: datetime) -> tuple[DutyData, ...]:
        return self.gone


def check_prepared(deployment: DeploymentData, facts: Preparation, *, now: datetime) -> None:
    """What READY promises: an accepted seal, a fitting pack, enough people, a complete checklist."""
    reasons = _unprepared(deployment, facts, now)
    if reasons:
        raise RuleViolated(reasons, code="not_prepared")


def check_start(deployment: DeploymentData, facts: Preparation, *, now: datetime) -> None:
    """Start and resume: invariant 1 and the seven-day rule, everything that is missing at once."""
    reasons = []
    authority = deployment.authority
    if not authority.window_start <= now < authority.window_end:
        reasons.append(_outside(authority, now))
    if deployment.approved_hash != authority.sha256():
        reasons.append("The approval is not of this authority as it stands. Somebody must look into that.")
    try:
        check_notice(
            verified_at=deployment.notice_verified_at, start=now, minimum_days=facts.force.notice_minimum_days
        )
    except RuleViolated as short:
        reasons += short.reasons
    reasons += _unprepared(deployment, facts, now)
    if reasons:
        raise RuleViolated(reasons, code="start_refused")


def _outside(authority: Authority, now: datetime) -> str:
    if now < authority.window_start:
        start = say_moment(authority.window_start)
        return f"Recognition may start from {start}: now is outside the authorised window."
    return f"The window ended on {say_moment(authority.window_end)}: now is outside the authorised window."


def _unprepared(deployment: DeploymentData, facts: Preparation, now: datetime) -> list[str]:
    reasons = unfit_for_grade(deployment.authority, facts.grade)
    if not seal_accepted(deployment):
        reasons.append("The sealed list has not been accepted. It waits for an authorising officer.")
    reasons += unstaffed(facts.duties, minimum=facts.force.minimum_staffing, lapsed=facts.lapsed(now))
    return reasons + open_checks(facts.checks)


def seal_accepted(deployment: DeploymentData) -> bool:
    return (
        deployment.watchlist_seal_hash is not None
        and deployment.accepted_seal_hash == deployment.watchlist_seal_hash
    )


def check_live(deployment: DeploymentData, *, grade: str | None, now: datetime) -> None:
    """Invariant 1, for every batch. Raises NotLive."""
    authority = deployment.authority
    if deployment.state is not DeploymentState.LIVE:
        raise NotLive(f"the deployment is {deployment.state}, not live")
    if now < authority.window_start:
        raise NotLive("the authorised window has not begun")
    if now >= authority.window_end:
        raise NotLive("the authorised window is over")
    # Hashed again from the content each time: a row that was changed underneath loses its approval at once.
    if deployment.approved_hash is None or deployment.approved_hash != authority.sha256():
        raise NotLive("the approval is not of this authority")
    if not seal_accepted(deployment):
        raise NotLive("the sealed list has not been accepted")
    unfit = unfit_for_grade(authority, grade)
    if unfit:
        raise NotLive(unfit[0])


can_reason = twin(check_reason)
can_take_duty = twin(check_duty)
can_submit = twin(check_submittable)
can_import = twin(check_import)
can_amend = twin(check_amendable)
can_prepare = twin(check_prepared)
can_start = twin(check_start)
can_run = twin(check_live)
