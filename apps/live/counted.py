"""What recognition did, summed over the cameras of each of many deployments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

from apps.live.models import CameraTally


@dataclass(frozen=True)
class Counted:
    """`tracks`: one person passing one camera is one, a broken track counts twice."""

    tracks: int
    frames: int
    searches: int


def counted(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, Counted]:
    """By deployment; one that nothing was counted for is left out. One query, in an open force context."""
    rows = CameraTally.objects.filter(deployment_id__in=deployment_ids).values("deployment_id").order_by()
    summed = rows.annotate(Sum("tracks"), Sum("frames"), Sum("searches"))
    columns = ("deployment_id", "tracks__sum", "frames__sum", "searches__sum")
    return {deployment_id: Counted(*numbers) for deployment_id, *numbers in summed.values_list(*columns)}
