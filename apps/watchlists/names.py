"""Whom a list names, for taking those names out of what others read. Never for a page."""

from __future__ import annotations

from uuid import UUID

from apps.watchlists.models import MembershipRegister, Subject


def names_on_list(*, deployment_id: UUID) -> tuple[str, ...]:
    """Names and references of everybody who was ever on a list of this deployment, removed ones included.

    After the purge only the references are left, in the membership register. Needs an open force context.
    """
    subjects = Subject.objects.filter(watchlist__deployment_id=deployment_id)
    found = {name for row in subjects.values_list("display_name", "reference") for name in row}
    register = MembershipRegister.objects.filter(deployment_id=deployment_id)
    found.update(register.values_list("reference", flat=True))
    return tuple(sorted(name for name in found if name.strip()))
