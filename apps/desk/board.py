"""The commander's board: one deployment on its day, without a face or a name of anybody listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.data import AlertSummary, Waiting
from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.deployments.data import (
    Action,
    CheckData,
    DecisionData,
    DeploymentData,
    DutyData,
    GapData,
    Step,
    WaitsFor,
)
from apps.live import api as live
from apps.live.data import LiveHealth
from apps.scrutiny import api as scrutiny
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

GAPS_SHOWN = 10
SUSPEND = "suspend"
NOBODY_WAITS = Waiting(0, 0, 0)


@dataclass(frozen=True)
class Suspension:
    """A time in which somebody had stopped recognition, and why. `until` is None while it lasts."""

    since: datetime
    until: datetime | None
    by: str
    reason: str


@dataclass(frozen=True)
class Board:
    deployment: DeploymentData
    waits: WaitsFor
    actions: Mapping[Step, Action]
    health: LiveHealth
    summary: AlertSummary
    waiting: Waiting
    checks: tuple[CheckData, ...]
    duties: tuple[DutyData, ...]
    # Those of them who lost the role or have no current certificate for it.
    lapsed: tuple[DutyData, ...]
    gaps: tuple[GapData, ...]
    gap_count: int
    suspensions: tuple[Suspension, ...]
    camera_names: Mapping[UUID, str]
    # What stopped it, as a heading, and which signs have to be looked at again; empty otherwise.
    cause: str
    signs_due: str
    # A sentence while somebody on the running list stands there on an old word; empty otherwise.
    status_old: str
    watchlist: WatchlistData | None

    @property
    def open_checks(self) -> tuple[CheckData, ...]:
        return tuple(check for check in self.checks if not check.passed)


def board(*, deployment_id: UUID, actor: Actor, now: datetime) -> Board:
    """Everything that a commander looks at, in a fixed number of queries. Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    gaps = deployments.gaps(deployment_id=deployment_id)
    stops = suspensions(deployments.decisions(deployment_id=deployment_id))
    checks = deployments.checklist(deployment_id=deployment_id)
    if not actor.reads_reasons:
        gaps, stops, checks = _without_names(deployment_id, gaps, stops, checks)
    counted = alerts.waiting(deployment_ids=[deployment_id])
    return Board(
        deployment=deployment,
        waits=deployments.waits_for(deployment=deployment, now=now),
        actions=deployments.actions(deployment_id=deployment_id, actor=actor, now=now),
        health=live.health(deployment_id=deployment_id, now=now),
        summary=alerts.summary(deployment_id=deployment_id),
        waiting=counted.get(deployment_id, NOBODY_WAITS),
        checks=checks,
        duties=tuple(deployments.duties(deployment_id=deployment_id)),
        lapsed=deployments.lapsed_duties(deployment_id=deployment_id, now=now),
        gaps=tuple(reversed(gaps[-GAPS_SHOWN:])),
        gap_count=len(gaps),
        suspensions=stops,
        camera_names={camera.id: camera.name for camera in deployment.authority.cameras},
        cause=deployments.cause_words(deployment),
        signs_due=deployments.signs_due_words(deployment, now=now),
        status_old=deployments.old_status_words(deployment, now=now),
        watchlist=watchlists.get_for_deployment(deployment_id=deployment_id),
    )


def _without_names(
    deployment_id: UUID,
    gaps: Sequence[GapData],
    stops: Sequence[Suspension],
    checks: Sequence[CheckData],
) -> tuple[list[GapData], tuple[Suspension, ...], tuple[CheckData, ...]]:
    """For whoever reads no reasons (Actor.reads_reasons): what people wrote, redacted."""
    written = [*(gap.reason for gap in gaps), *(stop.reason for stop in stops), *(c.note for c in checks)]
    told = iter(scrutiny.redacted(deployment_id=deployment_id, texts=written))
    return (
        [replace(gap, reason=next(told)) for gap in gaps],
        tuple(replace(stop, reason=next(told)) for stop in stops),
        tuple(replace(check, note=next(told)) for check in checks),
    )


def suspensions(log: Sequence[DecisionData]) -> tuple[Suspension, ...]:
    """The decision log, oldest first, read for when recognition was stopped; the latest suspension first."""
    found: list[Suspension] = []
    for past in log:
        if past.kind == SUSPEND:
            by = past.actor_label if past.actor_id else "the platform itself"
            found.append(Suspension(past.decided_at, None, by, past.reasons))
        elif found and found[-1].until is None:
            found[-1] = replace(found[-1], until=past.decided_at)
    return tuple(reversed(found))
