"""What the page of the day shows, read once. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.data import Actor
from apps.deployments import facts, queries
from apps.deployments.data import (
    Action,
    CheckData,
    CheckKind,
    DecisionData,
    DeploymentData,
    DeploymentState,
    Duty,
    DutyData,
    Step,
    WaitsFor,
)
from apps.deployments.data_day import CameraStopData
from apps.deployments.pages import actions as gated
from apps.deployments.pages.blockers import Mending, mendings
from apps.deployments.pages.labels_day import cause_words
from apps.deployments.pages.status_age import old_status_words
from apps.deployments.rules import signs as sign_rules
from apps.deployments.rules.staffing import ON_DUTY
from apps.deployments.rules.states import RUNNING
from apps.deployments.rules.suspensions import ACCURACY
from apps.forces.data import ForceData


@dataclass(frozen=True)
class Stopped:
    """What stopped it, as a heading, and the entry of the log with who and why."""

    cause: str
    decision: DecisionData


@dataclass(frozen=True)
class RunPage:
    deployment: DeploymentData
    actions: Mapping[Step, Action]
    waits: WaitsFor
    # Everything that a start or a resumption would be refused for, whoever asks.
    blockers: tuple[str, ...]
    people: tuple[DutyData, ...]
    # Those of them who lost the role or have no current certificate for it: they count for nobody.
    lapsed: tuple[DutyData, ...]
    duty_refusals: Mapping[Duty, tuple[str, ...]]
    # While it is suspended: why, and the items that nobody looked at since.
    suspension: DecisionData | None
    unseen_since: tuple[CheckData, ...]
    # Live, and since recognition last began nobody has recorded whether the alert came.
    walk_is_due: bool
    # What stopped it, as a heading; and whether an authorising officer has to look into it.
    cause: str = ""
    for_officer: bool = False
    # A sentence when a sign has to be looked at again; empty otherwise.
    signs_due: str = ""
    # A sentence while somebody on the running list stands there on an old word; empty otherwise.
    status_old: str = ""
    # Cameras that fell silent and wait for somebody on duty.
    stops: tuple[CameraStopData, ...] = ()
    # The blockers again, each with who mends it and where.
    mendings: tuple[Mending, ...] = ()

    @property
    def on_duty(self) -> tuple[DutyData, ...]:
        return tuple(person for person in self.people if person.laid_down_at is None)

    @property
    def went_off(self) -> tuple[DutyData, ...]:
        return tuple(person for person in self.people if person.laid_down_at is not None)


def run_page(*, deployment_id: UUID, force: ForceData, actor: Actor, now: datetime) -> RunPage:
    """Raises NotFound."""
    deployment = queries.get(deployment_id=deployment_id)
    known = facts.of(deployment, force=force)
    suspension = _suspension(deployment, queries.decisions(deployment_id=deployment_id))
    blockers = facts.blockers_on(known=known, now=now)
    again = due_again(deployment, known.checks)
    return RunPage(
        deployment=deployment,
        actions=gated.actions_on(known=known, actor=actor, now=now),
        waits=gated.waits_on(known=known, now=now),
        blockers=tuple(blocker.words for blocker in blockers),
        mendings=mendings(blockers, deployment=deployment, actor=actor),
        people=tuple(person for person in known.duties if person.duty in ON_DUTY),
        lapsed=known.lapsed_now(now),
        duty_refusals=gated.duty_refusals_on(known=known, actor=actor),
        suspension=suspension,
        unseen_since=again if suspension is not None else (),
        walk_is_due=bool(again) and suspension is None,
        cause=cause_words(deployment),
        for_officer=deployment.suspended_for in ACCURACY,
        signs_due=signs_due_on(known=known, now=now),
        status_old=old_status_words(deployment, now=now, force=known.force),
        stops=open_stops(deployment),
    )


def stopped_by(deployment: DeploymentData) -> Stopped | None:
    """What suspended it, for a line on every page of the day; None, without a query, while it is not."""
    if deployment.state is not DeploymentState.SUSPENDED:
        return None
    found = _suspension(deployment, queries.decisions(deployment_id=deployment.id))
    return None if found is None else Stopped(cause_words(deployment), found)


def open_stops(deployment: DeploymentData) -> tuple[CameraStopData, ...]:
    """Only asked for while it runs."""
    if deployment.state not in RUNNING:
        return ()
    found = queries.camera_stops(deployment_id=deployment.id)
    return tuple(stop for stop in found if stop.released_at is None)


def signs_due_words(deployment: DeploymentData, *, now: datetime) -> str:
    """A sentence for everybody while it is live; empty when every sign was looked at in time."""
    if deployment.state is not DeploymentState.LIVE:
        return ""
    return signs_due_on(known=facts.of(deployment), now=now)


def signs_due_on(*, known: facts.DeploymentFacts, now: datetime) -> str:
    """The same, for a page that has the facts already."""
    if known.deployment.state is not DeploymentState.LIVE:
        return ""
    return sign_rules.due_words(known.signs_overdue(now), every=sign_rules.interval(known.force))


def _suspension(deployment: DeploymentData, log: Sequence[DecisionData]) -> DecisionData | None:
    if deployment.state is not DeploymentState.SUSPENDED:
        return None
    return [row for row in log if row.kind == Step.SUSPEND][-1]


def due_again(deployment: DeploymentData, checks: Sequence[CheckData]) -> tuple[CheckData, ...]:
    """Items that passed and have to be looked at again (domain.md §2, "repeated after a restart").

    While it is suspended: all that nobody recorded since. Live: the walk, after each start and resumption.
    Nobody can walk past before: until then the item only says that somebody is ready.
    """
    since = deployment.state_since or deployment.started_at
    if deployment.state not in RUNNING or since is None:
        return ()
    live = deployment.state is DeploymentState.LIVE
    return tuple(
        check
        for check in checks
        if check.passed
        and check.recorded_at is not None
        and check.recorded_at < since
        and (not live or check.kind is CheckKind.BLUE_LIST_PASS)
    )
