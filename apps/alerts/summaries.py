"""The alert columns of many deployments at once, and when the last of their pictures has to be gone."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from apps.alerts.data import AlertState, AlertSummary, EngagementDecision, Outcome
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.alerts.queries import Counted, summarise


def summaries(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, AlertSummary]:
    """`summary` of each deployment, in three queries however many there are. Needs an open force context."""
    outcomes: dict[UUID, set[Outcome]] = defaultdict(set)
    recorded = AlertOutcome.objects.filter(alert__deployment_id__in=deployment_ids)
    for alert_id, outcome in recorded.values_list("alert_id", "outcome"):
        outcomes[alert_id].add(Outcome(outcome))
    alerts: dict[UUID, list[Counted]] = defaultdict(list)
    rows = Alert.objects.filter(deployment_id__in=deployment_ids, decoy=False)
    for deployment_id, alert_id, state, purged_at, apart in rows.values_list(
        "deployment_id", "id", "state", "purged_at", "counted_apart"
    ):
        alerts[deployment_id].append(
            Counted(AlertState(state), outcomes[alert_id], apart, purged_at is not None)
        )
    engaged = Decision.objects.filter(
        alert__deployment_id__in=deployment_ids, alert__counted_apart=False, value=EngagementDecision.ENGAGE
    )
    engagements = Tally(engaged.values_list("alert__deployment_id", flat=True))
    return {
        deployment_id: summarise(
            deployment_id=deployment_id,
            alerts=alerts[deployment_id],
            engagements=engagements[deployment_id],
        )
        for deployment_id in deployment_ids
    }


def last_deadline(*, deployment_id: UUID) -> datetime | None:
    """When the last alert of a deployment has to be purged; None when there was no alert."""
    last: datetime | None = Alert.objects.filter(deployment_id=deployment_id).aggregate(
        last=Max("purge_due_at")
    )["last"]
    return last
