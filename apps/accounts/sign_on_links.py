"""Which identity at a force's provider is which account: who tied them together, and who unties them.

A provider ties only accounts that it made itself. An account with a password, a second factor or a role that
an administrator gave is tied by its owner, who has proved both here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from apps.accounts import door
from apps.accounts.models import IdentityProvider, RoleGrant, User
from apps.accounts.noting import note_about
from apps.accounts.policies import check_administrator, check_reason
from apps.accounts.sign_on_client import key_of
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id

SOURCE = "sso"
BY_OWNER = {"by": "owner"}


def is_the_providers_own(user: User) -> bool:
    """Whether nothing of the account is anybody else's than the provider's of the open force: no password, no
    second factor, no role that an administrator gave."""
    if user.has_usable_password() or Authenticator.objects.filter(user=user).exists():
        return False
    given = RoleGrant.objects.filter(user=user, revoked_at__isnull=True).exclude(source=SOURCE)
    return not given.exists()


def by_owner(account: SocialAccount) -> bool:
    return bool(account.extra_data == BY_OWNER)


def factor_counts(account: SocialAccount) -> bool:
    """Whether a second factor that was used at the provider counts here as one."""
    return by_owner(account) or is_the_providers_own(account.user)


def _of_force() -> Any:
    return SocialAccount.objects.filter(provider__startswith=f"{current_force_id()}:")


def link_of(*, user_id: UUID) -> SocialAccount | None:
    """To the provider that the open force has now."""
    provider = IdentityProvider.objects.first()
    if provider is None:
        return None
    key = key_of(provider.force_id, provider.issuer)
    found: SocialAccount | None = SocialAccount.objects.filter(user_id=user_id, provider=key).first()
    return found


def are_open(sessions: Mapping[str, tuple[Mapping[str, Any], User]]) -> frozenset[str]:
    """Of sessions of the open force by their keys, those of which `is_open` is true: at most five queries."""
    plain = {key for key, (session, _) in sessions.items() if not door.came_by_sign_on(session)}
    provider = IdentityProvider.objects.filter(enabled=True).first()
    if plain == sessions.keys() or provider is None:
        return frozenset(plain)
    by_link = {key: pair for key, pair in sessions.items() if key not in plain and _is_of(provider, pair[0])}
    found = SocialAccount.objects.filter(
        pk__in={session.get(door.SIGN_ON_LINK) for session, _ in by_link.values()},
        provider=key_of(provider.force_id, provider.issuer),
    )
    links = {(link.pk, link.user_id): link for link in found}
    users = {user.pk for _, user in by_link.values()}
    own = _with_something_of_their_own(users)
    return frozenset(plain) | {
        key
        for key, (session, user) in by_link.items()
        if (link := links.get((session.get(door.SIGN_ON_LINK), user.pk))) is not None
        and (not _is_borrowed(session, user) or by_owner(link) or _is_bare(user, own))
    }


def _with_something_of_their_own(users: Collection[UUID]) -> frozenset[UUID]:
    """Of these people, who has a second factor here or a role that an administrator gave."""
    factors = Authenticator.objects.filter(user_id__in=users).values_list("user_id", flat=True)
    given = RoleGrant.objects.filter(user_id__in=users, revoked_at__isnull=True).exclude(source=SOURCE)
    return frozenset(factors) | frozenset(given.values_list("user_id", flat=True))


def _is_bare(user: User, own: Collection[UUID]) -> bool:
    """As `is_the_providers_own`."""
    return not user.has_usable_password() and user.pk not in own


def _is_of(provider: IdentityProvider, session: Mapping[str, Any]) -> bool:
    came_by, version = door.sign_on_force_of(session), session.get(door.SIGN_ON_VERSION)
    return came_by == provider.force_id and version == provider.version


def _is_borrowed(session: Mapping[str, Any], user: User) -> bool:
    """The second factor is the provider's word alone."""
    return door.used_second_factor(session, user) and not door.used_own_factor(session, user)


def is_open(session: Mapping[str, Any], user: User) -> bool:
    """Whether the way in by which a session came is open still; always so for one that came by password.

    Asked at every request, in the context of the session's force: a provider that is turned off or changed, a
    link that is gone, or something of the account's own since, and the session is over.
    """
    if door.sign_on_force_of(session) is None:
        return True
    provider = IdentityProvider.objects.filter(enabled=True).first()
    if provider is None or not _is_of(provider, session):
        return False
    key = key_of(provider.force_id, provider.issuer)
    account = SocialAccount.objects.filter(
        pk=session.get(door.SIGN_ON_LINK), user_id=user.pk, provider=key
    ).first()
    if account is None:
        return False
    account.user = user
    return not _is_borrowed(session, user) or factor_counts(account)


@transaction.atomic
def link(*, key: str, sub: str, user: User, actor: Actor, now: datetime) -> None:
    """The owner ties the identity `sub` to their account, in place of an earlier one.

    Raises NotPermitted, ReauthenticationNeeded, and RuleViolated for an identity that is another account's.
    """
    if actor.id != user.id:
        raise NotPermitted("an account is linked by its owner")
    check_reauthenticated(actor)
    User.objects.select_for_update().get(pk=user.pk)
    if SocialAccount.objects.filter(provider=key, uid=sub).exclude(user=user).exists():
        raise RuleViolated(["This sign-on belongs to another account. Ask your force's administrator."])
    SocialAccount.objects.filter(user=user, provider=key).delete()
    SocialAccount.objects.create(user=user, provider=key, uid=sub, extra_data=BY_OWNER)
    note_about(user.id, "sign_on.linked", {"by": "owner"}, actor=actor, now=now)


@transaction.atomic
def link_by_provider(user: User, *, key: str, sub: str, actor: Actor, now: datetime) -> SocialAccount:
    account = SocialAccount.objects.create(user=user, provider=key, uid=sub, extra_data={})
    note_about(user.id, "sign_on.linked", {"by": "provider"}, actor=actor, now=now)
    return account


@transaction.atomic
def unlink_own(*, user: User, actor: Actor, now: datetime) -> None:
    """Raises NotPermitted, ReauthenticationNeeded, NotFound, RuleViolated where it is the only way in."""
    if actor.id != user.id:
        raise NotPermitted("an account is unlinked by its owner")
    check_reauthenticated(actor)
    if not user.has_usable_password():
        raise RuleViolated(["You have no password, so this is your only way in."])
    _unlink(user.id)
    note_about(user.id, "sign_on.unlinked", {"by": "owner"}, actor=actor, now=now)


@transaction.atomic
def unlink(*, user_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """By an administrator; what came through the provider ends.

    Raises NotPermitted, RuleViolated, NotFound.
    """
    check_administrator(actor)
    check_reason(reason)
    if not RoleGrant.objects.filter(user_id=user_id).exists():
        raise NotFound("there is no such person in your force")
    _unlink(user_id)
    note_about(user_id, "sign_on.unlinked", {"by": "administrator"}, actor=actor, now=now, reason=reason)


def _unlink(user_id: UUID) -> None:
    """Earlier providers of the force too: an issuer may come back."""
    gone, _ = _of_force().filter(user_id=user_id).delete()
    if not gone:
        raise NotFound("there is no link to the force's sign-on")
