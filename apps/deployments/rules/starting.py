"""What a start asks for, all at once, and what recognition asks for in every batch (domain.md §2 and §3).

Nothing here reads the database or a clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

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
from apps.deployments.rules import signs
from apps.deployments.rules.assessments import AssessmentData, no_longer_assessed
from apps.deployments.rules.authority import unfit_for_grade
from apps.deployments.rules.blockers import About, Blocker, about, said
from apps.deployments.rules.conditions import ConditionData, open_conditions
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.staffing import staffing_blockers
from apps.deployments.rules.urgency import has_exception, unconfirmed
from apps.deployments.rules.words import CHECK_WORDS, COMPUTED_WORDS
from apps.forces.data import ForceData
from apps.watchlists.data import WatchlistData

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


def open_checks(checks: Collection[CheckData]) -> list[Blocker]:
    """What stands between the checklist and a start."""
    in_order = sorted(checks, key=lambda check: list(CheckKind).index(check.kind))
    return [Blocker(_open_check(check), About.CHECK, check.kind) for check in in_order if not check.passed]


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
    def assessments(self) -> Mapping[UUID, AssessmentData]: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def watchlist(self) -> WatchlistData | None: ...
    def lapsed(self, now: datetime) -> Collection[DutyData]: ...
    def signs_overdue(self, now: datetime) -> Collection[str]: ...


@dataclass(frozen=True)
class StartFacts:
    """A preparation that is known already."""

    force: ForceData
    duties: tuple[DutyData, ...]
    checks: tuple[CheckData, ...]
    grade: str | None
    gone: tuple[DutyData, ...] = ()
    conditions: tuple[ConditionData, ...] = ()
    signs_late: tuple[str, ...] = ()
    assessments: Mapping[UUID, AssessmentData] = field(default_factory=dict)
    watchlist: WatchlistData | None = None

    def lapsed(self, now: datetime) -> tuple[DutyData, ...]:
        return self.gone

    def signs_overdue(self, now: datetime) -> tuple[str, ...]:
        return self.signs_late


def check_prepared(deployment: DeploymentData, facts: Preparation, *, now: datetime) -> None:
    """What READY promises: an accepted seal, a fitting pack, enough people, a complete checklist."""
    missing = _unprepared(deployment, facts, now)
    if missing:
        raise RuleViolated(said(missing), code="not_prepared")


def check_start(deployment: DeploymentData, facts: Preparation, *, now: datetime) -> None:
    """Start and resume: invariant 1 and the seven-day rule, everything that is missing at once."""
    missing = start_blockers(deployment, facts, now=now)
    if missing:
        raise RuleViolated(said(missing), code="start_refused")


def start_blockers(deployment: DeploymentData, facts: Preparation, *, now: datetime) -> list[Blocker]:
    """Everything that a start or a resumption would be refused for, each with what it is about."""
    every = signs.interval(facts.force)
    return [
        *about(About.WINDOW, _out_of_time(deployment, now)),
        *about(About.APPROVAL, _not_approved(deployment)),
        *about(About.NOTICE, _notice_missing(deployment, facts.force, now)),
        *about(About.CONFIRMATION, unconfirmed(deployment, now)),
        *about(About.CONDITION, open_conditions(facts.conditions)),
        *about(About.ASSESSMENT, no_longer_assessed(deployment.authority, facts.assessments)),
        *_unprepared(deployment, facts, now),
        *about(About.STATUS, status_overdue(facts.watchlist, facts.force, now)),
        *about(About.SIGN, signs.reasons(facts.signs_overdue(now), every=every)),
    ]


def status_since(force: ForceData, now: datetime) -> datetime:
    """From when on a check of somebody's status still counts at `now`."""
    return now - timedelta(hours=force.status_valid_hours)


def status_overdue(watchlist: WatchlistData | None, force: ForceData, now: datetime) -> list[str]:
    """Nobody is looked for on an old word that they are wanted (domain.md §4)."""
    oldest = None if watchlist is None else watchlist.status_oldest_at
    if oldest is None or oldest >= status_since(force, now):
        return []
    return [
        f"Whether everybody on the list is still wanted was not checked within {_within(force)}: of somebody"
        f" it was checked on {say_moment(oldest)}. Check the status, or leave out who is not checked."
    ]


def _within(force: ForceData) -> str:
    return "an hour" if force.status_valid_hours == 1 else f"{force.status_valid_hours} hours"


def old_status_reason(people: int, oldest: datetime, force: ForceData) -> str:
    """For whoever works while it runs: nothing stops by itself, and nobody is to rely on the word."""
    whom = "1 person on the list is" if people == 1 else f"{people:,} people on the list are"
    return (
        f"Whether {whom} still wanted was not checked within {_within(force)}, the oldest check is of"
        f" {say_moment(oldest)}."
    )


def _out_of_time(deployment: DeploymentData, now: datetime) -> list[str]:
    authority = deployment.authority
    reasons = [] if authority.window_start <= now < authority.window_end else [_outside(authority, now)]
    if deployment.started_at is None and deployment.lapses_at <= now < authority.window_end:
        at = say_moment(deployment.lapses_at)
        reasons.append(f"It was to start before {at}. The approval lapsed then.")
    return reasons


def _not_approved(deployment: DeploymentData) -> list[str]:
    if deployment.approved_hash == deployment.authority.sha256():
        return []
    return ["The approval is not of this authority as it stands. Somebody must look into that."]


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


def _unprepared(deployment: DeploymentData, facts: Preparation, now: datetime) -> list[Blocker]:
    missing = about(About.PLAN, unfit_for_grade(deployment.authority, facts.grade))
    if not seal_accepted(deployment):
        missing.append(Blocker(_no_list(deployment), About.LIST))
    staffing = staffing_blockers(facts.duties, minimum=facts.force.minimum_staffing, lapsed=facts.lapsed(now))
    return missing + staffing + open_checks(facts.checks)


def _no_list(deployment: DeploymentData) -> str:
    if deployment.watchlist_seal_hash is None:
        return "No list is sealed yet. It waits for the planner."
    return "The sealed list has not been accepted. It waits for an authorising officer."


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
