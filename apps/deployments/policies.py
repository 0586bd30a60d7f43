"""The rules of a deployment. Each `check_*` raises and lists everything that is missing at once; `can_*` is
its boolean twin, so that a button and its enforcement share one rule. Nothing here reads the database or a
clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ParamSpec
from uuid import UUID

from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
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
from apps.deployments.states import CHECKING, RUNNING
from apps.forces.data import ForceData

P = ParamSpec("P")

# A stop must never wait for an essay; a decision about people's rights must be more than "ok".
MIN_DECISION_REASON = 20
MIN_SHORT_REASON = 5
# The engine's quality score, 0 to 1, of a picture that only just passes its limits for enrolment.
MIN_ENROLMENT_QUALITY = 0.3

# domain.md §1: "must never be able to do". Pairs are looked up both ways round.
INCOMPATIBLE = frozenset(
    frozenset(pair)
    for pair in (
        (Duty.AUTHORISING, Duty.PLANNER),
        (Duty.AUTHORISING, Duty.SILVER),
        (Duty.AUTHORISING, Duty.OPERATOR),
        (Duty.AUTHORISING, Duty.ENGAGEMENT),
        (Duty.AUTHORISING, Duty.ENGINEER),
        (Duty.SILVER, Duty.PLANNER),
        (Duty.SILVER, Duty.OPERATOR),
        (Duty.ENGINEER, Duty.OPERATOR),
        (Duty.ENGINEER, Duty.ENGAGEMENT),
    )
)

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
        raise NotPermitted("this is for: " + ", ".join(sorted(role.replace("_", " ") for role in roles)))


def check_reason(text: str, *, minimum: int = MIN_DECISION_REASON) -> None:
    """Written reasons are required; padding with white space does not make them longer."""
    if len(" ".join(text.split())) < minimum:
        raise RuleViolated([f"give written reasons of at least {minimum} characters"], code="reasons_missing")


def check_duty(duties: Iterable[DutyData], *, actor: Actor, duty: Duty) -> None:
    """Separation of duties by what people *did* on this deployment, whatever roles they hold."""
    if actor.id is None:
        return
    for past in duties:
        if past.actor_id == actor.id and frozenset({past.duty, duty}) in INCOMPATIBLE:
            raise NotPermitted(
                f"who acted as {past.duty} on this deployment cannot act as {duty} on it",
                code="duties_separated",
            )


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
        reasons.append("the window must start in the future")
    earliest = earliest_start(notice_verified_at or now, force.notice_minimum_days)
    if authority.window_start < earliest:
        reasons.append(
            f"the public must have {force.notice_minimum_days} days' notice: "
            f"the window cannot start before {_said(earliest)}"
        )
    if reasons:
        raise RuleViolated(reasons, code="not_submittable")


def check_hash(*, seen: str, current: str) -> None:
    """An approval is of the content that was read (invariant 6)."""
    if seen != current:
        raise RuleViolated(["the authority changed after you opened it: read it again"], code="hash_differs")


def check_notice(*, verified_at: datetime | None, start: datetime, minimum_days: int) -> None:
    """The seven-day rule, domain.md §3: from the page being verified public, in London wall-clock terms."""
    if verified_at is None:
        raise RuleViolated(["the notice has not been verified as publicly available"], code="no_notice")
    earliest = earliest_start(verified_at, minimum_days)
    if start < earliest:
        raise RuleViolated(
            [f"the notice has not been public for {minimum_days} days: not before {_said(earliest)}"],
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
        reasons.append(f"a list is imported after the notice and before the seal; it is {deployment.state}")
    opens = deployment.authority.window_start - timedelta(hours=force.list_window_hours)
    if now < opens:
        reasons.append(f"a list may be imported from {_said(opens)}: {force.list_window_hours} hours before")
    if now >= deployment.authority.window_end:
        reasons.append("the authorised window is over")
    if reasons:
        raise RuleViolated(reasons, code="import_refused")


def check_amendable(deployment: DeploymentData, amendment: Amendment, *, force: ForceData) -> None:
    """What an approved authority may still become (domain.md §2 and §7)."""
    reasons = []
    if amendment.is_nothing:
        reasons.append("nothing was changed")
    if deployment.state in RUNNING and amendment.is_widening:
        reasons.append("recognition has begun: only narrowing is possible; end the deployment instead")
    if deployment.state in RUNNING and "threshold" in amendment.narrowed:
        reasons.append("the threshold is locked while the deployment is live")
    if deployment.watchlist_id is not None and not amendment.is_widening:
        # The list was checked against the criteria as they were; a narrower rule would make it unlawful.
        reasons += [
            f"the list is already imported under wider {field}: cancel, or remove people from it"
            for field in ("categories", "max_subjects")
            if field in amendment.narrowed
        ]
    if reasons:
        raise RuleViolated(reasons, code="not_amendable")


def check_check(kind: CheckKind, *, state: DeploymentState, actor: Actor) -> Duty | None:
    """Whether `actor` may record a checklist item, and as which duty (None for the platform itself)."""
    if kind in COMPUTED_CHECKS:
        raise RuleViolated([f"{kind.replace('_', ' ')} is worked out, not ticked"], code="computed_check")
    if state not in CHECKING:
        raise RuleViolated([f"the checklist opens with the sealed list; it is {state}"], code="state")
    if actor.is_system and kind is CheckKind.CLOCKS_IN_SYNC:
        return None
    for duty in CHECK_DUTIES[kind]:
        if actor.has(*DUTY_ROLES[duty]):
            return duty
    raise NotPermitted(f"{kind.replace('_', ' ')} is recorded by: {', '.join(CHECK_DUTIES[kind])}")


def open_checks(checks: Collection[CheckData]) -> list[str]:
    """What stands between the checklist and a start, in words."""
    reasons = []
    for check in sorted(checks, key=lambda check: list(CheckKind).index(check.kind)):
        if not check.passed:
            what = "failed" if check.computed or check.recorded_at else "not done"
            reasons.append(f"checklist: {check.kind.replace('_', ' ')} {what}")
    return reasons


@dataclass(frozen=True)
class StartFacts:
    """What a start is decided on, in one place so that it can be shown before the button is pressed."""

    force: ForceData
    checks: tuple[CheckData, ...]
    grade: str | None


def check_prepared(deployment: DeploymentData, facts: StartFacts) -> None:
    """What READY promises: an accepted seal, a fitting pack, a complete checklist."""
    reasons = _unprepared(deployment, facts)
    if reasons:
        raise RuleViolated(reasons, code="not_prepared")


def check_start(deployment: DeploymentData, facts: StartFacts, *, now: datetime) -> None:
    """Start and resume: invariant 1 and the seven-day rule, everything that is missing at once."""
    reasons = []
    authority = deployment.authority
    if not authority.window_start <= now < authority.window_end:
        reasons.append(
            f"outside the authorised window: {_said(authority.window_start)} to {_said(authority.window_end)}"
        )
    if deployment.approved_hash != authority.sha256():
        reasons.append("the approval is not of this authority")
    try:
        check_notice(
            verified_at=deployment.notice_verified_at, start=now, minimum_days=facts.force.notice_minimum_days
        )
    except RuleViolated as short:
        reasons += short.reasons
    reasons += _unprepared(deployment, facts)
    if reasons:
        raise RuleViolated(reasons, code="start_refused")


def _unprepared(deployment: DeploymentData, facts: StartFacts) -> list[str]:
    reasons = unfit_for_grade(deployment.authority, facts.grade)
    if not seal_accepted(deployment):
        reasons.append("the sealed list has not been accepted by an authorising officer")
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


def _said(instant: datetime) -> str:
    local = london(instant)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"


can_reason = twin(check_reason)
can_take_duty = twin(check_duty)
can_submit = twin(check_submittable)
can_import = twin(check_import)
can_amend = twin(check_amendable)
can_prepare = twin(check_prepared)
can_start = twin(check_start)
can_run = twin(check_live)
