"""The way in: password, second factor, force; and proving again who one is."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from allauth.account.internal import flows
from allauth.account.views import LoginView
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import arriving, confirming, door, factors, lockout
from apps.accounts.adapters import AccountAdapter, is_safe_path
from apps.accounts.forms_sign_in import CodeForm, PasswordForm, SignInForm
from apps.accounts.models import User
from apps.accounts.queries import actor_for
from apps.accounts.signing import in_their_forces, note_session_end
from apps.core.clock import utc_now
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.forces.api import get_force

REFUSED = 422
LOCKED_OUT = 429


def next_of(request: HttpRequest) -> str:
    """Where to go afterwards: a page of ours, or nowhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_safe_path(wanted) else ""


def person_of(request: HttpRequest) -> User:
    """Raises Http404 for a stranger: whoever calls has asked for a signed-in person."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


class SignInView(LoginView):  # type: ignore[misc]  # allauth has no types
    http_method_names = ["get", "head", "post", "options"]
    form_class = SignInForm
    template_name = "accounts/sign_in.html"

    def form_valid(self, form: SignInForm) -> HttpResponse:
        if self.request.user.is_authenticated:
            logout(self.request)
        self.request.session.pop(door.SIGN_ON_FORCE, None)
        return super().form_valid(form)  # type: ignore[no-any-return]  # as above

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        status = REFUSED
        typed = str(self.request.POST.get("username", "")).strip().lower()
        if lockout.is_locked(self.request, username=typed):
            status = LOCKED_OUT
            form.errors.clear()
            form.add_error(None, lockout.LOCKED)
        return self.render_to_response(self.get_context_data(form=form), status=status)  # type: ignore[no-any-return]


class CodeView(AuthenticateView):  # type: ignore[misc]  # as above
    """The second factor of somebody whose password was right."""

    form_class = CodeForm
    template_name = "accounts/code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = self.stage.login.user
        if lockout.is_locked(request, username=user.username):
            return self._refused(lockout.LOCKED, LOCKED_OUT)
        if self.form.is_valid():
            return self.form_valid(self.form)  # type: ignore[no-any-return]
        lockout.count_failure(request, user=user)
        return self._refused("", REFUSED)

    def _refused(self, words: str, status: int) -> HttpResponse:
        return self.render_to_response(self.get_context_data() | {"locked": words}, status=status)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.stage.login.user
        found["has_passkey"] = _has(user, Authenticator.Type.WEBAUTHN)
        found["passkey_options"] = json.dumps(found["js_data"]["request_options"], default=dict)
        found["posted_passkey"] = "credential" in self.request.POST
        return found


def _has(user: User, *kinds: str) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=kinds).exists())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_force(request: HttpRequest) -> HttpResponse:
    """Into which force somebody signs in, or goes over. Only a POST goes anywhere."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    user = person_of(request)
    open_to_me = arriving.open_forces(request, user)
    if request.method == "POST":
        try:
            chosen = UUID(request.POST.get("force", ""))
        except ValueError as unknown:
            raise Http404 from unknown
        switched = door.force_id_of_session(request.session) is not None
        response = arriving.enter_force(request, user, chosen, next_path=next_of(request), switched=switched)
        request.session.cycle_key()
        return response
    forces = [get_force(force_id=force_id) for force_id in open_to_me]
    present = door.force_id_of_session(request.session)
    return render(
        request,
        "accounts/choose_force.html",
        {"forces": forces, "present": present, "next": next_of(request)},
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    force_id = door.force_id_of_session(request.session)
    if request.user.is_authenticated and force_id is not None:
        user = person_of(request)
        with force_context(force_id):
            try:
                actor = actor_for(
                    user_id=user.id, force_id=force_id, origin=request.META.get("REMOTE_ADDR") or ""
                )
            except NotPermitted:
                pass  # whose roles are gone may still go
            else:
                note_session_end(actor=actor, why="person")
    logout(request)
    return redirect("notices:list")


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Prove again who one is, by password, code or passkey; then go on with what waits."""
    if not request.user.is_authenticated:
        return redirect("sign-in")
    user = person_of(request)
    if request.method != "POST":
        return _confirm_page(request, user)
    within_limits = ratelimit.consume(request, action="reauthenticate", user=user)
    if not within_limits or lockout.is_locked(request, username=user.username):
        return _confirm_page(request, user, words=lockout.LOCKED, status=LOCKED_OUT)
    kind, form = _posted(request, user)
    if not form.is_valid() or not _proved(request, user, kind, form):
        return _confirm_page(request, user, refused=(kind, form), status=REFUSED)
    in_their_forces(
        user_id=user.id,
        verb="identity.confirmed",
        payload={"how": [kind]},
        now=utc_now(),
        origin=request.META.get("REMOTE_ADDR") or "",
    )
    return _go_on(request)


def _posted(request: HttpRequest, user: User) -> tuple[str, Form]:
    """Which proof was sent. The password alone does not stand in for a factor that the session lacks."""
    if "credential" in request.POST:
        return "webauthn", ReauthenticateWebAuthnForm(data=request.POST, user=user)
    if "code" in request.POST:
        return "totp", CodeForm(data=request.POST, user=user)
    return "password", PasswordForm(data=request.POST)


def _proved(request: HttpRequest, user: User, kind: str, form: Form) -> bool:
    was_halfway = not door.used_second_factor(request.session, user)
    if kind == "password":
        if not is_password_of(request, user, form.cleaned_data["password"]):
            form.add_error("password", "This is not your password.")
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


def is_password_of(request: HttpRequest, user: User, password: str) -> bool:
    """Counted by the lock-out like a sign-in."""
    try:
        return bool(AccountAdapter(request).reauthenticate(user, password))
    except ValidationError:
        return False  # too often in a short time


def _confirm_page(
    request: HttpRequest,
    user: User,
    *,
    refused: tuple[str, Form] | None = None,
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    kind, form = refused or ("", None)
    if kind == "totp" or kind == "webauthn":
        lockout.count_failure(request, user=user)
    halfway = not door.used_second_factor(request.session, user) and factors.has_factor(user)
    has_passkey = _has(user, Authenticator.Type.WEBAUTHN)
    options = passkeys.begin_authentication(user) if has_passkey else {}
    context = {
        "next": next_of(request),
        "waits": confirming.WAITING in request.session,
        "words": words,
        "password_form": (form if kind == "password" else PasswordForm())
        if user.has_usable_password() and not halfway
        else None,
        "code_form": (form if kind == "totp" else CodeForm(user=user))
        if _has(user, Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
        else None,
        "has_passkey": has_passkey,
        "passkey_options": json.dumps(options, default=dict),
        "passkey_refused": kind == "webauthn",
        "form": form or Form(),
    }
    return render(request, "accounts/confirm.html", context, status=status)


def _go_on(request: HttpRequest) -> HttpResponse:
    path = next_of(request)
    waiting = confirming.take_waiting(request, path=path)
    if waiting is None:
        return redirect(path or "/")
    return render(request, "accounts/go_on.html", {"waiting": waiting})
