from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpResponse

from apps.accounts.operations import note_sign_in
from apps.accounts.queries import actor_for, forces_of
from apps.accounts.scope import SESSION_FORCE
from apps.core.clock import utc_now
from apps.core.tenancy import force_context


class SignInView(LoginView):
    """Sign in to one force; somebody with roles in several gets the first."""

    template_name = "registration/login.html"
    redirect_authenticated_user = False

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user: Any = form.get_user()
        forces = forces_of(user_id=user.id)
        if not forces:
            form.add_error(None, "You hold no role in any force yet. Ask your force's administrator for one.")
            return self.form_invalid(form)
        response = super().form_valid(form)
        self.request.session[SESSION_FORCE] = str(forces[0])
        with force_context(forces[0]):
            origin = self.request.META.get("REMOTE_ADDR") or ""
            note_sign_in(actor=actor_for(user_id=user.id, force_id=forces[0], origin=origin), now=utc_now())
        return response


class SignOutView(LogoutView):
    http_method_names = ["post", "options"]
