"""Proving again who one is, by password, code or passkey; and going on with what was typed before."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal import flows
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import door, kept, known, lockout, proving
from apps.accounts.adapters import is_safe_path
from apps.accounts.forms_sign_in import CodeForm, PasswordForm, refused_before
from apps.accounts.kept_words import in_words
from apps.accounts.models import User
from apps.accounts.policies import ask_to_sign_in
from apps.accounts.signing import in_their_forces
from apps.accounts.views_sign_in import LOCKED_OUT, REFUSED, has_factor_of, next_of, person_of
from apps.core.clock import utc_now

REFUSAL = "confirm_refused"
WRONG_PASSWORD = "This is not your password."  # noqa: S105 - words, no password
WRONG_PASSKEY = "The passkey was not accepted. Try again, or choose another way."
NOTHING_TYPED = "Enter the code or your password."
BY_SIGN_ON = "You came through your force's sign-on: use your second factor."
LOST = (
    "You have confirmed who you are, but what you typed on this page was not kept until now. "
    "Nothing was sent: look at what stands here, and type it again."
)


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """A refused proof leads back here, so that nothing is sent twice by going back or loading again."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    user = person_of(request)
    if request.method != "POST":
        return _page(request, user)
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        return _refused(request, "", lockout.LOCKED)
    kind, form = _posted(request, user)
    if not any(request.POST.get(field, "").strip() for field in ("password", "code", "credential")):
        # Nothing was tried, and nothing counts.
        both = "code" in request.POST and "password" in request.POST
        request.session[REFUSAL] = [kind, NOTHING_TYPED if both else _words(kind, form)]
        return _page(request, user, status=REFUSED)
    if not proving.is_proven(request, user):
        # Whoever has only the password guesses a code here as they would at the sign-in.
        if lockout.is_locked(request, username=lockout.code_name(user)):
            return _refused(request, "", "")
        if _proved(request, user, kind, form):
            return _confirmed(request, user, kind)
        lockout.count_wrong_code(request, user=user)
        return _refused(request, kind, _words(kind, form))
    number = proving.count(request, user)
    if number <= proving.MOST and _proved(request, user, kind, form):
        proving.succeeded(request, user)
        return _confirmed(request, user, kind)
    step = "password" if kind == "password" else "code"
    ended = proving.failed(request, user, number=number, step=step)
    return ended or _refused(request, kind, _words(kind, form))


def _refused(request: HttpRequest, kind: str, words: str) -> HttpResponse:
    if words:
        request.session[REFUSAL] = [kind, words]
    return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': next_of(request)})}")


def _confirmed(request: HttpRequest, user: User, kind: str) -> HttpResponse:
    in_their_forces(
        user_id=user.id,
        verb="identity.confirmed",
        payload={"how": [kind]},
        now=utc_now(),
        origin=request.META.get("REMOTE_ADDR") or "",
    )
    response = redirect(next_of(request) or "/")
    if door.used_own_factor(request.session, user):
        known.remember(request, response, user)
    return response


def _posted(request: HttpRequest, user: User) -> tuple[str, Form]:
    """Which proof was sent: the password and the code stand in one form, and either of them will do. The
    password alone does not stand in for a factor that the session lacks."""
    if "credential" in request.POST:
        return "webauthn", ReauthenticateWebAuthnForm(data=request.POST, user=user)
    password = request.POST.get("password", "")
    if "code" in request.POST and (request.POST["code"].strip() or not password):
        return "totp", CodeForm(data=request.POST, user=user)
    return "password", PasswordForm(data=request.POST)


def _proved(request: HttpRequest, user: User, kind: str, form: Form) -> bool:
    if not form.is_valid():
        return False
    was_halfway = not door.used_own_factor(request.session, user)
    if kind == "password":
        if was_halfway and door.came_by_sign_on(request.session):
            form.add_error("password", BY_SIGN_ON)
            return False
        if not proving.is_password(user, form.cleaned_data["password"]):
            form.add_error("password", WRONG_PASSWORD)
            return False
        flows.reauthentication.reauthenticate_by_password(request)
        return True
    factor = form.cleaned_data["credential"] if kind == "webauthn" else form.authenticator  # type: ignore[attr-defined]
    factor.user = user
    post_authentication(request, factor, reauthenticated=True)
    if was_halfway:
        # This session may do more now than the one whose key somebody might know.
        request.session.cycle_key()
    return True


def _words(kind: str, form: Form) -> str:
    if kind == "webauthn":
        return WRONG_PASSKEY
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _page(request: HttpRequest, user: User, *, status: int = 200) -> HttpResponse:
    until, proven = None, proving.is_proven(request, user)
    if not proven:
        until = lockout.locked_until(request, username=lockout.code_name(user))
    kind, words = request.session.pop(REFUSAL, ("", ""))
    by_sign_on = door.came_by_sign_on(request.session)
    has_passkey = has_factor_of(user, Authenticator.Type.WEBAUTHN)
    has_codes = has_factor_of(user, Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    password_form = PasswordForm() if proven and user.has_usable_password() else None
    code_form = CodeForm(user=user) if has_codes else None
    if code_form is None and password_form is not None:
        password_form.fields["password"].widget.attrs["autofocus"] = True
    form = refused_before({"totp": code_form, "password": password_form}.get(kind), words)
    wanted = next_of(request)
    token = kept.token_of(wanted)
    context: dict[str, Any] = {
        "next": wanted,
        "waits": bool(token) and kept.is_kept(request, token),
        "lost": kept.was_issued(request, token) and not kept.is_kept(request, token),
        "locked": bool(until),
        "words": lockout.words_of(until) if until else words if form is None else "",
        "password_form": password_form,
        "code_form": code_form,
        "has_passkey": has_passkey,
        "passkey_options": json.dumps(
            passkeys.begin_authentication(user) if has_passkey else {}, default=dict
        ),
        "by_sign_on": by_sign_on,
        "form": form or Form(),
    }
    return render(request, "accounts/confirm.html", context, status=LOCKED_OUT if until else status)


@require_GET
@never_cache
def go_on(request: HttpRequest) -> HttpResponse:
    """Once: what waited, in a form that goes to the page it was typed on. Full sign-in comes first."""
    path = request.GET.get("path", "")
    if getattr(request, "actor", None) is None:
        return ask_to_sign_in(request)
    token = request.GET.get("kept", "")
    waiting = kept.take(request, token=token, path=path)
    if waiting is None and not kept.was_issued(request, token):
        # An address that somebody made up, or of another session: there is nothing true to say about it.
        return redirect("/")
    if waiting is None:
        messages.warning(request, LOST)
        return redirect(path if is_safe_path(path) else "/")
    return render(request, "accounts/go_on.html", {"waiting": waiting, "said": in_words(waiting)})
