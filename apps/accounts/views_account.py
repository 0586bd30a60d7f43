"""Pages of one's own account: factors, password, forces, and the button for a lost handset."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import (
    arriving,
    breaches,
    door,
    factors,
    history,
    kept,
    known,
    people,
    proving,
    sign_on_links,
    sign_on_settings,
    training,
)
from apps.accounts.forms_sign_in import AppForm, NewPasswordForm, PasskeyForm
from apps.accounts.models import User
from apps.accounts.policies import ask_to_sign_in
from apps.accounts.queries import actor_for
from apps.accounts.signing import in_their_forces
from apps.accounts.views_sign_in import REFUSED, next_of, person_of
from apps.core.clock import london, utc_now
from apps.core.data import Actor
from apps.core.errors import DomainError, NotPermitted
from apps.core.tenancy import force_context
from apps.core.web import domain_errors_to_form
from apps.forces.api import get_force

View = Callable[..., HttpResponse]


def own_page(view: View) -> View:
    """For whoever is signed in to a force, with a second factor or still without."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        if door.force_id_of_session(request.session) is None:
            return redirect_to_login(request.get_full_path(), login_url=reverse("choose-force"))
        return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(guarded))


def freshly_proved(view: View) -> View:
    """An own page on which the ways in are changed: whoever has a factor must have used it, and lately."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person_of(request)
        lacks = factors.has_factor(user) and not door.used_own_factor(request.session, user)
        if lacks or not door.recently_proved(request.session, user):
            return redirect_to_login(request.get_full_path(), login_url=reverse("reauthenticate"))
        return view(request, *args, **kwargs)

    return own_page(guarded)


def _origin(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR") or ""


def _force_of(request: HttpRequest) -> UUID:
    """Of the session. `own_page` has seen that there is one."""
    force_id = door.force_id_of_session(request.session)
    if force_id is None:
        raise NotPermitted("choose a force first")
    return force_id


def _own_actor(request: HttpRequest, user: User) -> Actor:
    """In the open context of the session's force."""
    return actor_for(user_id=user.id, force_id=_force_of(request), origin=_origin(request))


def _refusal(form: Form, error: DomainError) -> None:
    domain_errors_to_form(form, error)


