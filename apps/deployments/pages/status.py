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
from apps.watchlists.status_checks import StatusCheckData


@dataclass(frozen=True)
class StatusPage:
    """`overdue` people were last checked longer ago than the force allows at a start."""

    deployment: DeploymentData
    force: ForceData
    watchlist: WatchlistData | None
    overdue: int
    checks: tuple[StatusCheckData, ...]
    now: datetime

    @property
    def has_list(self) -> bool:
        return is_there(self.watchlist)

    @property
    def awaited(self) -> bool:
        return any(each.awaited(self.now) for each in self.checks)

    @property
    def outage(self) -> StatusCheckData | None:
        """The last asking, where no answer came: shown until one does."""
        last = self.checks[0] if self.checks else None
        return None if last is None or last.answered or last.awaited(self.now) else last


def status_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> StatusPage:
    """Raises NotFound, NotPermitted."""
    check_may_check(deployment_id, actor)
    known = facts.of(queries.get(deployment_id=deployment_id))
    watchlist = known.watchlist
    since = status_since(known.force, now)
    return StatusPage(
        deployment=known.deployment,
        force=known.force,
        watchlist=watchlist,
        overdue=watchlists.overdue_status(watchlist_id=watchlist.id, since=since)
        if is_there(watchlist)
        else 0,
        checks=watchlists.status_checks(deployment_id=deployment_id),
        now=now,
    )
