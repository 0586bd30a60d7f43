"""One-time links: to join a force, or to set a new password in it. Only the hash of a link is stored.

A link names its force, because no row can be read without one. What a force's link may do to an account that
other forces know too is narrow: joining never touches name or password, and a new password puts the roles in
every other force to sleep until the person accepts there again. So no administrator takes over anybody's work
in another force, and none learns whether there is another force.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.models import Invitation, RoleGrant, User
from apps.accounts.naming import TAKEN, is_taken, wrong_with_name
from apps.accounts.noting import note_about
from apps.accounts.opened import ask_again
from apps.accounts.operations import add_grant
from apps.accounts.policies import GUARDED_ROLES, check_administrator, check_combination, check_reason
from apps.accounts.queries import forces_of, vouched_grants
from apps.accounts.ranks import check_rank, rank_problems
from apps.accounts.second_factors import clear_second_factors
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated

VALID_FOR = timedelta(days=7)
JOIN, RESET = "join", "reset"
SECRET_BYTES = 32
FORCE_BYTES = 16
WRONG_PASSWORD = "This password does not open the account. Give the one you have, or ask for a new link."  # noqa: S105 - words, not a password
WITHDRAWN = "Their invitation was withdrawn. Invite them again, with the roles that they are to have."
SOMEBODY_ELSE = "This link is not for whoever is signed in here."


class LinkDead(DomainError):
    """The link is used, expired, replaced, or was never one. `message` says what to do."""

    code = "link_dead"


@dataclass(frozen=True, slots=True)
class OpenLink:
    """What the page of a working link may show: what the administrator typed, and nothing of the account."""

    kind: str
    username: str
    display_name: str
    roles: tuple[Role, ...]
    # Those of them that wait for a second administrator when the link was used.
    later: tuple[Role, ...]
    expires_at: datetime
    created_by: str


def sha256_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def force_of(token: str) -> UUID | None:
    """The force that a link names, None for nonsense. Nothing is looked up."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return UUID(bytes=raw[:FORCE_BYTES]) if len(raw) == FORCE_BYTES + SECRET_BYTES else None


@transaction.atomic
def invite(
    *,
    username: str,
    display_name: str,
    rank: str,
    roles: Collection[Role],
    reason: str,
    actor: Actor,
    now: datetime,
) -> tuple[UUID, str]:
    """Invite an address into the actor's force. Returns the person's id and the token, shown once.

    A role of GUARDED_ROLES waits, once they have joined, for a second administrator. The answer is the same
    for a new address and for one that another force knows. Raises NotPermitted,
    ReauthenticationNeeded and RuleViolated with everything that is wrong.
    """
    check_administrator(actor)
    address = " ".join(username.split()).lower()
    reasons = _wrong_with(address, display_name, rank, roles) + rank_problems(rank, roles)
    if reasons:
        raise RuleViolated(reasons, code="invitation")
    check_reason(reason)
    check_combination(roles)
    check_reauthenticated(actor)
    user = _account_to_invite(address, display_name, rank, actor=actor, now=now)
    # Against what was typed: what another account is called elsewhere is nobody's business here.
    if is_taken(display_name=display_name, rank=rank, except_user=user.id):
        raise RuleViolated([TAKEN], code="name_taken")
    invitation = Invitation(
        user=user,
        kind=JOIN,
        roles=sorted(roles),
        display_name=display_name.strip(),
        rank=rank.strip(),
        reason=reason,
    )
    return user.id, _issue(invitation, actor=actor, now=now)


def _account_to_invite(address: str, display_name: str, rank: str, *, actor: Actor, now: datetime) -> User:
    """The account of this address, locked, or a new one without a password.

    Raises NotPermitted for the actor's own and RuleViolated for a member's.
    """
    user = User.objects.select_for_update().filter(username__iexact=address).first()
    if user is None:
        user = User(username=address, display_name=display_name.strip(), rank=rank.strip(), created_at=now)
        user.set_unusable_password()
        user.save(force_insert=True)
    elif user.id == actor.id:
        raise NotPermitted("nobody grants a role to themselves: ask another administrator")
    elif vouched_grants().filter(user=user).exists():
        raise RuleViolated(
            ["This person works for your force already. Add the role on their page."], code="member"
        )
    return user


def _wrong_with(address: str, display_name: str, rank: str, roles: Collection[Role]) -> list[str]:
    reasons = wrong_with_name(display_name=display_name, rank=rank)
    try:
        validate_email(address)
    except ValidationError:
        reasons.append("Give an e-mail address, for instance name@force.example.")
    if not display_name.strip():
        reasons.append("Give the person's name.")
    if not roles or Role.SYSTEM in roles:
        reasons.append("Choose at least one role.")
    return reasons


