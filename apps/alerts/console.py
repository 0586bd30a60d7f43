"""What a console needs beside the alerts themselves, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.core.paginator import Page

from apps.alerts import engagement_queries, presence, queries
from apps.alerts.data import MATCHED, OPEN_STATES, AlertData, AlertNews, EarlierCount
from apps.alerts.data import Step as AlertStep
from apps.alerts.engagement_data import EngagementData
from apps.alerts.escalation import OpenEscalation, open_escalations
from apps.alerts.handover import on_console
from apps.alerts.handover.data import HandOverData
from apps.alerts.models import Alert, AlertOutcome
from apps.alerts.policies import Case
from apps.alerts.presence import Present, Sign
from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.deployments.data import DecisionData as LogEntry
from apps.deployments.data import DeploymentData, DeploymentState, DutyData, Step
from apps.watchlists import api as watchlists
from apps.watchlists.data import SubjectCard

RUNNING = frozenset({DeploymentState.LIVE, DeploymentState.SUSPENDED})
SHOWN_AFTER_END = timedelta(hours=24)


@dataclass(frozen=True)
class ConsoleNews:
    """`cards` and `contradictions` are by subject; a subject whose list is purged has no card. `suspension`
    says who suspended the deployment and why, while it is suspended; `status_old` that somebody on the
    running list stands there on an old word; `there` who is at the console, None while nobody can say;
    `earlier` how many alerts are over, None where nothing changed."""

    deployment: DeploymentData
    duties: Sequence[DutyData]
    news: AlertNews
    cards: Mapping[UUID, SubjectCard]
    contradictions: Mapping[UUID, list[AlertOutcome]]
    camera_names: Mapping[UUID, str]
    suspension: LogEntry | None = None
    status_old: str = ""
    there: tuple[Present, ...] | None = None
    escalations: tuple[OpenEscalation, ...] = ()
    engagements: Mapping[UUID, EngagementData] = field(default_factory=dict)
    # Evidential copies that were asked for, by alert.
    copies: Mapping[UUID, HandOverData] = field(default_factory=dict)
    earlier: EarlierCount | None = None

    def case(self, alert: AlertData) -> Case:
        case = Case(
            alert=alert,
            deployment=self.deployment,
            duties=self.duties,
            decisions=self.news.decisions[alert.id],
            outcomes=self.news.outcomes[alert.id],
        )
        engagement = self.engagements.get(alert.id)
        return replace(
            case,
            volunteer=queries.is_volunteer(case, self.cards.get(alert.subject_id)),
            located=engagement is not None and engagement.located,
        )


def console_news(
    *,
    deployment_id: UUID,
    after: int,
    actor: Actor,
    now: datetime,
    away: bool = False,
    opened: UUID | None = None,
) -> ConsoleNews:
    """Raises NotFound for a deployment of another force. That `actor` asks is their sign of presence; `away`:
    their page asks, and is covered or hidden because nobody uses it, so that nobody is there to decide.
    `opened`: an alert that is over and is wanted all the same, asked for with the first news only."""
    deployment = deployments.get(deployment_id=deployment_id)
    duties = deployments.duties(deployment_id=deployment_id)
    sign = Sign.COVERED if away else Sign.CONSOLE
    there = _beat(deployment, duties, actor=actor, now=now, sign=sign)
    news = (
        queries.news_since(deployment_id=deployment_id, after=after)
        if after
        else queries.first_news(deployment_id=deployment_id, opened=opened)
    )
    return replace(
        _about(deployment, duties, news, now),
        suspension=_suspension(deployment),
        status_old=deployments.old_status_words(deployment, now=now),
        there=there,
        escalations=_escalations(deployment),
        # It changes only when one is over.
        earlier=queries.earlier_count(deployment_id=deployment_id) if _anything_over(news, after) else None,
    )


def _anything_over(news: AlertNews, after: int) -> bool:
    return bool(news.alerts) and (not after or any(alert.state not in OPEN_STATES for alert in news.alerts))


def at_work(*, deployment_id: UUID, actor: Actor, now: datetime) -> None:
    """They fill in a page of an alert, which hides the console: that is presence too. Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    duties = deployments.duties(deployment_id=deployment_id)
    _beat(deployment, duties, actor=actor, now=now, sign=Sign.BESIDE)


def _beat(
    deployment: DeploymentData, duties: Sequence[DutyData], *, actor: Actor, now: datetime, sign: Sign
) -> tuple[Present, ...] | None:
    steps = presence.steps_of(actor=actor, deployment=deployment, duties=duties)
    trained = partial(_is_trained, deployment.id, actor)
    return presence.beat(
        deployment_id=deployment.id, actor=actor, steps=steps, trained=trained, now=now, sign=sign
    )


def earlier_alerts(*, deployment_id: UUID, page: str, now: datetime) -> tuple[Page[Alert], ConsoleNews]:
    """A page of the alerts of a deployment that are over. Raises NotFound as `console_news`."""
    deployment = deployments.get(deployment_id=deployment_id)
    duties = deployments.duties(deployment_id=deployment_id)
    found, news = queries.earlier(deployment_id=deployment_id, page=page)
    return found, _about(deployment, duties, news, now)


def _about(
    deployment: DeploymentData, duties: Sequence[DutyData], news: AlertNews, now: datetime
) -> ConsoleNews:
    subject_ids = {alert.subject_id for alert in news.alerts}
    return ConsoleNews(
        deployment=deployment,
        duties=duties,
        news=news,
        cards=watchlists.subject_cards(subject_ids=subject_ids, now=now),
        contradictions=queries.contradictions(deployment_id=deployment.id, subject_ids=subject_ids),
        camera_names={camera.id: camera.name for camera in deployment.authority.cameras},
        engagements=engagement_queries.engagements_of(alert_ids=_matched(news)),
        copies=on_console.copies_of(news),
    )


def _is_trained(deployment_id: UUID, actor: Actor, step: AlertStep) -> bool:
    _, duty = presence.STEP_ROLES[step]
    return deployments.can_take_duty(deployment_id=deployment_id, duty=duty, actor=actor)


def _matched(news: AlertNews) -> list[UUID]:
    """Only those can have been engaged on: while all wait for an operator, it costs no query."""
    return [alert.id for alert in news.alerts if alert.state in MATCHED]


def _escalations(deployment: DeploymentData) -> tuple[OpenEscalation, ...]:
    """Also where each step has somebody: an "unsure" waits for another operator than the one who is there."""
    if deployment.state not in RUNNING:
        return ()
    return open_escalations(deployment_ids=[deployment.id])[deployment.id]


def _suspension(deployment: DeploymentData) -> LogEntry | None:
    """The latest one, asked for only while it holds: a running console costs no query more."""
    if deployment.state is not DeploymentState.SUSPENDED:
        return None
    log = deployments.decisions(deployment_id=deployment.id)
    return next((entry for entry in reversed(log) if entry.kind == Step.SUSPEND), None)


def open_consoles(*, now: datetime) -> list[DeploymentData]:
    """Deployments whose alerts may still want somebody: running, or ended within the last day."""
    return [
        deployment
        for deployment in deployments.list_for_force()
        if deployment.state in RUNNING
        or (deployment.ended_at is not None and now - deployment.ended_at < SHOWN_AFTER_END)
    ]
