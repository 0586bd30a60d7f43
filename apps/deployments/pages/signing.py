"""The page of those whom nobody lists lightly. One person at a time is put to the officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentData
from apps.deployments.operations.sign_offs import check_may_sign, special_entries
from apps.watchlists.data import WatchlistData, WatchlistState
from apps.watchlists.sign_offs import SpecialEntry


@dataclass(frozen=True)
class SigningPage:
    """`person` is whom this officer is asked about now; `why_not` says why they are asked about nobody.
    `is_readable`: there is a list, and its names are not deleted yet."""

    deployment: DeploymentData
    watchlist: WatchlistData | None
    entries: tuple[SpecialEntry, ...]
    person: SpecialEntry | None
    why_not: str
    is_planner: bool
    is_open: bool
    is_readable: bool

    @property
    def waiting(self) -> int:
        return sum(entry.waits for entry in self.entries)

    @property
    def may_leave_out(self) -> bool:
        return self.is_planner and self.is_open and self.waiting > 0


def signing_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> SigningPage:
    """Raises NotFound, NotPermitted."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    watchlist = known.watchlist
    is_open = watchlist is not None and watchlist.state is WatchlistState.IMPORTED
    try:
        entries = special_entries(deployment_id=deployment_id, actor=actor, now=now)
    except RuleViolated:
        entries = ()
    why_not = ""
    person = next((entry for entry in entries if entry.waits), None) if is_open else None
    if person is not None:
        try:
            check_may_sign(known, actor=actor, now=now)
        except NotPermitted as barred:
            person, why_not = None, barred.message if actor.has(Role.AUTHORISING_OFFICER) else ""
    return SigningPage(
        deployment=known.deployment,
        watchlist=watchlist,
        entries=entries,
        person=person,
        why_not=why_not,
        is_planner=actor.has(Role.PLANNER),
        is_open=is_open,
        is_readable=is_open or (watchlist is not None and watchlist.state is WatchlistState.SEALED),
    )
