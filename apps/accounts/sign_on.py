"""Single sign-on of a force: whom its provider may let in, as whom, and with which roles.

A provider speaks for its own force only. Whoever comes through it is in that force's session and can reach no
other; an account that works for another force is never matched by what a provider says about addresses.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import arriving, door
from apps.accounts.models import IdentityProvider, Invitation, RoleGrant, User
from apps.accounts.operations import add_grant
from apps.accounts.policies import check_administrator
from apps.accounts.queries import forces_of
from apps.accounts.secrets import secrets
from apps.accounts.sign_on_client import SignOn, check_address, key_of, secret_name
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id, force_context

SOURCE = "sso"
MAPPABLE = frozenset(Role) - {Role.SYSTEM}
NOT_VERIFIED = "Your force's sign-on did not answer as it should. Try again, or ask your administrator."
NO_ROLE = (
    "Your force's sign-on lets you in, but none of your groups there has a role here. Ask your administrator."
)
NOT_YOURS = "This address cannot be used through this force's sign-on. Ask your force's administrator."


def let_in(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Decide who has come, and leave them in `sociallogin`. Raises ImmediateHttpResponse otherwise."""
    sign_on: SignOn = request.sign_on  # type: ignore[attr-defined]  # set by the view
    nonce = str(sociallogin.state.get("nonce") or "")
    if not nonce or not random.compare_digest(nonce, str(sign_on.claims.get("nonce") or "")):
        raise ImmediateHttpResponse(arriving.turn_away(request, NOT_VERIFIED))
    with force_context(sign_on.force.id):
        account, words = receive(
            provider=sign_on.provider,
            claims=sign_on.claims,
            now=utc_now(),
            origin=request.META.get("REMOTE_ADDR") or "",
        )
    if account is None:
        raise ImmediateHttpResponse(arriving.turn_away(request, words))
    if request.user.is_authenticated:
        logout(request)
    sociallogin.account, sociallogin.user = account, account.user
    request.session[door.SIGN_ON_FORCE] = str(sign_on.force.id)
    record_authentication(
        request,
        account.user,
        "sign-on",
        second_factor=second_factor_was_used(sign_on.provider, sign_on.claims) or None,
    )


