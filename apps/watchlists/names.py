"""Whom a list names, for taking those names out of what others read. Never for a page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import F, TextField, Value

from apps.watchlists.models import MembershipRegister, Subject

# A shorter one would be found in every other text.
SHORTEST = 3


def names_on_list(*, deployment_id: UUID) -> tuple[str, ...]:
    """Names and references of everybody who was ever on a list of this deployment, removed ones included.

    After the purge only the references are left, in the membership register. Needs an open force context.
    """
    return names_on_lists(deployment_ids=[deployment_id]).get(deployment_id, ())


def names_on_lists(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """The same of each deployment, in two queries; one that never had anybody listed is left out. Whoever is
    on many lists is one string in all of them: a year of a large force has hundreds of thousands."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    known: dict[str, str] = {}
    subjects = Subject.objects.filter(watchlist__deployment_id__in=deployment_ids)
    for deployment_id, *names in subjects.values_list(
        "watchlist__deployment_id", "display_name", "reference"
    ):
        found[deployment_id].update(known.setdefault(name, name) for name in names)
    register = MembershipRegister.objects.filter(deployment_id__in=deployment_ids)
    for deployment_id, reference in register.values_list("deployment_id", "reference"):
        found[deployment_id].add(known.setdefault(reference, reference))
    return {key: tuple(sorted(name for name in names if name.strip())) for key, names in found.items()}


def names_in(*, text: str) -> tuple[str, ...]:
    """Names and references of people of any list of the open force that stand in `text`, however written.

    Two queries, however many lists there are. Only for whoever reads lists: an answer says who is on one.
    """
    asked = Value(" ".join(text.split()), output_field=TextField())
    subjects = Subject.objects.annotate(asked=asked)
    named = subjects.filter(asked__icontains=F("display_name")) | subjects.filter(
        asked__icontains=F("reference")
    )
    found = {name for row in named.values_list("display_name", "reference") for name in row}
    register = MembershipRegister.objects.annotate(asked=asked).filter(asked__icontains=F("reference"))
    found.update(register.values_list("reference", flat=True))
    return tuple(sorted(name for name in found if len(name.strip()) >= SHORTEST and _stands_in(name, text)))


def _stands_in(name: str, text: str) -> bool:
    """As whole words, whatever the spaces and the case."""
    pattern = r"\s+".join(re.escape(part) for part in name.split())
    return re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) is not None
