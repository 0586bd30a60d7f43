"""The alert columns of many deployments at once, and when the last of their pictures has to be gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, OuterRef, Q

from apps.alerts.data import AlertState, AlertSummary, EngagementDecision, Outcome
from apps.alerts.models import Alert, AlertOutcome, Decision
from apps.alerts.queries import Counted, summarise

CHUNK = 2_000


def summaries(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, AlertSummary]:
    """`summary` of each deployment, in two queries however many there are, and without a row for each alert:
    the database counts those that came to the same. Needs an open force context."""
    engaged = Decision.objects.filter(
        alert__deployment_id__in=deployment_ids, alert__counted_apart=False, value=EngagementDecision.ENGAGE
    )
    by_deployment = engaged.order_by().values_list("alert__deployment_id").annotate(Count("id"))
    engagements: dict[UUID, int] = dict(by_deployment)
    found = {
        deployment_id: summarise(
            deployment_id=deployment_id,
            alerts=[each for *same, number in groups for each in repeat(_counted(*same), number)],
            engagements=engagements.get(deployment_id, 0),
        )
        for deployment_id, groups in groupby(_alike(deployment_ids), key=itemgetter(0))
    }
    for deployment_id in set(deployment_ids) - set(found):
        number = engagements.get(deployment_id, 0)
        found[deployment_id] = summarise(deployment_id=deployment_id, alerts=(), engagements=number)
    return found


def _alike(deployment_ids: Collection[UUID]) -> Iterator[tuple[Any, ...]]:
    """(deployment, state, outcomes, counted apart, purged, how many alerts are so), by deployment."""
    outcomes = AlertOutcome.objects.filter(alert=OuterRef("pk")).order_by("outcome").values("outcome")
    rows = Alert.objects.filter(deployment_id__in=deployment_ids, decoy=False).annotate(
        came_to=ArraySubquery(outcomes), purged=Q(purged_at__isnull=False)
    )
    columns = ("deployment_id", "state", "came_to", "counted_apart", "purged")
    counted = rows.order_by("deployment_id").values_list(*columns).annotate(Count("id"))
    yield from counted.iterator(chunk_size=CHUNK)


def _counted(_deployment_id: UUID, state: str, came_to: Iterable[str], apart: bool, purged: bool) -> Counted:
    return Counted(AlertState(state), {Outcome(each) for each in came_to}, apart, purged)


def last_deadline(*, deployment_id: UUID) -> datetime | None:
    """When the last alert of a deployment has to be purged; None when there was no alert."""
    last: datetime | None = Alert.objects.filter(deployment_id=deployment_id).aggregate(
        last=Max("purge_due_at")
    )["last"]
    return last