@transaction.atomic
def renew_link(*, user_id: UUID, reason: str, actor: Actor, now: datetime) -> str:
    """A new link to join, for somebody who has not accepted yet or has to accept again; the old one dies.

    Raises NotPermitted, NotFound, ReauthenticationNeeded, RuleViolated when they have joined.
    """
    check_administrator(actor)
    check_reason(reason)
    check_reauthenticated(actor)
    last = Invitation.objects.filter(user_id=user_id, kind=JOIN).order_by("-created_at").first()
    grants = RoleGrant.objects.filter(user_id=user_id, revoked_at__isnull=True)
    if last is None and not grants.exists():
        raise NotFound("there is no such person in your force")
    if vouched_grants().filter(user_id=user_id).exists():
        raise RuleViolated(["This person has joined. Give them a new password instead."], code="member")
    if last is not None and last.cancelled_at is not None and not grants.exists():
        # The latest one is not replaced by another: it was withdrawn, and its roles with it.
        raise RuleViolated([WITHDRAWN], code="withdrawn")
    invitation = Invitation(user_id=user_id, kind=JOIN, reason=reason)
    if last is not None:
        invitation.display_name, invitation.rank = last.display_name, last.rank
        # Roles of a link that was used are grants by now, and may have been taken away since.
        invitation.roles = [] if last.used_at is not None else last.roles
    return _issue(invitation, actor=actor, now=now)


@transaction.atomic
def reset_password(*, user_id: UUID, reason: str, clear_factors: bool, actor: Actor, now: datetime) -> str:
    """A link with which a member sets a new password; their sign-ins end now. Returns the token.

    `clear_factors`: the second factors go too, when the link is used. Raises NotPermitted, NotFound,
    ReauthenticationNeeded, RuleViolated.
    """
    check_administrator(actor)
    if actor.id == user_id:
        raise NotPermitted("your own password is changed on your account page")
    check_reason(reason)
    check_reauthenticated(actor)
    if not vouched_grants().filter(user_id=user_id, user__is_service=False).exists():
        raise NotFound("there is no such person in your force")
    User.objects.filter(id=user_id).update(session_epoch=uuid4())
    invitation = Invitation(user_id=user_id, kind=RESET, reason=reason, clear_second_factors=clear_factors)
    return _issue(invitation, actor=actor, now=now)


