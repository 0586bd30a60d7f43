"""Which two administrators are two: the one rule for every step that one alone must not take (ADR 9).

Two administrators are independent of each other when, in the last 24 hours, neither has asked for or
confirmed the other's present role as administrator, nor made a one-time link with which the other's account
was opened.
The platform itself (onboarding) makes nobody dependent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import Invitation
from apps.accounts.policies import check_administrator
from apps.accounts.queries import active_grants
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated

SETTLED_AFTER = timedelta(hours=24)
NOT_INDEPENDENT = (
    "One of you two made the other an administrator, or opened the other's account with a one-time link, in"
    " the last 24 hours. Another administrator confirms it, or you tomorrow."
)


def are_independent(first: UUID, second: UUID, *, now: datetime) -> bool:
    """Whether two people count as two administrators of the open force. False for one and the same."""
    return first != second and not (_leans(first, second, now=now) or _leans(second, first, now=now))


def _leans(administrator: UUID, other: UUID, *, now: datetime) -> bool:
    """Whether what makes `administrator` one came from `other` so lately that it may be a puppet."""
    since = now - SETTLED_AFTER
    made = active_grants().filter(
        Q(requested_by_id=other) | Q(confirmed_by_id=other),
        user_id=administrator,
        role=Role.FORCE_ADMIN,
        confirmed_at__gt=since,
    )
    opened = Invitation.objects.filter(user_id=administrator, created_by_id=other, used_at__gt=since)
    return made.exists() or opened.exists()


def check_second_administrator(
    *, actor: Actor, asked_by: UUID | None, about: UUID | None, now: datetime
) -> None:
    """That `actor` may confirm what `asked_by` asked for somebody; None is the platform, or nobody in
    particular.

    Raises NotPermitted, RuleViolated and ReauthenticationNeeded.
    """
    check_administrator(actor)
    if actor.id is None:
        raise NotPermitted("a second administrator is a person")
    if actor.id == about:
        raise NotPermitted("nobody confirms what concerns themselves: ask another administrator")
    if actor.id == asked_by:
        raise NotPermitted("you asked for this yourself: it waits for another administrator")
    if asked_by is not None and not are_independent(actor.id, asked_by, now=now):
        raise RuleViolated([NOT_INDEPENDENT], code="not_independent")
    check_reauthenticated(actor)


def administrators_count() -> int:
    """How many people administer the open force now."""
    return active_grants().filter(role=Role.FORCE_ADMIN).values("user_id").distinct().count()
