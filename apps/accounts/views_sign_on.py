"""Single sign-on: the way in through a force's provider, and the page on which one's account is linked."""

from __future__ import annotations

import secrets as random
import time
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from apps.accounts import arriving, door, sign_on, sign_on_links
from apps.accounts.models import IdentityProvider
from apps.accounts.queries import actor_for
from apps.accounts.sign_on_client import ForceClient, SignOn, key_of
from apps.accounts.views_account import freshly_proved
from apps.accounts.views_sign_in import REFUSED, next_of, person_of
from apps.core.clock import utc_now
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import force_context
from apps.core.web import domain_errors_to_form
from apps.forces.api import all_forces, get_force, get_force_by_slug

UNANSWERED = (OAuth2Error, RequestException, RuleViolated, ValueError)
WAITS_FOR_S = 10 * 60
CONFLICT = 409
NO_SIGN_ON = "Your force has no sign-on of its own here."
OWN_WAY_IN = "Sign in with your password and your second factor to link your force's sign-on."


def _sign_on_of(slug: str) -> SignOn | None:
    """None for a force without a provider. Raises Http404 for what is no force."""
    try:
        force = get_force_by_slug(slug=slug)
    except NotFound as unknown:
        raise Http404 from unknown
    with force_context(force.id):
        provider = IdentityProvider.objects.filter(enabled=True).first()
    return None if provider is None else SignOn(force, provider, {})


@require_GET
@never_cache
def forces(request: HttpRequest) -> HttpResponse:
    """The forces that have a provider: it would be seen of each when it is chosen."""
    found = [force for force in all_forces() if _sign_on_of(force.slug) is not None]
    return render(request, "accounts/sign_on_forces.html", {"forces": found, "next": next_of(request)})


@require_GET
@never_cache
def begin(request: HttpRequest, force_slug: str) -> HttpResponse:
    """To the force's provider, with a state, a nonce and a challenge that only this browser can answer."""
    found = _sign_on_of(force_slug)
    if found is None:
        return render(request, "accounts/no_sign_on.html", {}, status=404)
    try:
        return _to_provider(request, found, next_url=next_of(request) or None)
    except UNANSWERED:
        return arriving.turn_away(request, sign_on.NOT_VERIFIED)


def _to_provider(request: HttpRequest, found: SignOn, **state: str | None) -> HttpResponse:
    """Always the answer to a GET: a form that leads to another site is refused by our own headers."""
    request.sign_on = found  # type: ignore[attr-defined]  # read by the client
    nonce = random.token_urlsafe(24)
    provider = ForceClient(request, found).get_provider()
    answer: HttpResponse = provider.redirect(
        request, AuthProcess.LOGIN, auth_params={"nonce": nonce}, nonce=nonce, **state
    )
    return answer


@require_GET
@never_cache
def callback(request: HttpRequest, force_slug: str) -> HttpResponse:
    found = _sign_on_of(force_slug)
    if found is None:
        raise Http404
    request.sign_on = found  # type: ignore[attr-defined]  # as above
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(ForceClient(request, found))(request)
    except (*UNANSWERED, KeyError):
        return arriving.turn_away(request, sign_on.NOT_VERIFIED)
    return answer


@require_GET
@freshly_proved
def link(request: HttpRequest) -> HttpResponse:
    """To the provider and back, so that the owner of an account sees who they are there."""
    user = person_of(request)
    if door.came_by_sign_on(request.session) or not door.used_own_factor(request.session, user):
        return _cannot_begin(request, OWN_WAY_IN)
    force_id = door.force_id_of_session(request.session)
    found = _sign_on_of(get_force(force_id=force_id).slug) if force_id else None
    if found is None:
        return _cannot_begin(request, NO_SIGN_ON)
    try:
        return _to_provider(request, found, **{sign_on.LINK_FOR: str(user.pk)})
    except UNANSWERED:
        return _cannot_begin(request, sign_on.NOT_VERIFIED)


def _cannot_begin(request: HttpRequest, words: str) -> HttpResponse:
    form = Form({})
    form.add_error(None, words)
    return render(request, "accounts/sign_on_link.html", {"form": form}, status=CONFLICT)


@freshly_proved
def own_link(request: HttpRequest) -> HttpResponse:
    """Link what waits, or unlink: one button each."""
    user = person_of(request)
    force_id = door.force_id_of_session(request.session)
    form = Form(request.POST if request.method == "POST" else None)
    with force_context(force_id):  # type: ignore[arg-type]  # own_page has seen that there is one
        waits = _waiting(request)
        if request.method == "POST":
            words = _decided(request, form, waits)
            if words:
                messages.success(request, words)
                return redirect("account")
        context = {"form": form, "waits": waits, "linked": sign_on_links.link_of(user_id=user.pk)}
    return render(request, "accounts/sign_on_link.html", context, status=REFUSED if form.errors else 200)


def _waiting(request: HttpRequest) -> dict[str, Any] | None:
    """Who this person was at the provider a moment ago; None once that is of another way in or too old."""
    kept: dict[str, Any] | None = request.session.get(sign_on.LINK_WAITS)
    provider = IdentityProvider.objects.filter(enabled=True).first()
    if (
        kept is None
        or provider is None
        or door.came_by_sign_on(request.session)
        or kept["user"] != str(request.user.pk)
        or kept["key"] != key_of(provider.force_id, provider.issuer)
        or time.time() - kept["at"] > WAITS_FOR_S
    ):
        return None
    return kept


def _decided(request: HttpRequest, form: Form, waits: dict[str, Any] | None) -> str:
    """What was done, in words; "" when it was refused, and the form says why."""
    user, now = person_of(request), utc_now()
    actor = actor_for(
        user_id=user.pk,
        force_id=door.force_id_of_session(request.session),  # type: ignore[arg-type]  # as above
        origin=request.META.get("REMOTE_ADDR") or "",
        reauthenticated=door.recently_proved(request.session, user),
    )
    try:
        if request.POST.get("step") == "unlink":
            sign_on_links.unlink_own(user=user, actor=actor, now=now)
            return "Your force's sign-on leads to your account no more."
        if waits is None:
            raise RuleViolated(["Nothing waits to be linked. Begin again."])
        sign_on_links.link(key=waits["key"], sub=waits["sub"], user=user, actor=actor, now=now)
    except (RuleViolated, NotFound) as refused:
        domain_errors_to_form(form, refused)
        return ""
    request.session.pop(sign_on.LINK_WAITS, None)
    return "Your force's sign-on is linked to your account."
