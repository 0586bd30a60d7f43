"""What recognition did, summed over the cameras of each of many deployments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Sum

from apps.live.models import CameraTally


@dataclass(frozen=True)
class Counted:
    """`tracks`: one person passing one camera is one, a broken track counts twice. `silent` cameras send
    nothing still, the first of them since `silent_since`: a gap is recorded when it is over."""

    tracks: int
    frames: int
    searches: int
    silent: int = 0
    silent_since: datetime | None = None


def counted(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, Counted]:
    """By deployment; one that nothing was counted for is left out. One query, in an open force context."""
    rows = CameraTally.objects.filter(deployment_id__in=deployment_ids).values("deployment_id").order_by()
    summed = rows.annotate(
        Sum("tracks"), Sum("frames"), Sum("searches"), Count("silent_since"), Min("silent_since")
    )
    columns = ("tracks__sum", "frames__sum", "searches__sum", "silent_since__count", "silent_since__min")
    return {
        deployment_id: Counted(*numbers)
        for deployment_id, *numbers in summed.values_list("deployment_id", *columns)
    }
