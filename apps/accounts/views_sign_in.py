"""The way in: password, second factor, force; and the way out."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import arriving, door, kept, lockout
from apps.accounts.adapters import is_safe_path
from apps.accounts.forms_sign_in import CodeForm, SignInForm, refused_before
from apps.accounts.models import User
from apps.accounts.queries import actor_for
from apps.accounts.signing import note_session_end
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.forces.api import get_force

REFUSED = 422
LOCKED_OUT = 429
REFUSAL = "code_refused"


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
        typed = str(self.request.POST.get("username", "")).strip().lower()
        until = lockout.locked_until(self.request, username=typed)
        context = self.get_context_data(form=form)
        if until is not None:
            context["locked"] = lockout.words_of(until)
        return self.render_to_response(context, status=LOCKED_OUT if until else REFUSED)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        token = kept.token_of(next_of(self.request))
        found["waits"] = bool(token) and kept.is_kept(self.request, token)
        found["ended"] = "ended" in self.request.GET
        found["sat_still"] = self.request.session.get(door.SAT_STILL)
        found["stale"] = "stale" in self.request.GET
        found["next"] = next_of(self.request)
        return found


@method_decorator(never_cache, name="dispatch")
class CodeView(AuthenticateView):  # type: ignore[misc]  # as above
    """The second factor of somebody whose password was right. A refused one leads back to the page, so that
    going back or loading it again sends nothing and counts nothing."""

    form_class = CodeForm
    template_name = "accounts/code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = self.stage.login.user
        if lockout.is_locked(request, username=lockout.code_name(user)):
            return redirect("sign-in-code")
        if self.form.is_valid():
            return self.form_valid(self.form)  # type: ignore[no-any-return]
        lockout.count_wrong_code(request, user=user)
        words = [str(error) for errors in self.form.errors.values() for error in errors]
        request.session[REFUSAL] = ["" if "credential" in request.POST else "code", " ".join(words)]
        return redirect("sign-in-code")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        until = lockout.locked_until(request, username=lockout.code_name(self.stage.login.user))
        kind, words = request.session.pop(REFUSAL, ("", ""))
        context = self.get_context_data()
        if until is not None:
            context["locked"] = lockout.words_of(until)
        elif kind:
            refused_before(context["form"], words)
        else:
            context["words"] = words
        return self.render_to_response(context, status=LOCKED_OUT if until else 200)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.stage.login.user
        found["has_passkey"] = has_factor_of(user, Authenticator.Type.WEBAUTHN)
        found["passkey_options"] = json.dumps(found["js_data"]["request_options"], default=dict)
        return found


def has_factor_of(user: User, *kinds: str) -> bool:
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
    kept.sign_out(request)
    return redirect("notices:list")
