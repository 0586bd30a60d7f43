"""Approvals that were given as urgent, for whoever looks into how often that happens. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.errors import RuleViolated
from apps.deployments import queries
from apps.deployments.data import Authority, DecisionData, DeploymentData
from apps.deployments.documents.document import CONFIRMATIONS
from apps.deployments.models import AuthorityRevision, DeploymentDecision
from apps.deployments.rules.urgency import CONFIRMABLE

# On one page; a force that gives more in a period looks at a shorter one.
MOST = 1000


@dataclass(frozen=True)
class UrgentApproval:
    """One approval of a text with urgent grounds. `authority` is that text; `answer` confirmed it or refused
    it afterwards; `is_latest`: no later approval of the same deployment took its place. `over_at`: when the
    approval ended for good, so that nobody can confirm it any more; None while somebody still can."""

    deployment: DeploymentData
    authority: Authority
    decision: DecisionData
    answer: DecisionData | None
    is_latest: bool
    over_at: datetime | None


def urgent_approvals(*, start: datetime, end: datetime) -> tuple[UrgentApproval, ...]:
    """Those given from `start` to before `end` in the open force, the first one first. Three queries.

    What was approved counts, not what the plan became: a plan that is urgent no more was an exception once.
    Raises RuleViolated for more than a page holds.
    """
    given = _approvals(start, end)
    ids = {row.deployment_id for row in given}
    texts = {
        (row.deployment_id, row.content_hash): row.content
        for row in AuthorityRevision.objects.filter(deployment_id__in=ids)
    }
    urgent = [
        row for row in given if texts.get((row.deployment_id, row.content_hash), {}).get("urgent_grounds")
    ]
    if len(urgent) > MOST:
        raise RuleViolated([f"There are more than {MOST:,} in this time. Choose a shorter one."], code="many")
    deployments = {row.id: queries.as_data(row) for row in queries.rows().filter(id__in=ids)}
    logs = _logs(ids)
    return tuple(
        _approval(
            deployments[row.deployment_id],
            Authority.from_canonical(texts[row.deployment_id, row.content_hash]),
            row,
            logs[row.deployment_id],
        )
        for row in urgent
    )


def approvals_count(*, start: datetime, end: datetime) -> int:
    """Every approval of the open force in that time, urgent or not."""
    queries.rows()
    return DeploymentDecision.objects.filter(
        kind="approve", decided_at__gte=start, decided_at__lt=end
    ).count()


def _approvals(start: datetime, end: datetime) -> list[DeploymentDecision]:
    """Only of deployments that ever were urgent, so that a year of ordinary ones is not read for nothing."""
    queries.rows()
    ever = AuthorityRevision.objects.exclude(content__urgent_grounds="").filter(
        content__has_key="urgent_grounds"
    )
    found = DeploymentDecision.objects.filter(
        kind="approve",
        decided_at__gte=start,
        decided_at__lt=end,
        deployment_id__in=ever.values("deployment_id"),
    )
    return list(found.order_by("decided_at", "id"))


def _logs(ids: set[UUID]) -> dict[UUID, list[DeploymentDecision]]:
    logs: defaultdict[UUID, list[DeploymentDecision]] = defaultdict(list)
    wanted = DeploymentDecision.objects.filter(
        deployment_id__in=ids, kind__in=["approve", *sorted(CONFIRMATIONS)]
    )
    for row in wanted.order_by("decided_at"):
        logs[row.deployment_id].append(row)
    return logs


def _approval(
    deployment: DeploymentData, authority: Authority, row: DeploymentDecision, log: list[DeploymentDecision]
) -> UrgentApproval:
    later = [each for each in log if each.decided_at >= row.decided_at and each.id != row.id]
    next_approval = next((each.decided_at for each in later if each.kind == "approve"), None)
    answers = [
        each
        for each in later
        if each.kind in CONFIRMATIONS and (next_approval is None or each.decided_at < next_approval)
    ]
    return UrgentApproval(
        deployment=deployment,
        authority=authority,
        decision=queries.as_decision(row),
        answer=queries.as_decision(answers[-1]) if answers else None,
        is_latest=next_approval is None,
        over_at=_over_at(deployment),
    )


def _over_at(deployment: DeploymentData) -> datetime | None:
    if deployment.state in CONFIRMABLE:
        return None
    return deployment.ended_at or deployment.state_since
