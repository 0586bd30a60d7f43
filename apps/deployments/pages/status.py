"""The page that says how old the word is that people are still wanted. Counts only: it names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.data import Actor
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentData
from apps.deployments.operations.status import check_may_check
from apps.deployments.pages.listing import is_there
from apps.deployments.rules.starting import status_since
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData
from apps.watchlists.status_checks import Outage, StatusCheckData


@dataclass(frozen=True)
class StatusPage:
    """`overdue` people were last checked longer ago than the force allows at a start."""

    deployment: DeploymentData
    force: ForceData
    watchlist: WatchlistData | None
    overdue: int
    checks: tuple[StatusCheckData, ...]
    # Shown until the service answers, whatever is checked by file meanwhile.
    outage: Outage | None
    awaited: bool

    @property
    def has_list(self) -> bool:
        return is_there(self.watchlist)


def status_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> StatusPage:
    """Raises NotFound, NotPermitted."""
    check_may_check(deployment_id, actor)
    known = facts.of(queries.get(deployment_id=deployment_id))
    watchlist = known.watchlist
    since = status_since(known.force, now)
    last = watchlists.last_asking(deployment_id=deployment_id)
    return StatusPage(
        deployment=known.deployment,
        force=known.force,
        watchlist=watchlist,
        overdue=watchlists.overdue_status(watchlist_id=watchlist.id, since=since)
        if is_there(watchlist)
        else 0,
        checks=watchlists.status_checks(deployment_id=deployment_id),
        outage=watchlists.service_outage(deployment_id=deployment_id, now=now),
        awaited=last is not None and last.awaited(now),
    )
