"""Who is on a list and why, without a face: for the officer who accepts the list and the planner who made it.

Each look is in the audit, as each look at a face is. Counts need no look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted
from apps.core.tenancy import current_force_id
from apps.watchlists import special
from apps.watchlists.models import Subject, Watchlist
from apps.watchlists.special import GROUP_WORDS
from apps.watchlists.steps import record

READERS = frozenset({Role.PLANNER, Role.AUTHORISING_OFFICER})
PAGE = 50


@dataclass(frozen=True)
class ListEntry:
    """One person on a list. Nothing here was computed from a picture."""

    reference: str
    display_name: str
    category: str
    offence: str
    legal_basis: str
    selected_by: str
    selected_reason: str
    pictures: int
    removed_at: datetime | None
    removed_reason: str = ""
    # In words; empty for most people.
    groups: str = ""
    signed_by: str = ""


@dataclass(frozen=True)
class EntryPage:
    """A page of a list by reference; `number` counts from 1."""

    entries: tuple[ListEntry, ...]
    number: int
    last: int


def check_read(actor: Actor) -> None:
    if actor.force_id != current_force_id() or not actor.has(*READERS):
        raise NotPermitted("who is on a list is for planners and authorising officers")


def can_read(actor: Actor) -> bool:
    try:
        check_read(actor)
    except NotPermitted:
        return False
    return True


@transaction.atomic
def read_entries(*, watchlist_id: UUID, number: int, actor: Actor, now: datetime) -> EntryPage:
    """One page of the list; a number past the end gives the last page. Raises NotPermitted, NotFound."""
    check_read(actor)
    watchlist = Watchlist.objects.filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound("there is no such watchlist")
    subjects = Subject.objects.filter(watchlist=watchlist).select_related("sign_off")
    last = max(1, -(-subjects.count() // PAGE))
    number = min(max(number, 1), last)
    found = subjects.annotate(number_of_pictures=Count("pictures")).order_by("reference", "id")
    entries = tuple(
        ListEntry(
            reference=row.reference,
            display_name=row.display_name,
            category=row.category,
            offence=row.offence,
            legal_basis=row.legal_basis,
            selected_by=row.selected_by,
            selected_reason=row.selected_reason,
            pictures=row.number_of_pictures,
            removed_at=row.removed_at,
            removed_reason=row.removed_reason,
            groups=", ".join(GROUP_WORDS[group] for group in special.split(row.special_groups)),
            signed_by=row.sign_off.decided_by_label if hasattr(row, "sign_off") else "",
        )
        for row in found[(number - 1) * PAGE : number * PAGE]
    )
    record(
        watchlist, actor=actor, verb="watchlist.entries_viewed", now=now, page=number, entries=len(entries)
    )
    return EntryPage(entries, number, last)


def count_by_category(*, watchlist_id: UUID) -> Mapping[str, int]:
    """How many people are on the list now, by category."""
    counted = Subject.objects.filter(watchlist_id=watchlist_id, removed_at__isnull=True).values("category")
    return dict(counted.annotate(number=Count("id")).order_by("category").values_list("category", "number"))
