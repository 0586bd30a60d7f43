"""Single sign-on: the way in through a force's own provider, and the page on which it is set."""

from __future__ import annotations

import secrets as random
from datetime import datetime

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from requests import RequestException

from apps.accounts import arriving, sign_on
from apps.accounts.models import IdentityProvider
from apps.accounts.policies import role_required
from apps.accounts.sign_on_client import ForceClient, SignOn
from apps.accounts.views_sign_in import next_of
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import force_context
from apps.core.web import domain_errors_to_form
from apps.core.wording import say_role
from apps.forces.api import all_forces, get_force_by_slug

REFUSED = 422


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
    """The registry of forces, which is public; whether one has a provider is seen when it is chosen."""
    return render(request, "accounts/sign_on_forces.html", {"forces": all_forces(), "next": next_of(request)})


@require_GET
@never_cache
def begin(request: HttpRequest, force_slug: str) -> HttpResponse:
    """To the force's provider, with a state, a nonce and a challenge that only this browser can answer."""
    found = _sign_on_of(force_slug)
    if found is None:
        return render(request, "accounts/no_sign_on.html", {}, status=404)
    request.sign_on = found  # type: ignore[attr-defined]  # read by the client
    nonce = random.token_urlsafe(24)
    try:
        answer: HttpResponse = (
            ForceClient(request, found)
            .get_provider()
            .redirect(
                request,
                AuthProcess.LOGIN,
                next_url=next_of(request) or None,
                auth_params={"nonce": nonce},
                nonce=nonce,
            )
        )
    except (OAuth2Error, RequestException, RuleViolated, ValueError):
        return arriving.turn_away(request, sign_on.NOT_VERIFIED)
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
    except (OAuth2Error, RequestException, RuleViolated, ValueError, KeyError):
        return arriving.turn_away(request, sign_on.NOT_VERIFIED)
    return answer


class SignOnForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120, help_text="As your people know it.")
    issuer = forms.CharField(
        label="Issuer", max_length=300, help_text="The address of the identity provider, with https://."
    )
    client_id = forms.CharField(label="Client id", max_length=200)
    secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept outside the database and never shown. Leave it empty to keep the present one.",
    )
    role_claim = forms.CharField(
        label="Claim with the groups", max_length=100, help_text="For instance groups or roles."
    )
    role_map = forms.CharField(
        label="Groups and roles",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="One a line: group = role. Roles: "
        + ", ".join(say_role(role) for role in sorted(sign_on.MAPPABLE))
        + ".",
    )
    second_factor_values = forms.CharField(
        label="Values that mean a second factor",
        required=False,
        help_text="In the claims amr or acr, with commas, for instance mfa. Empty: ours is asked for.",
    )
    enabled = forms.BooleanField(label="People may sign in through it", required=False)

    def clean_role_map(self) -> dict[str, Role]:
        found: dict[str, Role] = {}
        for line in str(self.cleaned_data["role_map"]).splitlines():
            if not line.strip():
                continue
            group, separator, role = (part.strip() for part in line.rpartition("="))
            try:
                found[group] = Role(role.lower().replace(" ", "_"))
            except ValueError as unknown:
                raise forms.ValidationError(f"“{line.strip()}” is not a group and a role.") from unknown
            if not separator or not group:
                raise forms.ValidationError(f"“{line.strip()}” names no group.")
        return found

    def clean_second_factor_values(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["second_factor_values"].split(",") if word.strip()]


def _initial(row: IdentityProvider | None) -> dict[str, object]:
    if row is None:
        return {"role_claim": "groups", "enabled": True}
    return {
        "name": row.name,
        "issuer": row.issuer,
        "client_id": row.client_id,
        "role_claim": row.role_claim,
        "role_map": "\n".join(f"{group} = {say_role(role)}" for group, role in row.role_map.items()),
        "second_factor_values": ", ".join(row.second_factor_values),
        "enabled": row.enabled,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(Role.FORCE_ADMIN)
def settings_page(request: HttpRequest) -> HttpResponse:
    row = sign_on.provider_of_force()
    form = SignOnForm(request.POST if request.method == "POST" else None, initial=_initial(row))
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    if request.method == "POST" and form.is_valid() and _configured(form, actor, utc_now()):
        messages.success(request, "The single sign-on is saved.")
        return redirect("sign-on")
    context = {"form": form, "row": row, "host": request.build_absolute_uri("/")}
    return render(request, "accounts/sign_on.html", context, status=REFUSED if form.errors else 200)


def _configured(form: SignOnForm, actor: Actor, now: datetime) -> bool:
    try:
        sign_on.configure(**form.cleaned_data, actor=actor, now=now)
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True
