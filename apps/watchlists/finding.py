"""Find one person on a list by what an officer knows of them, so that they can be taken off it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.watchlists import policies
from apps.watchlists.data import FoundPerson
from apps.watchlists.models import Subject, Watchlist
from apps.watchlists.steps import record

SHORTEST = 3
MOST = 5


@transaction.atomic
def find_people(*, watchlist_id: UUID, words: str, actor: Actor, now: datetime) -> tuple[FoundPerson, ...]:
    """Who is on the list now under this reference, or under a name with all of these words. The look is in
    the audit, without the words. Raises NotPermitted, NotFound, RuleViolated when too little was typed or too
    many answer to it: the list is not to be leafed through here.
    """
    policies.check_remove(actor)
    watchlist = Watchlist.objects.filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound("there is no such watchlist")
    asked = words.split()
    if len("".join(asked)) < SHORTEST:
        raise RuleViolated(
            [f"Write at least {SHORTEST} letters of the name, or the reference."], code="short"
        )
    named = Q()
    for word in asked:
        named &= Q(display_name__icontains=word)
    listed = Subject.objects.filter(watchlist=watchlist, removed_at__isnull=True)
    found = list(
        listed.filter(Q(reference__iexact=" ".join(asked)) | named).order_by("reference")[: MOST + 1]
    )
    record(watchlist, actor=actor, verb="watchlist.person_looked_up", now=now, found=min(len(found), MOST))
    if len(found) > MOST:
        raise RuleViolated(
            [f"More than {MOST} people on the list answer to this. Write more of the name."], code="many"
        )
    return tuple(FoundPerson(row.id, row.reference, row.display_name, row.category) for row in found)
