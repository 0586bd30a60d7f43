"""Accounts that an administrator opened with a one-time link, and what sleeps in them until a second one
agrees.

Whoever makes a link for a new password can use it too. So a role that one administrator alone must not give
(GUARDED_ROLES) does not go on working behind it: it is asked for anew, by whoever made the link.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from apps.accounts.models import Invitation, RoleGrant, User
from apps.accounts.noting import note_about
from apps.accounts.operations import add_grant
from apps.accounts.policies import GUARDED_ROLES
from apps.core.data import Actor, Role

SLEEPS = "A one-time link opened this account. The role waits for a second administrator."
# As for two administrators who lean on each other: a day is enough for the person to notice.
REMEMBERED = timedelta(hours=24)


def ask_again(user: User, *, link: Invitation, person: Actor, now: datetime) -> None:
    """The guarded roles that `link` would wake sleep until a second administrator confirms them.

    In the caller's transaction, with `user` locked and before the force vouches for them again. A link that
    the platform made (nobody's id) puts nothing to sleep: whoever runs it confirms by running it.
    """
    if link.created_by_id is None:
        return
    held = RoleGrant.objects.select_for_update().filter(
        user=user, role__in=GUARDED_ROLES, revoked_at__isnull=True, confirmed_at__isnull=False
    )
    for grant in held.exclude(credential_epoch=user.credential_epoch).order_by("role"):
        # A row of its own, so that who could do what on a date stays true.
        grant.revoked_at, grant.revoked_by, grant.revoked_reason = now, link.created_by, SLEEPS
        grant.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
        payload = {"role": grant.role, "asked_by": str(link.created_by_id)}
        note_about(user.id, "role.asleep", payload, actor=person, now=now, reason=link.reason)
        add_grant(
            user,
            Role(grant.role),
            granted_by=link.created_by,
            requested_by=link.created_by_id,
            vouched=None,
            actor=person,
            now=now,
            reason=link.reason,
        )


def opened_since(
    asked: Collection[tuple[UUID, datetime]],
) -> dict[UUID, list[Invitation]]:
    """For each person, the links with which an administrator opened their account since what waits for them
    was asked for, or in the day before. Links to a first joining are none of these. One query.
    """
    earliest: dict[UUID, datetime] = {}
    for user_id, at in asked:
        earliest[user_id] = min(at, earliest.get(user_id, at))
    if not earliest:
        return {}
    used = Invitation.objects.filter(
        user_id__in=earliest, roles=[], used_at__gte=min(earliest.values()) - REMEMBERED
    )
    found: dict[UUID, list[Invitation]] = {}
    for link in used.order_by("used_at"):
        if link.used_at is not None and link.used_at >= earliest[link.user_id] - REMEMBERED:
            found.setdefault(link.user_id, []).append(link)
    return found
