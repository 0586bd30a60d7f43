"""What else the force does near in time and place: for an officer who judges how often the same people are
measured. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.deployments.data import Authority, DeploymentData, DeploymentState
from apps.deployments.queries import as_data, rows
from apps.deployments.rules.nearness import metres_between

WITHIN = timedelta(days=14)
# People who live, work or shop in one town walk so far; a force's county is larger.
NEAR_M = 10_000.0
SHOWN = 10
# No force runs more in four weeks; whatever it does, a page reads no more than this.
MOST_READ = 200
# What never ran, and what nobody has put to an officer: somebody's draft is nobody else's business.
NOT_SHOWN = frozenset(
    {
        DeploymentState.REFUSED,
        DeploymentState.CANCELLED,
        DeploymentState.EXPIRED,
        DeploymentState.DRAFT,
        DeploymentState.RETURNED,
    }
)


@dataclass(frozen=True)
class Other:
    """`metres` between the nearest of the places that the one and the other may use; 0 where they overlap."""

    deployment: DeploymentData
    metres: float
    is_same_operation: bool
    is_same_area: bool

    @property
    def distance(self) -> str:
        """For instance "in the same area" or "about 1.2 km away"."""
        if self.is_same_area:
            return "in the same area"
        if self.metres < 1:
            return "the areas overlap"
        return f"about {max(self.metres / 1000, 0.1):.1f} km away"


@dataclass(frozen=True)
class Nearby:
    """The near ones first. `further` counts what lies further away or has no area, `more` the near ones that
    are not shown."""

    others: tuple[Other, ...]
    further: int
    more: int


def nearby(*, deployment: DeploymentData) -> Nearby:
    """Deployments within a fortnight that ran or may still run, and no draft. One query."""
    start = deployment.authority.window_start
    around = (
        rows()
        .filter(window_start__range=(start - WITHIN, start + WITHIN))
        .exclude(id=deployment.id)
        .exclude(state__in=sorted(NOT_SHOWN))
        .order_by("window_start")[:MOST_READ]
    )
    found = [_other(deployment, as_data(row)) for row in around]
    near = [other for other in found if other is not None and other.metres <= NEAR_M]
    # Of several days in one place the one nearest in time.
    near.sort(key=lambda other: (other.metres, abs(other.deployment.authority.window_start - start)))
    return Nearby(others=tuple(near[:SHOWN]), further=len(found) - len(near), more=max(0, len(near) - SHOWN))


def _other(deployment: DeploymentData, other: DeploymentData) -> Other | None:
    """None where no distance can be told, as one of them has no area."""
    places = _places(other.authority)
    own = _places(deployment.authority)
    lengths = [metres for place in own if (metres := metres_between(place, places)) is not None]
    if not lengths:
        return None
    return Other(
        deployment=other,
        metres=min(lengths),
        is_same_operation=other.operation_id == deployment.operation_id,
        is_same_area=other.authority.polygon == deployment.authority.polygon,
    )


def _places(authority: Authority) -> list[Sequence[Sequence[float]]]:
    return [authority.polygon, *(place.polygon for place in authority.alternatives)]
