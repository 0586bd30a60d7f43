"""Single sign-on of a force: whom its provider may let in, as whom, and with which roles.

A provider speaks for its own force only. Whoever comes through it is in that force's session and can reach no
other; an account that works for another force is never matched by what a provider says about addresses.
"""

from __future__ import annotations

import secrets as random
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts import arriving, door
from apps.accounts.models import IdentityProvider, RoleGrant, User
from apps.accounts.operations import add_grant
from apps.accounts.queries import forces_of
from apps.accounts.sign_on_client import SignOn, key_of
from apps.accounts.sign_on_links import SOURCE, factor_counts, is_the_providers_own, link_by_provider
from apps.accounts.sign_on_settings import MAPPABLE
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id, force_context

# Of the state that goes with an attempt: whose account is to be linked; and what then waits for their word.
LINK_FOR, LINK_WAITS = "link_for", "sign_on_link_waits"
NOT_VERIFIED = "Your force's sign-on did not answer as it should. Try again, or ask your administrator."
NO_ROLE = (
    "Your force's sign-on lets you in, but none of your groups there has a role here. Ask your administrator."
)
OWN_ACCOUNT = (
    "This address has an account of its own here. Sign in with its password and second factor, then link your"
    " force's sign-on under Your account."
)
NOT_YOURS = "This address cannot be used through this force's sign-on. Ask your force's administrator."


def let_in(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Decide who has come, and leave them in `sociallogin`. Raises ImmediateHttpResponse otherwise."""
    sign_on: SignOn = request.sign_on  # type: ignore[attr-defined]  # set by the view
    nonce = str(sociallogin.state.get("nonce") or "")
    if not nonce or not random.compare_digest(nonce, str(sign_on.claims.get("nonce") or "")):
        raise ImmediateHttpResponse(arriving.turn_away(request, NOT_VERIFIED))
    if LINK_FOR in sociallogin.state:
        raise ImmediateHttpResponse(_ask_for_link(request, sign_on, str(sociallogin.state[LINK_FOR])))
    with force_context(sign_on.force.id):
        account, words = receive(
            provider=sign_on.provider,
            claims=sign_on.claims,
            now=utc_now(),
            origin=request.META.get("REMOTE_ADDR") or "",
        )
        counts = account is not None and factor_counts(account)
    if account is None:
        raise ImmediateHttpResponse(arriving.turn_away(request, words))
    if request.user.is_authenticated:
        logout(request)
    sociallogin.account, sociallogin.user = account, account.user
    # It would wait in the session with a sign-in that waits for the second factor.
    sociallogin.token = None
    request.session[door.SIGN_ON_FORCE] = str(sign_on.force.id)
    request.session[door.SIGN_ON_VERSION] = sign_on.provider.version
    request.session[door.SIGN_ON_LINK] = account.pk
    record_authentication(
        request,
        account.user,
        "sign-on",
        second_factor=(counts and second_factor_was_used(sign_on.provider, sign_on.claims)) or None,
    )


def _ask_for_link(request: HttpRequest, sign_on: SignOn, link_for: str) -> HttpResponse:
    """Whoever is signed in here and began this is shown who they are at the provider. Nothing is linked yet:
    somebody else might have signed this browser in there."""
    here = door.force_id_of_session(request.session)
    if str(request.user.pk) != link_for or here != sign_on.force.id:
        messages.error(request, NOT_VERIFIED)
        return redirect("account")
    claims = sign_on.claims
    request.session[LINK_WAITS] = {
        "user": link_for,
        "force": str(here),
        "key": key_of(sign_on.force.id, sign_on.provider.issuer),
        "sub": str(claims["sub"]),
        "who": str(claims.get("email") or claims.get("name") or claims["sub"])[:200],
        "at": time.time(),
    }
    return redirect("own-sign-on")


def second_factor_was_used(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """By what the provider says about how the person signed in there (`amr`, `acr`)."""
    said = claims.get("amr")
    methods = set(map(str, said)) if isinstance(said, list) else set()
    return bool((methods | {str(claims.get("acr") or "")}) & set(provider.second_factor_values))


def mapped_roles(provider: IdentityProvider, claims: Mapping[str, Any]) -> frozenset[Role]:
    said = claims.get(provider.role_claim)
    groups = {str(said)} if isinstance(said, str) else set(map(str, said if isinstance(said, list) else ()))
    return frozenset(Role(role) for group, role in provider.role_map.items() if group in groups) & MAPPABLE


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
        if user is None and not _may_create(provider, claims):
            return None, NOT_YOURS
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
    return account or link_by_provider(user, key=key, sub=str(claims["sub"]), actor=actor, now=now), ""


def _matched(claims: Mapping[str, Any]) -> tuple[User | None, str]:
    """An account that this force's provider made, with the address that it names; (None, "") for nobody yet;
    or words.

    An account that works for another force, that this force's provider did not make, or that has a password,
    a second factor or a role given by an administrator, is out of its reach: its owner links it.
    """
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return None, NOT_YOURS
    # Exactly so: some providers leave it out, and some send a word.
    if claims.get("email_verified") is not True:
        return None, NOT_YOURS
    user = User.objects.select_for_update().filter(username=email).first()
    if user is None:
        return None, ""
    if set(forces_of(user_id=user.id)) - {current_force_id()}:
        return None, NOT_YOURS
    if not RoleGrant.objects.filter(user=user).exists():
        return None, NOT_YOURS
    return (user, "") if is_the_providers_own(user) else (None, OWN_ACCOUNT)


def _may_create(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """Only for the domains that the force registered as its own; none is of two forces."""
    domain = str(claims.get("email") or "").strip().lower().rpartition("@")[2]
    return domain in provider.email_domains


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
            requested_by=None,
            vouched=None,
            actor=actor,
            now=now,
            reason="A group of the single sign-on has this role.",
            source=SOURCE,
        )
