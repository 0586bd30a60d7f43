"""What the page of one deployment and the list of them show. Reads only, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.area import Area
from apps.core.data import Actor
from apps.deployments import facts, queries
from apps.deployments.data import (
    Action,
    DecisionData,
    DeploymentData,
    DeploymentPage,
    DeploymentState,
    RevisionData,
    Step,
    WaitsFor,
)
from apps.deployments.documents.before import ending
from apps.deployments.documents.drawing import draw_on_map
from apps.deployments.pages import actions as gated
from apps.deployments.pages import lists as pages
from apps.deployments.pages.history import HistoryEntry, changed, history
from apps.deployments.pages.status_age import old_status_words
from apps.deployments.pages.turns import barred_words, is_turn_of, turns_of
from apps.deployments.planning.plans import CopyNote, copy_note
from apps.deployments.rules.lifecycle import CALLED_OFF, LifecycleStep, current, lifecycle
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.states import APPROVED_BEFORE_START, BEFORE_APPROVAL, RUNNING
from apps.deployments.rules.waiting import decide_by
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

# (key, words, states); None is every state.
GROUPS: tuple[tuple[str, str, frozenset[DeploymentState] | None], ...] = (
    ("all", "All", None),
    ("waiting", "Being planned or decided", BEFORE_APPROVAL),
    ("coming", "Coming", APPROVED_BEFORE_START),
    ("running", "Running", RUNNING),
    ("past", "Past", frozenset(DeploymentState) - BEFORE_APPROVAL - APPROVED_BEFORE_START - RUNNING),
)
MINE = "mine"


@dataclass(frozen=True)
class Overview:
    deployment: DeploymentData
    actions: Mapping[Step, Action]
    waits: WaitsFor
    is_turn: bool
    # Why it is not the turn of somebody who holds the awaited role.
    barred: str
    steps: tuple[LifecycleStep, ...]
    history: tuple[HistoryEntry, ...]
    # Why an officer sent it back, while it is with the planner.
    returned: DecisionData | None
    # The decision that called it off, and why.
    ending: DecisionData | None
    watchlist: WatchlistData | None
    # A sentence while somebody on the running list stands there on an old word; empty otherwise.
    status_old: str
    # Whether an approval of it has, or had, conditions.
    conditions: bool
    drawing: Area | None
    # One of them: until when the notice must be public, or from when on it allows a start.
    notice_due: datetime | None
    allows_start: datetime | None


@dataclass(frozen=True)
class Versions:
    """The whole authority with the chain of its versions, the newest first."""

    deployment: DeploymentData
    drawing: Area | None
    revisions: tuple[tuple[RevisionData, str], ...]
    copy: CopyNote | None


@dataclass(frozen=True)
class Listed:
    deployment: DeploymentData
    waits: WaitsFor
    is_turn: bool
    is_late: bool


@dataclass(frozen=True)
class ListPage:
    rows: tuple[Listed, ...]
    page: DeploymentPage


def overview(*, deployment_id: UUID, force: ForceData, actor: Actor, now: datetime) -> Overview:
    """Raises NotFound."""
    deployment = queries.get(deployment_id=deployment_id)
    watchlist = watchlists.get_for_deployment(deployment_id=deployment_id)
    known = facts.of(deployment, force=force)
    rules = known.force
    days = rules.notice_minimum_days
    decisions = queries.decisions(deployment_id=deployment_id)
    still_to_come = deployment.state in APPROVED_BEFORE_START | BEFORE_APPROVAL
    waits_for_notice = deployment.notice_verified_at is None and still_to_come
    can, waits = gated.actions_on(known=known, actor=actor, now=now), gated.waits_on(known=known, now=now)
    mine = is_turn_of(actor, deployment=deployment, waits=waits, actions=can)
    return Overview(
        deployment=deployment,
        actions=can,
        waits=waits,
        is_turn=mine,
        barred="" if mine else barred_words(known=known, waits=waits, actor=actor),
        steps=lifecycle(deployment, force=rules, watchlist=watchlist),
        history=history(decisions, queries.revisions(deployment_id=deployment_id)),
        returned=queries.last_return(deployment, decisions),
        ending=ending(decisions, since=deployment.created_at) if deployment.state in CALLED_OFF else None,
        watchlist=current(deployment, watchlist),
        status_old=old_status_words(deployment, now=now, force=rules),
        conditions=bool(known.conditions),
        drawing=draw_on_map(deployment.authority.polygon),
        notice_due=decide_by(deployment, rules) if waits_for_notice else None,
        allows_start=_allows_start(deployment, days),
    )


def _allows_start(deployment: DeploymentData, days: int) -> datetime | None:
    """What is over allows nothing."""
    verified = deployment.notice_verified_at
    if verified is None or deployment.state in CALLED_OFF:
        return None
    return earliest_start(verified, days)


def returned(deployment: DeploymentData) -> DecisionData | None:
    """The officer's decision that sent a plan back, while it is with the planner. One query at most."""
    if deployment.state is not DeploymentState.RETURNED:
        return None
    return queries.last_return(deployment, queries.decisions(deployment_id=deployment.id))


def versions(*, deployment_id: UUID) -> Versions:
    """Raises NotFound."""
    deployment = queries.get(deployment_id=deployment_id)
    chain = queries.revisions(deployment_id=deployment_id)
    return Versions(
        deployment=deployment,
        drawing=draw_on_map(deployment.authority.polygon),
        revisions=tuple((row, changed(row)) for row in reversed(chain)),
        copy=copy_note(deployment=deployment),
    )


def listed(
    *,
    group: str,
    search: str,
    before: str | None,
    after: str | None,
    actor: Actor,
    now: datetime,
) -> ListPage:
    """A page of the list; an unknown group is all of them. Three queries, however many there are."""
    page = pages.list_page(
        states=next((states for key, _, states in GROUPS if key == group), None),
        planner_id=actor.id if group == MINE else None,
        search=search,
        before=before,
        after=after,
        # What comes next is read from the nearest day on, what is over from the last day back.
        soonest_first=group == "coming",
    )
    turns = turns_of(deployments=page.items, actor=actor, now=now)
    return ListPage(
        rows=tuple(
            Listed(
                deployment=deployment,
                waits=turns[deployment.id].waits,
                is_turn=turns[deployment.id].is_mine,
                is_late=turns[deployment.id].waits.is_late(now),
            )
            for deployment in page.items
        ),
        page=page,
    )
