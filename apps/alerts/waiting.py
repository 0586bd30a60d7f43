"""How many alerts wait for whom, for a home page: one query however many deployments run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import Now

from apps.alerts.data import AlertState, Waiting
from apps.alerts.models import Alert

FOR_OPERATOR = (AlertState.RAISED, AlertState.UNSURE)
FOR_ENGAGEMENT = (AlertState.DISPATCHED,)


def waiting(*, deployment_ids: Sequence[UUID]) -> Mapping[UUID, Waiting]:
    """By deployment. What has run out of time waits for nobody, whether or not it is swept up yet. Needs an
    open force context."""
    in_time = Q(expires_at__gt=Now())
    rows = (
        Alert.objects.filter(deployment_id__in=deployment_ids)
        .values("deployment_id")
        .annotate(
            operator=Count("id", filter=in_time & Q(state__in=FOR_OPERATOR)),
            engagement=Count("id", filter=in_time & Q(state__in=FOR_ENGAGEMENT)),
            engaged=Count("id", filter=Q(state=AlertState.ENGAGED)),
        )
    )
    return {row["deployment_id"]: Waiting(row["operator"], row["engagement"], row["engaged"]) for row in rows}
