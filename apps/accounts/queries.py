from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from apps.accounts.data import UserData
from apps.accounts.models import RoleGrant, User
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted
from apps.core.tenancy import current_force_id


def forces_of(*, user_id: UUID) -> list[UUID]:
    """The forces in which a person holds a role.

    The one question about grants that needs no force context: it is asked at sign-in, through a function of
    the owner that answers nothing else.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT force_id FROM accounts_forces_of(%s) ORDER BY force_id", [user_id])
        return [row[0] for row in cursor.fetchall()]


def vouched_grants() -> QuerySet[RoleGrant]:
    """Held, or waiting for a second administrator, by somebody whose sign-in this force still vouches for."""
    return RoleGrant.objects.filter(
        revoked_at__isnull=True, user__is_active=True, credential_epoch=F("user__credential_epoch")
    )


def active_grants() -> QuerySet[RoleGrant]:
    """Roles that work now."""
    return vouched_grants().filter(confirmed_at__isnull=False)


def actor_for(*, user_id: UUID, force_id: UUID, origin: str = "", reauthenticated: bool = False) -> Actor:
    """The person as an actor of the open force. Raises NotPermitted without an active role there.

    Asked at every request, and for a socket at every push: a role that is taken away is gone by then.
    """
    grants = list(active_grants().filter(force_id=force_id, user_id=user_id).select_related("user"))
    if not grants:
        raise NotPermitted("you hold no role in this force")
    return as_actor(grants, force_id=force_id, origin=origin, reauthenticated=reauthenticated)


def as_actor(
    grants: Sequence[RoleGrant], *, force_id: UUID, origin: str = "", reauthenticated: bool = False
) -> Actor:
    """The person of these grants, of whom there is at least one, all of one person and force."""
    user = grants[0].user
    roles = frozenset(Role(grant.role) for grant in grants)
    return Actor(
        id=user.id,
        label=f"{user.rank} {user.display_name}".strip(),
        force_id=force_id,
        # The oversight body sees no face and no name, whatever else a row should say.
        roles=roles & {Role.OVERSIGHT} or roles,
        origin=origin,
        reauthenticated=reauthenticated,
        rank=user.rank,
    )


def staff() -> list[UserData]:
    """Everybody who holds or ever held a role in the open force, systems left out. One query."""
    current_force_id()
    ever = RoleGrant.objects.values("user_id")
    return [
        UserData(id=user.id, username=user.username, display_name=user.display_name, rank=user.rank)
        for user in User.objects.filter(id__in=ever, is_service=False)
    ]


def holders(*, roles: Collection[Role]) -> frozenset[UUID]:
    """Who holds one of the roles in the open force now. One query."""
    found = active_grants().filter(force_id=current_force_id(), role__in=roles)
    return frozenset(found.values_list("user_id", flat=True))


def get_user(*, user_id: UUID) -> UserData:
    """Raises NotFound."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise NotFound("there is no such person")
    return UserData(id=user.id, username=user.username, display_name=user.display_name, rank=user.rank)
