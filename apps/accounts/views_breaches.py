"""Lost handsets and the clock of a breach; sign-ins of somebody as their administrator sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import breaches, history
from apps.accounts.policies import role_required
from apps.accounts.queries import get_user
from apps.core.clock import LONDON, utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.core.web import domain_errors_to_form

REFUSED = 422


class ToldForm(PlainForm):
    reference = forms.CharField(label="Reference that the ICO gave", max_length=100)
    told_at = forms.DateTimeField(
        label="When the ICO was told",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
    )

    def clean_told_at(self) -> datetime:
        told_at: datetime = self.cleaned_data["told_at"]
        return timezone.make_aware(told_at, LONDON) if timezone.is_naive(told_at) else told_at


class NotToldForm(PlainForm):
    reason = forms.CharField(label="Why the ICO need not be told", widget=forms.Textarea(attrs={"rows": 4}))


class CloseForm(PlainForm):
    words = forms.CharField(label="How it ended, and what was done", widget=forms.Textarea(attrs={"rows": 4}))


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


@require_GET
@never_cache
@role_required(Role.FORCE_ADMIN)
def breach_list(request: HttpRequest) -> HttpResponse:
    now = utc_now()
    found = [(one, one.is_overdue(now)) for one in breaches.list_breaches(actor=_actor(request))]
    return render(request, "accounts/breaches.html", {"breaches": found, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(Role.FORCE_ADMIN)
def breach(request: HttpRequest, breach_id: UUID) -> HttpResponse:
    """One breach; `step` says which of its three forms was sent."""
    now, actor = utc_now(), _actor(request)
    step = request.POST.get("step", "")
    sent = {name: request.POST if step == name else None for name in ("told", "not-told", "close")}
    shown: dict[str, forms.Form] = {
        "told": ToldForm(sent["told"], initial={"told_at": now}),
        "not-told": NotToldForm(sent["not-told"]),
        "close": CloseForm(sent["close"]),
    }
    form = shown.get(step)
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid() and _take(step, form, breach_id, actor, now):
            messages.success(request, "It is recorded.")
            return redirect("breach", breach_id)
    found = breaches.get_breach(breach_id=breach_id, actor=actor)
    context = {
        "breach": found,
        "overdue": found.is_overdue(now),
        "now": now,
        "told_form": shown["told"],
        "not_told_form": shown["not-told"],
        "close_form": shown["close"],
        "form": form or forms.Form(),
    }
    return render(request, "accounts/breach.html", context, status=REFUSED if form is not None else 200)


STEPS: dict[str, Callable[..., None]] = {
    "told": breaches.note_told,
    "not-told": breaches.note_not_told,
    "close": breaches.close,
}


def _take(step: str, form: forms.Form, breach_id: UUID, actor: Actor, now: datetime) -> bool:
    about: dict[str, Any] = {"breach_id": breach_id, "actor": actor, "now": now}
    try:
        STEPS[step](**about, **form.cleaned_data)
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True


@require_GET
@never_cache
@role_required(Role.FORCE_ADMIN, Role.SILVER_COMMANDER)
def lost_handset(request: HttpRequest) -> HttpResponse:
    """Whose handset is it?"""
    return render(
        request, "accounts/lost_handset.html", {"people": breaches.people_for(actor=_actor(request))}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(Role.FORCE_ADMIN, Role.SILVER_COMMANDER)
def end_sign_ins(request: HttpRequest, user_id: UUID) -> HttpResponse:
    actor = _actor(request)
    if request.method == "POST":
        breach_id = breaches.end_sign_ins(
            user_id=user_id, summary=request.POST.get("summary", "")[:500], actor=actor, now=utc_now()
        )
        messages.success(request, "All sign-ins of this person are ended, on every device.")
        return redirect("breach", breach_id) if actor.has(Role.FORCE_ADMIN) else redirect("lost-handset")
    if not breaches.may_end_sign_ins(user_id=user_id, actor=actor):
        raise Http404
    return render(request, "accounts/end_sign_ins.html", {"subject": get_user(user_id=user_id)})


@require_GET
@never_cache
@role_required(Role.FORCE_ADMIN)
def sign_ins(request: HttpRequest, user_id: UUID) -> HttpResponse:
    found = history.sign_ins_of(user_id=user_id, actor=_actor(request))
    return render(
        request, "accounts/sign_ins.html", {"sign_ins": found, "subject": get_user(user_id=user_id)}
    )
