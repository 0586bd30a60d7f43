"""What a console needs beside the alerts themselves, gathered in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.alerts import queries
from apps.alerts.data import AlertData, AlertNews
from apps.alerts.models import AlertOutcome
from apps.alerts.policies import Case
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
    running list stands there on an old word."""

    deployment: DeploymentData
    duties: Sequence[DutyData]
    news: AlertNews
    cards: Mapping[UUID, SubjectCard]
    contradictions: Mapping[UUID, list[AlertOutcome]]
    camera_names: Mapping[UUID, str]
    suspension: LogEntry | None = None
    status_old: str = ""

    def case(self, alert: AlertData) -> Case:
        case = Case(
            alert=alert,
            deployment=self.deployment,
            duties=self.duties,
            decisions=self.news.decisions[alert.id],
            outcomes=self.news.outcomes[alert.id],
        )
        return replace(case, volunteer=queries.is_volunteer(case, self.cards.get(alert.subject_id)))


def console_news(*, deployment_id: UUID, after: int, now: datetime) -> ConsoleNews:
    """Raises NotFound for a deployment of another force."""
    deployment = deployments.get(deployment_id=deployment_id)
    news = queries.news_since(deployment_id=deployment_id, after=after)
    subject_ids = {alert.subject_id for alert in news.alerts}
    return ConsoleNews(
        deployment=deployment,
        duties=deployments.duties(deployment_id=deployment_id),
        news=news,
        cards=watchlists.subject_cards(subject_ids=subject_ids, now=now),
        contradictions=queries.contradictions(deployment_id=deployment_id, subject_ids=subject_ids),
        camera_names={camera.id: camera.name for camera in deployment.authority.cameras},
        suspension=_suspension(deployment),
        status_old=deployments.old_status_words(deployment, now=now),
    )


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
