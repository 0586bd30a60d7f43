"""The commander's board: one deployment on its day, without a face or a name of anybody listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.api import InState
from apps.alerts.data import AlertState, AlertSummary
from apps.core.data import Actor
from apps.core.wording import say_duration
from apps.deployments import api as deployments
from apps.deployments.data import (
    Action,
    CheckData,
    DecisionData,
    DeploymentData,
    DeploymentState,
    GapData,
    Step,
    WaitsFor,
)
from apps.desk.board_numbers import BoardRate, Outage, outages, rates
from apps.desk.board_people import OnDuty, people_on_duty
from apps.live import api as live
from apps.live.data import LiveHealth
from apps.scrutiny import api as scrutiny
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

GAPS_SHOWN = 10
SUSPEND = "suspend"
# Of two states an alert waits on the same step; in this order, as a page reads.
WAITS: Mapping[str, tuple[AlertState, ...]] = {
    "Wait for an operator": (AlertState.RAISED, AlertState.UNSURE),
    "Wait for engagement": (AlertState.DISPATCHED,),
    "Engaged, no outcome yet": (AlertState.ENGAGED,),
}


@dataclass(frozen=True)
class Waits:
    """Alerts that wait for one step, or for none any more; `oldest` says for how long the oldest has waited,
    empty where none does."""

    what: str
    count: int
    oldest: str = ""


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
    waiting: tuple[Waits, ...]
    # What everybody has to know now: a sentence each, the most urgent first.
    alarms: tuple[str, ...]
    rates: tuple[BoardRate, ...]
    # How many confirmed false alerts there are since an officer last answered for them.
    false_alerts: int
    outages: tuple[Outage, ...]
    checks: tuple[CheckData, ...]
    # Passed, and to be looked at again all the same.
    due_again: tuple[CheckData, ...]
    people: tuple[OnDuty, ...]
    # False while nobody can say who is at a console.
    knows_presence: bool
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

    @property
    def no_outcome(self) -> int:
        return self.waiting[-1].count

    @property
    def tiles(self) -> tuple[Waits, ...]:
        """Where every alert stands, each in one tile."""
        found, waiting = self.summary, self.waiting
        over = [
            Waits("Operator: not a match", found.operator_rejected),
            Waits("Right person, officer confirmed", found.confirmed_true),
            Waits("Wrong person, officer found", found.confirmed_false),
            Waits("Expired: no stop", found.expired),
        ]
        rest = found.alerts - sum(tile.count for tile in (*waiting, *over))
        over.append(Waits("Not engaged, or not located", rest))
        if found.volunteers:
            over.append(Waits("The Blue List, counted apart", found.volunteers))
        return (Waits("All alerts", found.alerts + found.volunteers), *waiting, *over)

    @property
    def stops_at(self) -> str:
        return deployments.STOPS_AT


def board(*, deployment_id: UUID, actor: Actor, now: datetime) -> Board:
    """Everything that a commander looks at, in a fixed number of queries. Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    gaps = deployments.gaps(deployment_id=deployment_id)
    stops = suspensions(deployments.decisions(deployment_id=deployment_id))
    checks = deployments.checklist(deployment_id=deployment_id)
    if not actor.reads_reasons:
        gaps, stops, checks = _without_names(deployment_id, gaps, stops, checks)
    health = live.health(deployment_id=deployment_id, now=now)
    found = alerts.by_state(deployment_id=deployment_id)
    summary = _as_seen(alerts.summary(deployment_id=deployment_id), found)
    there = alerts.present(deployment_id=deployment_id, now=now)
    cameras = {camera.id: camera.name for camera in deployment.authority.cameras}
    lapsed = deployments.lapsed_duties(deployment_id=deployment_id, now=now)
    return Board(
        deployment=deployment,
        waits=deployments.waits_for(deployment=deployment, now=now),
        actions=deployments.actions(deployment_id=deployment_id, actor=actor, now=now),
        health=health,
        summary=summary,
        waiting=_waiting(found, now),
        alarms=_alarms(deployment, health, there, now),
        rates=rates(summary, tracks=health.tracks),
        false_alerts=alerts.false_alerts(deployment_id=deployment_id, since=deployment.accuracy_from),
        outages=outages(gaps, cameras=cameras),
        checks=checks,
        due_again=deployments.due_again(deployment, checks),
        people=people_on_duty(deployments.duties(deployment_id=deployment_id), lapsed=lapsed, there=there),
        knows_presence=there is not None,
        gaps=tuple(reversed(gaps[-GAPS_SHOWN:])),
        gap_count=len(gaps),
        suspensions=stops,
        camera_names=cameras,
        cause=deployments.cause_words(deployment),
        signs_due=deployments.signs_due_words(deployment, now=now),
        status_old=deployments.old_status_words(deployment, now=now),
        watchlist=watchlists.get_for_deployment(deployment_id=deployment_id),
    )


def _as_seen(summary: AlertSummary, found: Mapping[AlertState, InState]) -> AlertSummary:
    """Decoys and the Blue List count as any other alert until they are answered: a figure of this page less
    another one would say to an operator which alert is none."""
    waiting = [found[state] for states in WAITS.values() for state in states if state in found]
    hidden = sum(each.uncounted for each in waiting)
    return replace(
        summary,
        alerts=summary.alerts + hidden,
        unresolved=summary.unresolved + hidden,
        volunteers=summary.volunteers - sum(each.volunteers for each in waiting),
    )


def _waiting(found: Mapping[AlertState, InState], now: datetime) -> tuple[Waits, ...]:
    waits = []
    for what, states in WAITS.items():
        here = [found[state] for state in states if state in found]
        since = min((each.oldest_at for each in here), default=None)
        oldest = "" if since is None else say_duration(now - since)
        waits.append(Waits(what, sum(each.count for each in here), oldest))
    return tuple(waits)


def _alarms(
    deployment: DeploymentData, health: LiveHealth, there: tuple[alerts.Present, ...] | None, now: datetime
) -> tuple[str, ...]:
    """Of alerts that wait for nobody first: of people the clock runs."""
    ids = [deployment.id]
    waits = [each.words for each in alerts.open_escalations(deployment_ids=ids).get(deployment.id, ())]
    engaged = alerts.open_engagements(deployment_ids=ids, now=now).get(deployment.id, ())
    overdue = [
        f"Alert {each.number}: an officer has been with somebody for {say_duration(now - each.engaged_at)}, "
        f"longer than the force expects; {'a stop goes on' if each.stop else 'no stop is recorded'}."
        for each in engaged
        if each.overdue
    ]
    copies = [each.words for each in alerts.hand_over_duties(now=now, deployment_ids=ids)]
    broken = [words for _, words in live.problems(health)]
    absent = alerts.nobody_words(there) if deployment.state is DeploymentState.LIVE else ""
    return (*waits, *overdue, *copies, *broken, *([absent] if absent else []))


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
        elif past.kind in deployments.ENDS_A_SUSPENSION and found and found[-1].until is None:
            found[-1] = replace(found[-1], until=past.decided_at)
    return tuple(reversed(found))
