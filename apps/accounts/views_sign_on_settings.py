"""The page on which a force's single sign-on is asked for, and confirmed by a second administrator."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import sign_on_settings
from apps.accounts.models import IdentityProvider
from apps.accounts.policies import role_required
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form, reasons_of
from apps.core.wording import say_role

REFUSED = 422


def _words(typed: str) -> list[str]:
    return [word.strip() for word in typed.replace("\n", ",").split(",") if word.strip()]


class SignOnForm(PlainForm):
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
    email_domains = forms.CharField(
        label="Domains of your force",
        required=False,
        max_length=1000,
        help_text="With commas, for instance north.police.uk. It makes accounts only for addresses in them.",
    )
    role_claim = forms.CharField(
        label="Claim with the groups", max_length=100, help_text="For instance groups or roles."
    )
    role_map = forms.CharField(
        label="Groups and roles",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="One a line: group = role. Roles: "
        + ", ".join(say_role(role) for role in sorted(sign_on_settings.MAPPABLE))
        + ". Approving roles and administrators are given by people of your force.",
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
        return _words(self.cleaned_data["second_factor_values"])

    def clean_email_domains(self) -> list[str]:
        return sorted({word.lower().removeprefix("@") for word in _words(self.cleaned_data["email_domains"])})


LABELS = {name: str(field.label) for name, field in SignOnForm.base_fields.items() if name != "secret"}


def _typed(row: IdentityProvider | None, *, waiting: bool) -> dict[str, object]:
    """The settings as one would type them."""
    if row is None:
        return {"role_claim": "groups", "enabled": True}
    found = row.proposed if waiting and row.proposed else {name: getattr(row, name) for name in LABELS}
    return {
        **{name: found[name] for name in LABELS},
        "role_map": "\n".join(f"{group} = {say_role(role)}" for group, role in found["role_map"].items()),
        "second_factor_values": ", ".join(found["second_factor_values"]),
        "email_domains": ", ".join(found["email_domains"]),
    }


def _changes(row: IdentityProvider | None) -> list[tuple[str, object, object]]:
    """What waits: (label, as it is, as it would be)."""
    if row is None or row.proposed is None:
        return []
    now, then = _typed(row, waiting=False), _typed(row, waiting=True)
    say = {True: "yes", False: "no"}
    found = [
        (label, say.get(now[name], now[name]), say.get(then[name], then[name]))  # type: ignore[call-overload]
        for name, label in LABELS.items()
        if now[name] != then[name]
    ]
    return [*found, ("Client secret", "", "another one")] if row.proposed["secret_waits"] else found


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]  # set by ForceContextMiddleware


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(Role.FORCE_ADMIN)
def settings_page(request: HttpRequest) -> HttpResponse:
    # Asked before anything is typed: a secret must not wait in a session.
    check_reauthenticated(_actor(request))
    row = sign_on_settings.provider_of_force()
    form = SignOnForm(request.POST if request.method == "POST" else None, initial=_typed(row, waiting=True))
    if request.method == "POST" and form.is_valid() and _configured(form, _actor(request), utc_now()):
        after = sign_on_settings.provider_of_force()
        waits = after is not None and after.proposed is not None
        messages.success(
            request, "It waits for a second administrator." if waits else "The single sign-on is saved."
        )
        return redirect("sign-on")
    context = {
        "form": form,
        "row": row,
        "changes": _changes(row),
        "shown": sign_on_settings.shown_as(row) if row else "",
        "asked": row is not None and row.proposed_by_id == _actor(request).id,
        "host": request.build_absolute_uri("/"),
    }
    return render(request, "accounts/sign_on.html", context, status=REFUSED if form.errors else 200)


def _configured(form: SignOnForm, actor: Actor, now: datetime) -> bool:
    try:
        sign_on_settings.configure(**form.cleaned_data, actor=actor, now=now)
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True


@require_POST
@never_cache
@role_required(Role.FORCE_ADMIN)
def decide(request: HttpRequest) -> HttpResponse:
    """Confirm what waits, refuse it, or turn the sign-on off."""
    step, shown = request.POST.get("step"), request.POST.get("shown", "")
    actor, now = _actor(request), utc_now()
    try:
        if step == "confirm":
            sign_on_settings.confirm(shown=shown, actor=actor, now=now)
            words = "Confirmed: it works from now on. Whoever came through it before signs in again."
        elif step == "refuse":
            sign_on_settings.refuse(shown=shown, actor=actor, now=now)
            words = "Refused: the single sign-on stays as it is."
        elif step == "off":
            sign_on_settings.turn_off(actor=actor, now=now)
            words = "The single sign-on is off, and whoever came through it is signed out."
        else:
            raise RuleViolated(["This button is not known. Go back and load the page again."])
    except RuleViolated as refused:
        for reason in reasons_of(refused):
            messages.error(request, reason)
    else:
        messages.success(request, words)
    return redirect("sign-on")