@transaction.atomic
def cancel_invitation(*, user_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """No link of the actor's force to this person works any more. Raises NotPermitted, RuleViolated."""
    check_administrator(actor)
    check_reason(reason)
    if _cancel_open(user_id, now=now):
        note_about(user_id, "invitation.cancelled", {}, actor=actor, now=now, reason=reason)


def _issue(invitation: Invitation, *, actor: Actor, now: datetime) -> str:
    token = base64.urlsafe_b64encode(actor.force_id.bytes + secrets.token_bytes(SECRET_BYTES)).decode()
    _cancel_open(invitation.user_id, now=now)
    invitation.token_sha256 = sha256_of(token)
    invitation.created_at, invitation.created_by, invitation.created_by_id = now, actor.label, actor.id
    invitation.expires_at = now + VALID_FOR
    invitation.save(force_insert=True)
    payload = {
        "kind": invitation.kind,
        "roles": invitation.roles,
        "expires_at": invitation.expires_at.isoformat(),
        "clear_second_factors": invitation.clear_second_factors,
    }
    note_about(
        invitation.user_id, "invitation.issued", payload, actor=actor, now=now, reason=invitation.reason
    )
    return token


def _cancel_open(user_id: UUID, *, now: datetime) -> int:
    unused = Invitation.objects.filter(user_id=user_id, used_at__isnull=True, cancelled_at__isnull=True)
    return unused.update(cancelled_at=now)


def open_link(*, sha256: bytes, now: datetime) -> OpenLink:
    """What stands behind a link, in the context of the force that it names. Raises LinkDead."""
    invitation = _working(sha256, now=now)
    by_a_person = invitation.created_by_id is not None
    return OpenLink(
        kind=invitation.kind,
        later=tuple(sorted(GUARDED_ROLES & set(map(Role, invitation.roles)))) if by_a_person else (),
        username=invitation.user.username,
        display_name=invitation.display_name,
        roles=tuple(Role(role) for role in invitation.roles),
        expires_at=invitation.expires_at,
        created_by=invitation.created_by,
    )


def _working(sha256: bytes, *, now: datetime, lock: bool = False) -> Invitation:
    rows = Invitation.objects.select_related("user").filter(token_sha256=sha256)
    invitation = (rows.select_for_update() if lock else rows).first()
    if invitation is None:
        raise LinkDead("This is no link of this platform. Check that it is complete, or ask for a new one.")
    if invitation.used_at is not None:
        raise LinkDead("This link has been used. If that was you, sign in. If not, tell your administrator.")
    if invitation.cancelled_at is not None:
        raise LinkDead("This link was replaced or withdrawn. Use the latest one, or ask for a new one.")
    if now >= invitation.expires_at:
        raise LinkDead("This link has expired: it works for 7 days. Ask your administrator for a new one.")
    return invitation


@transaction.atomic
def choose_password(*, sha256: bytes, password: str, origin: str, now: datetime) -> None:
    """A new password after a reset. Raises LinkDead, RuleViolated."""
    invitation = _working(sha256, now=now, lock=True)
    if invitation.kind != RESET:
        raise RuleViolated([WRONG_PASSWORD], code="not_a_reset")
    _check_password(password, invitation.user)
    _set_password(invitation, password)
    _accept(invitation, origin=origin, now=now)


@transaction.atomic
def join_with(*, sha256: bytes, password: str, proved: UUID | None, origin: str, now: datetime) -> None:
    """Join with the password that the account has, or with the first one of a new account.

    `proved`: who signs in with the address of the link and this password, None for nobody. What is wrong with
    a password is said in the same order and words for an address that is known and for one that is not:
    against what the administrator typed, never against the account. Raises LinkDead, RuleViolated.
    """
    invitation = _working(sha256, now=now, lock=True)
    if invitation.kind != JOIN:
        raise RuleViolated([WRONG_PASSWORD], code="not_to_join")
    if proved != invitation.user_id:
        user = invitation.user
        typed = User(username=user.username, display_name=invitation.display_name, rank=invitation.rank)
        _check_password(password, typed)
        if _is_known(user):
            raise RuleViolated([WRONG_PASSWORD], code="somebody_else")
        user.display_name, user.rank = invitation.display_name, invitation.rank
        _set_password(invitation, password)
    _accept(invitation, origin=origin, now=now)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise RuleViolated(problem.messages, code="password") from problem


def _set_password(invitation: Invitation, password: str) -> None:
    user = invitation.user
    user.set_password(password)
    user.credential_epoch, user.session_epoch = uuid4(), uuid4()
    user.save()
    if invitation.clear_second_factors:
        clear_second_factors(user_id=user.id)


@transaction.atomic
def accept_as(*, sha256: bytes, user_id: UUID | None, origin: str, now: datetime) -> None:
    """Join as somebody who is signed in as `user_id`. Raises LinkDead, RuleViolated for anybody else."""
    invitation = _working(sha256, now=now, lock=True)
    if invitation.kind != JOIN or invitation.user_id != user_id:
        raise RuleViolated([SOMEBODY_ELSE], code="somebody_else")
    _accept(invitation, origin=origin, now=now)


def _is_known(user: User) -> bool:
    """Whether somebody signs in with this account, by password or through a force's own sign-in."""
    return user.has_usable_password() or user.last_login is not None or bool(forces_of(user_id=user.id))


def _accept(invitation: Invitation, *, origin: str, now: datetime) -> None:
    """The force vouches for whoever holds the account now, and its roles begin to work."""
    user = User.objects.select_for_update().get(id=invitation.user_id)
    # An account that was there before keeps its own rank, whatever the invitation says.
    check_rank(user.rank, [Role(role) for role in invitation.roles])
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    label = f"{user.rank} {user.display_name}".strip()
    person = Actor(id=user.id, label=label, force_id=invitation.force_id, origin=origin)
    payload = {"kind": invitation.kind, "cleared_second_factors": invitation.clear_second_factors}
    note_about(user.id, "invitation.used", payload, actor=person, now=now)
    ask_again(user, link=invitation, person=person, now=now)
    RoleGrant.objects.filter(user=user, revoked_at__isnull=True).update(
        credential_epoch=user.credential_epoch
    )
    for role in invitation.roles:
        add_grant(
            user,
            Role(role),
            granted_by=invitation.created_by,
            requested_by=invitation.created_by_id,
            vouched=None,
            actor=person,
            now=now,
            reason=invitation.reason,
        )
