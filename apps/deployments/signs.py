"""Signs before the zone, one for each approach of the authority (domain.md §2): what was seen, what is due.

Reads, and the rules of a look that need a row. The photographs are in the rows; lists leave them out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments.data import DeploymentData
from apps.deployments.data_day import KeptPhotographData, SignData
from apps.deployments.models import KeptPhotograph, SignCheck
from apps.deployments.rules import nearness


def looks(*, deployment: DeploymentData, every: timedelta) -> tuple[SignData, ...]:
    """The latest look at each approach since the seal, in the order of the authority. One query. `every` is
    the time within which each is looked at again."""
    return in_order(deployment, latest_looks([deployment]).get(deployment.id, {}), every)


def latest_looks(deployments: Collection[DeploymentData]) -> Mapping[UUID, Mapping[str, SignCheck]]:
    """By deployment and approach, since the seal of each: one query for any number, none without a seal."""
    current_force_id()
    sealed = {each.id: each.sealed_at for each in deployments if each.sealed_at and each.authority.approaches}
    found: defaultdict[UUID, dict[str, SignCheck]] = defaultdict(dict)
    if not sealed:
        return found
    rows = SignCheck.objects.filter(deployment_id__in=sealed).defer("photograph").order_by("recorded_at")
    for row in rows:
        since = sealed[row.deployment_id]
        if since is not None and row.recorded_at >= since:
            found[row.deployment_id][row.approach] = row
    return found


def in_order(
    deployment: DeploymentData, latest: Mapping[str, SignCheck], every: timedelta
) -> tuple[SignData, ...]:
    return tuple(_look(name, latest.get(name), deployment, every) for name in deployment.authority.approaches)


def _look(
    approach: str, row: SignCheck | None, deployment: DeploymentData | None, every: timedelta | None
) -> SignData:
    if row is None:
        return SignData(approach, False, "", "", None, None, None, None, None)
    away = None
    if deployment is not None and row.latitude is not None and row.longitude is not None:
        away = away_from((row.latitude, row.longitude), deployment)
    return SignData(
        approach=approach,
        passed=row.passed,
        note=row.note,
        recorded_by=row.actor_label,
        recorded_at=row.recorded_at,
        due_at=row.recorded_at + every if row.passed and every is not None else None,
        photograph_id=row.id if row.photograph_sha256 else None,
        latitude=row.latitude,
        longitude=row.longitude,
        faces_blurred=row.faces_blurred,
        away_m=away,
    )


def every_look(*, deployment_id: UUID) -> tuple[SignData, ...]:
    """Every look, oldest first, for the record."""
    current_force_id()
    found = SignCheck.objects.filter(deployment_id=deployment_id).defer("photograph")
    return tuple(as_looked(row) for row in found)


def as_looked(row: SignCheck) -> SignData:
    """One look as it was, without when the next is due and how far away it was."""
    return _look(row.approach, row, None, None)


def photograph(*, deployment_id: UUID, sign_id: UUID) -> bytes:
    """A JPEG without a recognisable face. Raises NotFound."""
    current_force_id()
    row = SignCheck.objects.filter(id=sign_id, deployment_id=deployment_id).first()
    if row is None or row.photograph is None:
        raise NotFound("there is no such photograph")
    return bytes(row.photograph)


def kept_photograph(
    *, deployment_id: UUID, approach: str, actor_id: UUID | None, now: datetime
) -> KeptPhotographData | None:
    """What somebody sent with a form that was not accepted yet, as long as it is kept for them."""
    current_force_id()
    if actor_id is None:
        return None
    row = (
        KeptPhotograph.objects.filter(
            deployment_id=deployment_id, approach=approach, actor_id=actor_id, purge_due_at__gt=now
        )
        .order_by("-kept_at")
        .first()
    )
    if row is None:
        return None
    located = row.latitude is not None and row.longitude is not None
    return KeptPhotographData(
        id=row.id,
        jpeg=bytes(row.photograph),
        faces_blurred=row.faces_blurred,
        location=(row.latitude, row.longitude) if located else None,  # type: ignore[arg-type]  # `located`
        kept_at=row.kept_at,
        purge_due_at=row.purge_due_at,
    )


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


def away_from(location: tuple[float, float], deployment: DeploymentData) -> float | None:
    """How far a position is outside the area and each of its alternatives, in metres."""
    return nearness.metres_outside(location, areas_of(deployment))


def areas_of(deployment: DeploymentData) -> list[Sequence[Sequence[float]]]:
    """The area and its alternatives, as far as they are drawn: a sign may stand before any of them."""
    authority = deployment.authority
    every = [authority.polygon, *(place.polygon for place in authority.alternatives)]
    return [polygon for polygon in every if polygon]
