from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.data import UserData
from apps.accounts.models import RoleGrant, User
from apps.accounts.naming import TAKEN, is_taken, wrong_with_name
from apps.accounts.noting import note_about
from apps.accounts.policies import GUARDED_ROLES, check_administrator, check_combination
from apps.accounts.queries import active_grants
from apps.accounts.ranks import check_rank, promotion_problems
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.wording import say_role


def create_user(
    *, username: str, display_name: str, password: str, now: datetime, rank: str = ""
) -> UserData:
    """A person who can sign in and do nothing until a force grants a role. Raises RuleViolated."""
    reasons = account_problems(username=username, display_name=display_name, password=password, rank=rank)
    if reasons:
        raise RuleViolated(reasons)
    user = User(username=username.lower(), display_name=display_name, rank=rank, created_at=now)
    user.set_password(password)
    user.save(force_insert=True)
    return UserData(id=user.id, username=user.username, display_name=display_name, rank=rank)


def account_problems(*, username: str, display_name: str, password: str, rank: str = "") -> list[str]:
    """Everything that is wrong with a new account, in words; nothing is written."""
    user = User(username=username.lower(), display_name=display_name, rank=rank)
    reasons = wrong_with_name(display_name=display_name, rank=rank)
    try:
        validate_email(username)
    except ValidationError as problem:
        reasons += problem.messages
    try:
        validate_password(password, user)
    except ValidationError as problem:
        reasons += problem.messages
    if User.objects.filter(username__iexact=username).exists():
        reasons.append("somebody already signs in with this address")
    return reasons


@transaction.atomic
def grant_role(
    *,
    user_id: UUID,
    role: Role,
    actor: Actor,
    now: datetime,
    reason: str = "",
    source: str = "admin",
    rank: str = "",
) -> None:
    """Grant a role in the actor's force; granting it twice changes nothing.

    One of GUARDED_ROLES waits until a second administrator confirms it (`answers.confirm`). `rank`: what the
    person is now, where that is another one than on record; never a lower one. Raises NotPermitted, NotFound,
    ReauthenticationNeeded, and RuleViolated for a role that cannot be held beside another one or by that rank
    (domain.md §1), or for somebody who has not joined this force.
    """
    check_administrator(actor)
    if role is Role.SYSTEM:
        raise NotPermitted("no person can hold the role of the platform itself")
    if actor.id == user_id:
        raise NotPermitted("nobody grants a role to themselves: ask another administrator")
    check_reauthenticated(actor)
    user, past = _person_to_grant(user_id, actor=actor)
    if not actor.is_system and not user.is_service:
        _promote(user, " ".join(rank.split()), actor=actor, now=now, reason=reason)
        check_rank(user.rank, [role])
    add_grant(
        user,
        role,
        granted_by=actor.label,
        requested_by=None if actor.is_system else actor.id,
        vouched=past,
        actor=actor,
        now=now,
        reason=reason,
        source=source,
    )


def _person_to_grant(user_id: UUID, *, actor: Actor) -> tuple[User, RoleGrant | None]:
    """The person with their latest grant of this force. Locked: two grants at once must not add up to a
    combination that neither would make. Raises NotFound, and RuleViolated for somebody who has not joined.
    """
    user = User.objects.select_for_update().filter(id=user_id).first()
    if user is None:
        raise NotFound("there is no such person")
    past = RoleGrant.objects.filter(user_id=user_id).order_by("-granted_at").first()
    if past is None and not actor.is_system and not user.is_service:
        raise RuleViolated(["This person has not joined your force yet. Invite them."], code="not_a_member")
    return user, past


def _promote(user: User, rank: str, *, actor: Actor, now: datetime, reason: str) -> None:
    """Nobody is made less: an account may authorise in another force by its rank. Raises RuleViolated."""
    if not rank or rank == user.rank:
        return
    reasons = wrong_with_name(display_name=user.display_name, rank=rank) + promotion_problems(rank, user.rank)
    if is_taken(display_name=user.display_name, rank=rank, except_user=user.id):
        reasons.append(TAKEN)
    if reasons:
        raise RuleViolated(reasons, code="rank")
    before, user.rank = user.rank, rank
    user.save(update_fields=["rank"])
    payload = {"from": before, "to": rank}
    note_about(user.id, "person.promoted", payload, actor=actor, now=now, reason=reason)


def add_grant(
    user: User,
    role: Role,
    *,
    granted_by: str,
    requested_by: UUID | None,
    vouched: RoleGrant | None,
    actor: Actor,
    now: datetime,
    reason: str = "",
    source: str = "admin",
) -> None:
    """The row and its audit event, for a locked `user`. Raises RuleViolated.

    `requested_by`: the administrator who asked; None when the platform did, which waits for nobody.
    `vouched`: an earlier grant of this force; the new one sleeps when that one does.
    """
    active = RoleGrant.objects.filter(user=user, revoked_at__isnull=True).values_list("role", flat=True)
    held = {Role(name) for name in active}
    if role in held:
        return
    check_combination(held | {role}, is_service=user.is_service)
    waits = role in GUARDED_ROLES and requested_by is not None
    RoleGrant.objects.create(
        user=user,
        role=role,
        granted_at=now,
        granted_by=granted_by,
        reason=reason,
        source=source,
        credential_epoch=vouched.credential_epoch if vouched else user.credential_epoch,
        requested_by_id=requested_by,
        confirmed_at=None if waits else now,
    )
    verb = "role.asked" if waits else "role.granted"
    payload = {"role": role, "source": source}
    if requested_by is not None and requested_by != actor.id:
        # Somebody else's press brings it about, as when an invitation is accepted.
        payload |= {"asked_by": str(requested_by), "asked_by_name": granted_by}
    note_about(user.id, verb, payload, actor=actor, now=now, reason=reason)


@transaction.atomic
def revoke_role(*, user_id: UUID, role: Role, actor: Actor, now: datetime, reason: str = "") -> None:
    """Take a role away; effective at the person's next request.

    Raises NotPermitted, also for one's own, and RuleViolated for the force's last active administrator and
    for a role that the person does not hold.
    """
    check_administrator(actor)
    if actor.id == user_id:
        raise NotPermitted("nobody takes a role away from themselves: ask another administrator")
    if role is Role.FORCE_ADMIN:
        _check_not_the_last(user_id)
    changed = RoleGrant.objects.filter(user_id=user_id, role=role, revoked_at__isnull=True).update(
        revoked_at=now, revoked_by=actor.label, revoked_reason=reason
    )
    if not changed:
        # Never held, or taken away by somebody else meanwhile: nobody is told that it was done.
        raise RuleViolated([f"This person does not hold the role {say_role(role)}."], code="not_held")
    note_about(user_id, "role.revoked", {"role": role}, actor=actor, now=now, reason=reason)


def _check_not_the_last(user_id: UUID) -> None:
    """Locked in one order: two administrators who remove each other at once must not both succeed."""
    administrators = active_grants().select_for_update(of=("self",)).filter(role=Role.FORCE_ADMIN)
    if {grant.user_id for grant in administrators.order_by("id")} == {user_id}:
        raise RuleViolated(
            ["This is the last active administrator of your force. Make somebody else one first."],
            code="last_administrator",
        )


def note_sign_in(*, actor: Actor, now: datetime, how: Sequence[str] = (), switched: bool = False) -> None:
    """Record a sign-in in the force it is for. `how`: the kinds of proof, for instance "password", "totp"."""
    if actor.id is None:
        raise NotPermitted("only a person signs in")
    note_about(actor.id, "signed_in", {"how": list(how), "switched": switched}, actor=actor, now=now)
