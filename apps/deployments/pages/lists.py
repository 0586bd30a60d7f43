"""Lists of deployments, a page at a time. Paging goes by the window and never counts or skips rows, so that
the tenth year of history costs no more than the first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.core.errors import RuleViolated
from apps.deployments.data import DeploymentPage, DeploymentState
from apps.deployments.models import Deployment, DeploymentDecision
from apps.deployments.queries import as_data, rows
from apps.deployments.rules.states import APPROVE, REFUSE, RETURN

PAGE_SIZE = 20
SEPARATOR = "~"


def list_page(
    *,
    states: Collection[DeploymentState] | None = None,
    planner_id: UUID | None = None,
    search: str = "",
    before: str | None = None,
    after: str | None = None,
    limit: int = PAGE_SIZE,
    soonest_first: bool = False,
    decided_only: bool = False,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> DeploymentPage:
    """Deployments by window, the latest first, or the earliest first with `soonest_first`.

    `decided_only` leaves out what was cancelled before any officer decided on it. `starts_from` and
    `starts_before` keep the windows that start in that time.

    `search` looks in the reference, the place and the planner's name. `before` and `after` are taken from
    the page that was shown last, at most one of them. Two queries. Raises RuleViolated for a broken address.
    """
    if before is not None and after is not None:
        raise RuleViolated(["Choose one direction: the page before or the page after."], code="page")
    found = _matching(states, planner_id, search)
    if decided_only:
        found = found.filter(decided())
    if starts_from is not None:
        found = found.filter(window_start__gte=starts_from)
    if starts_before is not None:
        found = found.filter(window_start__lt=starts_before)
    return _page(found, before=before, after=after, limit=limit, soonest_first=soonest_first)


def _page(
    found: QuerySet[Deployment], *, before: str | None, after: str | None, limit: int, soonest_first: bool
) -> DeploymentPage:
    """The part of `found` that lies beyond the cursor, and the cursors of the pages on both sides of it."""
    # Going back reads the other way round, away from the cursor; then the page is turned over.
    back = after is not None
    ascending = soonest_first is not back
    items, more = _taken(found, after if back else before, ascending, limit)
    opposite = bool(items) and _beyond(found, _place(items[0]), not ascending).exists()
    if back:
        items.reverse()
        more, opposite = opposite, more
    return DeploymentPage(
        items=tuple(as_data(row) for row in items),
        before=_cursor(items[-1]) if more else None,
        after=_cursor(items[0]) if opposite else None,
    )


def decided() -> Q:
    """What an officer decided on. Of all that is over, only what was cancelled may not have come that far."""
    found = DeploymentDecision.objects.filter(deployment=OuterRef("pk"), kind__in=(APPROVE, REFUSE, RETURN))
    return ~Q(state=DeploymentState.CANCELLED) | Q(Exists(found))


def count_by_state(*, planner_id: UUID | None = None, search: str = "") -> Mapping[DeploymentState, int]:
    """How many deployments there are in each state, states without any included. One query."""
    counted = _matching(None, planner_id, search).order_by().values_list("state").annotate(number=Count("id"))
    found: dict[str, int] = dict(counted)
    return {state: found.get(state, 0) for state in DeploymentState}


def _matching(
    states: Collection[DeploymentState] | None, planner_id: UUID | None, search: str
) -> QuerySet[Deployment]:
    found = rows()
    if states is not None:
        found = found.filter(state__in=sorted(states))
    if planner_id is not None:
        found = found.filter(planner_id=planner_id)
    for word in search.split():
        found = found.filter(
            Q(reference__icontains=word)
            | Q(authority__place_name__icontains=word)
            | Q(planner_label__icontains=word)
        )
    return found


Place = tuple[datetime, UUID]


def _taken(
    found: QuerySet[Deployment], cursor: str | None, ascending: bool, limit: int
) -> tuple[list[Deployment], bool]:
    """Up to `limit` rows beyond the cursor in that direction, and whether there are more."""
    if cursor is not None:
        found = _beyond(found, _parsed(cursor), ascending)
    order = ("window_start", "id") if ascending else ("-window_start", "-id")
    read = list(found.order_by(*order)[: limit + 1])
    return read[:limit], len(read) > limit


def _beyond(found: QuerySet[Deployment], place: Place, ascending: bool) -> QuerySet[Deployment]:
    start, row_id = place
    if ascending:
        return found.filter(Q(window_start__gt=start) | Q(window_start=start, id__gt=row_id))
    return found.filter(Q(window_start__lt=start) | Q(window_start=start, id__lt=row_id))


def _place(row: Deployment) -> Place:
    return row.window_start, row.id


def _cursor(row: Deployment) -> str:
    # No plus sign: it would be read as a space in an address.
    return f"{row.window_start.astimezone(UTC).replace(tzinfo=None).isoformat()}Z{SEPARATOR}{row.id}"


def _parsed(cursor: str) -> Place:
    try:
        start, row_id = cursor.split(SEPARATOR)
        place = datetime.fromisoformat(start).astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError) as problem:
        raise RuleViolated(["There is no such page. Go back to the first one."], code="page") from problem
    return place