@own_page
def account(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    force_id = _force_of(request)
    with force_context(force_id):
        actor = _own_actor(request, user)
        full = not door.needs_second_factor(actor.roles) or door.used_second_factor(request.session, user)
        sign_ins = history.sign_ins_of(user_id=user.id, actor=actor)[:20] if full else []
        certificates = training.certificates_of(user_id=user.id) if full else []
        expiring = training.expiring(now=utc_now(), user_id=user.id) if full else []
        provider = sign_on_settings.provider_of_force()
        linked = sign_on_links.link_of(user_id=user.id)
        waiting = [row.role for row in people.grants_of(user_id=user.id) if row.waiting]
    context = {
        "person": user,
        "roles": sorted(actor.roles),
        "waiting": waiting,
        "here": get_force(force_id=force_id),
        "several": len(arriving.open_forces(request, user)) > 1,
        "factors": factors.factors_of(user),
        "codes_left": factors.codes_left(user),
        "sign_ins": sign_ins,
        "certificates": [(row, row.state_on(london(utc_now()).date())) for row in certificates],
        "expiring": expiring,
        "needs_training": not actor.roles.isdisjoint(training.TRAINED_ROLES),
        "full": full,
        "provider": provider if provider and provider.enabled else None,
        "linked": linked,
        "by_sign_on": door.came_by_sign_on(request.session),
    }
    return render(request, "accounts/account.html", context)


@own_page
def present(request: HttpRequest) -> HttpResponse:
    """Whether somebody is signed in here, and who, for a page that was left alone.

    Asking is no activity; sending (POST), which "Stay signed in" does, is. The token is for forms that were
    open across a sign-in.
    """
    return JsonResponse({"person": str(person_of(request).id), "token": get_token(request)})


@own_page
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where somebody without one is led: set one up, or use the one that they have."""
    user = person_of(request)
    own = door.used_own_factor(request.session, user)
    if factors.has_factor(user) and not own:
        return redirect_to_login(next_of(request) or "/", login_url=reverse("reauthenticate"))
    context = {
        "factors": factors.factors_of(user),
        "next": next_of(request),
        # What only the provider proved sets up no factor of ours.
        "by_sign_on": door.came_by_sign_on(request.session) and not own,
    }
    return render(request, "accounts/second_factor.html", context)


@sensitive_post_parameters("code")
@freshly_proved
def add_app(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    form = AppForm(request.POST if request.method == "POST" else None)
    secret = get_totp_secret(regenerate=request.method != "POST")
    if request.method == "POST" and form.is_valid():
        try:
            made = factors.add_app(
                user, secret=secret, code=form.cleaned_data["code"], now=utc_now(), origin=_origin(request)
            )
        except DomainError as refused:
            _refusal(form, refused)
        else:
            clear_totp_secret(request)
            post_authentication(request, made)
            return _after_adding(request, "Your authenticator app is set up.")
    adapter = get_factor_adapter()
    context = {
        "form": form,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "drawing": _drawn(adapter.build_totp_svg(adapter.build_totp_url(user, secret))),
        "next": next_of(request),
    }
    return render(request, "accounts/add_app.html", context, status=REFUSED if form.errors else 200)


def _drawn(svg: str) -> SafeString:
    # Made by the library from a secret of ours: nothing of anybody's is in it.
    return mark_safe(svg)  # noqa: S308


def _by_number(request: HttpRequest) -> bool:
    """Whether the page was opened at an IP address, to which no passkey can belong (WebAuthn, RP ID)."""
    domain, _ = split_domain_port(request.get_host())
    try:
        ip_address(domain.strip("[]"))
    except ValueError:
        return False
    return True


@freshly_proved
def add_passkey(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    form = PasskeyForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        made = factors.add_passkey(
            user,
            name=form.cleaned_data["name"][:60],
            credential=form.cleaned_data["credential"],
            now=utc_now(),
            origin=_origin(request),
        )
        post_authentication(request, made)
        return _after_adding(request, "Your passkey is set up.")
    options = passkeys.begin_registration(user, passwordless=False)
    context = {
        "form": form,
        "passkey_options": json.dumps(options, default=dict),
        "next": next_of(request),
        "by_number": _by_number(request),
    }
    return render(request, "accounts/add_passkey.html", context, status=REFUSED if form.errors else 200)


def _after_adding(request: HttpRequest, words: str) -> HttpResponse:
    request.session.cycle_key()
    messages.success(request, words)
    response = redirect_to_login(next_of(request) or "/", login_url=reverse("recovery-codes"))
    known.remember(request, response, person_of(request))
    return response


@freshly_proved
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shown once. A POST makes new ones and leads back here: loading the page again makes none."""
    user = person_of(request)
    form = Form()
    codes: list[str] = []
    if request.method == "POST":
        try:
            factors.new_recovery_codes(user, now=utc_now(), origin=_origin(request))
        except DomainError as refused:
            form = Form({})
            _refusal(form, refused)
        else:
            return redirect("recovery-codes")
    else:
        codes = factors.first_recovery_codes(user)
        if not codes and "next" in request.GET:
            return redirect(next_of(request) or "/")
    context = {"codes": codes, "left": factors.codes_left(user), "next": next_of(request), "form": form}
    return render(request, "accounts/recovery_codes.html", context, status=REFUSED if form.errors else 200)


@freshly_proved
def remove_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    user = person_of(request)
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        force_id = _force_of(request)
        with force_context(force_id):
            must = door.needs_second_factor(_own_actor(request, user).roles)
        try:
            factors.remove(
                user, factor_id=factor_id, must_keep_one=must, now=utc_now(), origin=_origin(request)
            )
        except DomainError as refused:
            _refusal(form, refused)
        else:
            messages.success(request, "The second factor is removed.")
            return redirect("account")
    found = next((factor for factor in factors.factors_of(user) if factor.id == factor_id), None)
    context = {"factor": found, "form": form}
    return render(request, "accounts/remove_factor.html", context, status=REFUSED if form.errors else 200)


@sensitive_post_parameters("present", "new", "again")
@own_page
def change_password(request: HttpRequest) -> HttpResponse:
    """Everything that is wrong is said at once. A wrong present password counts as when confirming."""
    user = person_of(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST":
        ended = _check_present(request, user, form)
        if ended is not None:
            return ended
        if form.is_valid():
            _set_password(request, user, form.cleaned_data["new"])
            messages.success(request, "Your password is changed. You are signed out everywhere else.")
            return redirect("account")
    return render(request, "accounts/password.html", {"form": form}, status=REFUSED if form.errors else 200)


def _check_present(request: HttpRequest, user: User, form: NewPasswordForm) -> HttpResponse | None:
    """Put it on the form when the present password is wrong; the answer, when the session ended with it."""
    form.is_valid()
    typed = form.cleaned_data.get("present")
    if typed is None:
        return None
    number = proving.count(request, user)
    if number <= proving.MOST and proving.is_password(user, typed):
        proving.succeeded(request, user)
        return None
    form.add_error("present", "This is not your present password.")
    return proving.failed(request, user, number=number, step="password")


def _set_password(request: HttpRequest, user: User, password: str) -> None:
    def change() -> None:
        user.set_password(password)
        user.save(update_fields=["password"])

    in_their_forces(
        user_id=user.id,
        verb="password.changed",
        payload={},
        now=utc_now(),
        origin=_origin(request),
        change=change,
    )
    update_session_auth_hash(request, user)
    record_authentication(request, user, "password", reauthenticated=True)


@own_page
def end_own_sign_ins(request: HttpRequest) -> HttpResponse:
    user = person_of(request)
    if request.method == "POST":
        force_id = _force_of(request)
        with force_context(force_id):
            breaches.end_sign_ins(
                user_id=user.id,
                summary=request.POST.get("summary", "")[:500],
                actor=_own_actor(request, user),
                now=utc_now(),
            )
        kept.sign_out(request)
        messages.success(request, "All your sign-ins are ended, on every device. Sign in again here.")
        return redirect("sign-in")
    return render(request, "accounts/end_sign_ins.html", {"subject": None})
