"""Signs before the zone, one for each approach of the authority (domain.md §2): what was seen, what is due.

Reads, and the rules of a look. The photographs are in the rows; lists leave them out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.wording import say_list
from apps.deployments.data import DeploymentData, DeploymentState
from apps.deployments.data_day import SignData
from apps.deployments.models import SignCheck

# While recognition runs somebody looks at each sign again within this time.
CHECK_EVERY = timedelta(minutes=60)
# A photograph from farther away is of another place, or carries the position of another day.
NEAR_M = 2_000
EARTH_RADIUS_M = 6_371_000


def looks(*, deployment: DeploymentData) -> tuple[SignData, ...]:
    """The latest look at each approach since the seal, in the order of the authority. One query."""
    current_force_id()
    latest: dict[str, SignCheck] = {}
    if deployment.sealed_at is not None and deployment.authority.approaches:
        found = SignCheck.objects.filter(deployment_id=deployment.id, recorded_at__gte=deployment.sealed_at)
        latest = {row.approach: row for row in found.defer("photograph").order_by("recorded_at")}
    return tuple(_look(name, latest.get(name)) for name in deployment.authority.approaches)


def _look(approach: str, row: SignCheck | None) -> SignData:
    if row is None:
        return SignData(approach, False, "", "", None, None, None, None, None)
    return SignData(
        approach=approach,
        passed=row.passed,
        note=row.note,
        recorded_by=row.actor_label,
        recorded_at=row.recorded_at,
        due_at=row.recorded_at + CHECK_EVERY if row.passed else None,
        photograph_id=row.id if row.photograph_sha256 else None,
        latitude=row.latitude,
        longitude=row.longitude,
        faces_blurred=row.faces_blurred,
    )


def every_look(*, deployment_id: UUID) -> tuple[SignData, ...]:
    """Every look, oldest first, for the record."""
    current_force_id()
    found = SignCheck.objects.filter(deployment_id=deployment_id).defer("photograph")
    return tuple(_look(row.approach, row) for row in found)


def overdue(found: Sequence[SignData], *, deployment: DeploymentData, now: datetime) -> tuple[str, ...]:
    """The approaches that nobody has looked at within the hour, while it is live."""
    if deployment.state is not DeploymentState.LIVE:
        return ()
    return tuple(look.approach for look in found if look.due_at is not None and look.due_at <= now)


def overdue_words(deployment: DeploymentData, *, now: datetime) -> str:
    """A sentence for the banner; empty when every sign was looked at in time. One query while it is live."""
    if deployment.state is not DeploymentState.LIVE:
        return ""
    late = overdue(looks(deployment=deployment), deployment=deployment, now=now)
    if not late:
        return ""
    minutes = int(CHECK_EVERY.total_seconds() // 60)
    return f"Look at the signs again: nobody has within {minutes} minutes at {say_list(list(late))}."


def photograph(*, deployment_id: UUID, sign_id: UUID) -> bytes:
    """A JPEG without a recognisable face. Raises NotFound."""
    current_force_id()
    row = SignCheck.objects.filter(id=sign_id, deployment_id=deployment_id).first()
    if row is None or row.photograph is None:
        raise NotFound("there is no such photograph")
    return bytes(row.photograph)


def missing(found: Sequence[SignData]) -> list[str]:
    return [look.approach for look in found if not look.passed]


def check_evidence(found: Sequence[SignData]) -> None:
    """Whether the checklist's item may be ticked: each approach has a look with its photograph."""
    without = missing(found)
    if without:
        raise RuleViolated(
            [f"The sign at {name} has no photograph that shows it standing. Check it." for name in without],
            code="signs_missing",
        )


def check_near(location: tuple[float, float], deployment: DeploymentData) -> None:
    """Raises RuleViolated for a position that is not at this place."""
    places = [deployment.authority.polygon, *(place.polygon for place in deployment.authority.alternatives)]
    away = min(
        (_metres(location, (corner[0], corner[1])) for polygon in places for corner in polygon), default=0.0
    )
    if away > NEAR_M:
        raise RuleViolated(
            [
                f"The photograph was taken {away / 1000:.0f} km from the place of the deployment. Take it "
                "where the sign stands, or give the position of the sign."
            ],
            code="far_away",
        )


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along a great circle (haversine)."""
    (lat1, lon1), (lat2, lon2) = ([math.radians(value) for value in point] for point in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))
