"""Whom a list names, for taking those names out of what others read. Never for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from apps.watchlists.models import MembershipRegister, Subject


def names_on_list(*, deployment_id: UUID) -> tuple[str, ...]:
    """Names and references of everybody who was ever on a list of this deployment, removed ones included.

    After the purge only the references are left, in the membership register. Needs an open force context.
    """
    return names_on_lists(deployment_ids=[deployment_id]).get(deployment_id, ())


def names_on_lists(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[str, ...]]:
    """The same of each deployment, in two queries; one that never had anybody listed is left out."""
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    subjects = Subject.objects.filter(watchlist__deployment_id__in=deployment_ids)
    for deployment_id, *names in subjects.values_list(
        "watchlist__deployment_id", "display_name", "reference"
    ):
        found[deployment_id].update(names)
    register = MembershipRegister.objects.filter(deployment_id__in=deployment_ids)
    for deployment_id, reference in register.values_list("deployment_id", "reference"):
        found[deployment_id].add(reference)
    return {key: tuple(sorted(name for name in names if name.strip())) for key, names in found.items()}
