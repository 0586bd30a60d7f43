"""What a start asks for, all at once, and what recognition asks for in every batch (domain.md §2 and §3).

Nothing here reads the database or a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.core.errors import RuleViolated
from apps.core.wording import say_moment
from apps.deployments.data import (
    COMPUTED_CHECKS,
    Authority,
    CheckData,
    CheckKind,
    DeploymentData,
    DeploymentState,
    DutyData,
    NotLive,
)
from apps.deployments.rules.authority import unfit_for_grade
from apps.deployments.rules.conditions import ConditionData, open_conditions
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.staffing import unstaffed
from apps.deployments.rules.urgency import has_exception, unconfirmed
from apps.deployments.rules.words import CHECK_WORDS, COMPUTED_WORDS
from apps.forces.data import ForceData

NOTICE_UNSEEN = (
    "The notice has not been verified as publicly available yet. The platform checks it by itself."
)
NOTICE_UNPUBLISHED = "The notice is not out yet. It publishes itself after the approval."


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
    def conditions(self) -> Collection[ConditionData]: ...
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
    conditions: tuple[ConditionData, ...] = ()

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
    if deployment.started_at is None and deployment.lapses_at <= now < authority.window_end:
        at = say_moment(deployment.lapses_at)
        reasons.append(f"It was to start before {at}. The approval lapsed then.")
    reasons += _notice_missing(deployment, facts.force, now)
    reasons += unconfirmed(deployment, now)
    reasons += open_conditions(facts.conditions)
    reasons += _unprepared(deployment, facts, now)
    if reasons:
        raise RuleViolated(reasons, code="start_refused")


def _notice_missing(deployment: DeploymentData, force: ForceData, now: datetime) -> Sequence[str]:
    """The seven-day rule; an urgent exception needs a notice that is out, and no minimum (domain.md §3)."""
    if has_exception(deployment.authority):
        return () if deployment.notice_published_at is not None else (NOTICE_UNPUBLISHED,)
    try:
        check_notice(
            verified_at=deployment.notice_verified_at, start=now, minimum_days=force.notice_minimum_days
        )
    except RuleViolated as short:
        return short.reasons
    return ()


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
    unfit = unfit_for_grade(authority, grade) or unconfirmed(deployment, now)
    if unfit:
        raise NotLive(unfit[0])