def second_factor_was_used(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """By what the provider says about how the person signed in there (`amr`, `acr`)."""
    said = claims.get("amr")
    methods = set(map(str, said)) if isinstance(said, list) else set()
    return bool((methods | {str(claims.get("acr") or "")}) & set(provider.second_factor_values))


def mapped_roles(provider: IdentityProvider, claims: Mapping[str, Any]) -> frozenset[Role]:
    said = claims.get(provider.role_claim)
    groups = {str(said)} if isinstance(said, str) else set(map(str, said if isinstance(said, list) else ()))
    return frozenset(Role(role) for group, role in provider.role_map.items() if group in groups)


def receive(
    *, provider: IdentityProvider, claims: Mapping[str, Any], now: datetime, origin: str
) -> tuple[SocialAccount | None, str]:
    """The account of whoever the verified `claims` are about, or why there is none, in words.

    To be called in the provider's force. The roles that it maps are brought up to date whether or not anybody
    is let in: whoever was taken out of every group there has lost their roles here.
    """
    actor = Actor.system(force_id=provider.force_id, label=f"single sign-on: {provider.name}", origin=origin)
    key = key_of(provider.force_id, provider.issuer)
    roles = mapped_roles(provider, claims)
    account = SocialAccount.objects.select_related("user").filter(provider=key, uid=claims["sub"]).first()
    user = account.user if account else None
    if user is None:
        user, words = _matched(claims)
        if words:
            return None, words
        if user is None and not roles:
            return None, NO_ROLE
        user = user or _create(claims, now=now)
    if not user.is_active or user.is_service:
        return None, NOT_YOURS
    try:
        with transaction.atomic():
            _bring_up_to_date(user, roles, actor=actor, now=now)
    except RuleViolated as refused:
        return None, refused.message
    if provider.force_id not in forces_of(user_id=user.id):
        return None, NO_ROLE
    return account or _link(user, key=key, sub=str(claims["sub"]), actor=actor, now=now), ""


def _matched(claims: Mapping[str, Any]) -> tuple[User | None, str]:
    """An account of this force with the address that the provider names; (None, "") for nobody yet; or words.

    An account that works for another force, or that this force never invited, is out of its reach.
    """
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return None, NOT_YOURS
    user = User.objects.select_for_update().filter(username=email).first()
    if user is None:
        return None, ""
    if claims.get("email_verified") is False or set(forces_of(user_id=user.id)) - {current_force_id()}:
        return None, NOT_YOURS
    known = RoleGrant.objects.filter(user=user, revoked_at__isnull=True).exists()
    invited = Invitation.objects.filter(
        user=user, used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=timezone.now()
    )
    return (user, "") if known or invited.exists() else (None, NOT_YOURS)


def _create(claims: Mapping[str, Any], *, now: datetime) -> User:
    email = str(claims["email"]).strip().lower()
    name = " ".join(str(claims.get("name") or "").split())[:120] or email
    user = User(username=email, display_name=name, created_at=now)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def _bring_up_to_date(user: User, roles: Collection[Role], *, actor: Actor, now: datetime) -> None:
    """Only what the provider gave does it take back."""
    User.objects.select_for_update().get(pk=user.pk)
    gone = RoleGrant.objects.filter(user=user, source=SOURCE, revoked_at__isnull=True).exclude(role__in=roles)
    for grant in gone:
        grant.revoked_at, grant.revoked_by = now, actor.label
        grant.revoked_reason = "No group of the single sign-on has this role any more."
        grant.save()
        audit.record(
            actor=actor,
            verb="role.revoked",
            object_type="user",
            object_id=user.id,
            payload={"role": grant.role, "source": SOURCE},
            now=now,
            reason=grant.revoked_reason,
        )
    for role in sorted(roles):
        add_grant(
            user,
            role,
            granted_by=actor.label,
            vouched=None,
            actor=actor,
            now=now,
            reason="A group of the single sign-on has this role.",
            source=SOURCE,
        )


def _link(user: User, *, key: str, sub: str, actor: Actor, now: datetime) -> SocialAccount:
    account = SocialAccount.objects.create(user=user, provider=key, uid=sub, extra_data={})
    audit.record(
        actor=actor, verb="sign_on.linked", object_type="user", object_id=user.id, payload={}, now=now
    )
    return account


def provider_of_force() -> IdentityProvider | None:
    """Of the open force."""
    return IdentityProvider.objects.first()


@transaction.atomic
def configure(
    *,
    name: str,
    issuer: str,
    client_id: str,
    secret: str,
    role_claim: str,
    role_map: Mapping[str, Role],
    second_factor_values: Collection[str],
    enabled: bool,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Set how people of the actor's force sign in through it; an empty `secret` keeps the present one.

    Raises NotPermitted, RuleViolated, ReauthenticationNeeded.
    """
    check_administrator(actor)
    check_address(issuer)
    if not set(role_map.values()) <= MAPPABLE:
        raise RuleViolated(["No group can have the role of the platform itself."])
    check_reauthenticated(actor)
    row = IdentityProvider.objects.select_for_update().first() or IdentityProvider(created_at=now)
    if not secret and row._state.adding:
        raise RuleViolated(["Enter the client secret that your identity provider gave you."])
    row.name, row.issuer, row.client_id, row.role_claim = name, issuer, client_id, role_claim
    row.role_map = {group: str(role) for group, role in role_map.items()}
    row.second_factor_values = sorted(second_factor_values)
    row.enabled, row.changed_at = enabled, now
    row.save()
    if secret:
        name_of_file = secret_name(row.id)
        transaction.on_commit(lambda: secrets().put(name_of_file, secret))
    audit.record(
        actor=actor,
        verb="sign_on.configured",
        object_type="identity_provider",
        object_id=row.id,
        payload={
            "issuer": issuer,
            "client_id": client_id,
            "role_claim": role_claim,
            "role_map": row.role_map,
            "second_factor_values": row.second_factor_values,
            "enabled": enabled,
            "secret_changed": bool(secret),
        },
        now=now,
    )
    return row.id
