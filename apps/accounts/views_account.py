"""Pages of one's own account: factors, password, forces, and the button for a lost handset."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import arriving, breaches, door, factors, history, training
from apps.accounts.forms_sign_in import AppForm, NewPasswordForm, PasskeyForm
from apps.accounts.models import User
from apps.accounts.queries import actor_for
from apps.accounts.signing import in_their_forces
from apps.accounts.views_sign_in import REFUSED, is_password_of, next_of, person_of
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
            return redirect_to_login(request.get_full_path())
        if door.force_id_of_session(request.session) is None:
            return redirect_to_login(request.get_full_path(), login_url=reverse("choose-force"))
        return view(request, *args, **kwargs)

    return require_http_methods(["GET", "HEAD", "POST"])(never_cache(guarded))


def freshly_proved(view: View) -> View:
    """An own page on which the ways in are changed: whoever has a factor must have used it, and lately."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person_of(request)
        lacks = factors.has_factor(user) and not door.used_second_factor(request.session, user)
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
    context = {
        "person": user,
        "roles": sorted(actor.roles),
        "here": get_force(force_id=force_id),
        "several": len(arriving.open_forces(request, user)) > 1,
        "factors": factors.factors_of(user),
        "codes_left": factors.codes_left(user),
        "sign_ins": sign_ins,
        "certificates": [(row, row.state_on(london(utc_now()).date())) for row in certificates],
        "expiring": expiring,
        "full": full,
    }
    return render(request, "accounts/account.html", context)


@own_page
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where somebody without one is led: set one up, or use the one that they have."""
    user = person_of(request)
    if factors.has_factor(user) and not door.used_second_factor(request.session, user):
        return redirect_to_login(next_of(request) or "/", login_url=reverse("reauthenticate"))
    context = {"factors": factors.factors_of(user), "next": next_of(request)}
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
    context = {"form": form, "passkey_options": json.dumps(options, default=dict), "next": next_of(request)}
    return render(request, "accounts/add_passkey.html", context, status=REFUSED if form.errors else 200)


def _after_adding(request: HttpRequest, words: str) -> HttpResponse:
    request.session.cycle_key()
    messages.success(request, words)
    return redirect_to_login(next_of(request) or "/", login_url=reverse("recovery-codes"))


@freshly_proved
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Shown once: after the first factor was set up, or when new ones are made by a POST."""
    user = person_of(request)
    form = Form()
    if request.method == "POST":
        try:
            codes = factors.new_recovery_codes(user, now=utc_now(), origin=_origin(request))
        except DomainError as refused:
            form = Form({})
            _refusal(form, refused)
            codes = []
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
    user = person_of(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        if is_password_of(request, user, form.cleaned_data["present"]):
            _set_password(request, user, form.cleaned_data["new"])
            messages.success(request, "Your password is changed. You are signed out everywhere else.")
            return redirect("account")
        form.add_error("present", "This is not your present password.")
    return render(request, "accounts/password.html", {"form": form}, status=REFUSED if form.errors else 200)


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
        logout(request)
        messages.success(request, "All your sign-ins are ended, on every device. Sign in again here.")
        return redirect("sign-in")
    return render(request, "accounts/end_sign_ins.html", {"subject": None})
