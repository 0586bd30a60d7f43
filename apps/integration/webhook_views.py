"""The administrator's pages of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form
from apps.integration import webhooks as operations
from apps.integration.webhook_data import WebhookData
from apps.integration.webhook_forms import EndForm, WebhookForm

REFUSED = 422


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


@require_safe
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def webhooks(request: HttpRequest) -> HttpResponse:
    return render(request, "integration/webhooks.html", {"rows": operations.webhooks()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def new_webhook(request: HttpRequest) -> HttpResponse:
    """The key is on the page after the form, once, and nowhere afterwards."""
    check_reauthenticated(_actor(request))
    if secret := accounts.shown_now(request):
        return _shown(request, secret)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made, text = operations.create_webhook(wish=form.wish(), actor=_actor(request), now=utc_now())
        except (RuleViolated, NotPermitted) as error:
            domain_errors_to_form(form, error)
        else:
            return accounts.show_next(request, webhook=str(made.id), text=text)
    return render(
        request, "integration/webhook_new.html", {"form": form}, status=REFUSED if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """How it stands, and its four buttons: test, send again, another key, end."""
    found = operations.get_webhook(webhook_id=webhook_id)
    if secret := accounts.shown_now(request):
        return _shown(request, secret)
    step = request.POST.get("step", "")
    form = EndForm(request.POST if step == "end" else None)
    refused = ""
    try:
        if step == "end" and form.is_valid():
            return _ended(request, found, form.cleaned_data["reason"])
        if step in STEPS:
            return STEPS[step](request, found)
        if request.method == "POST" and step != "end":
            refused = "Press one of the buttons."
    except RuleViolated as error:
        refused = error.message
    context = {
        "webhook": found,
        "form": form,
        "dead": operations.dead_letters(webhook_id=webhook_id),
        "test": operations.last_test(webhook_id=webhook_id),
        "refused": refused,
    }
    status = REFUSED if form.errors or refused else 200
    return render(request, "integration/webhook.html", context, status=status)


def _ended(request: HttpRequest, found: WebhookData, reason: str) -> HttpResponse:
    operations.end_webhook(webhook_id=found.id, reason=reason, actor=_actor(request), now=utc_now())
    messages.success(request, f"The webhook {found.name} is ended. Nothing more is sent.")
    return redirect("integration:webhooks")


def _tested(request: HttpRequest, found: WebhookData) -> HttpResponse:
    operations.send_ping(webhook_id=found.id, actor=_actor(request), now=utc_now())
    return redirect("integration:webhook", found.id)


def _sent_again(request: HttpRequest, found: WebhookData) -> HttpResponse:
    again = operations.send_again(webhook_id=found.id, actor=_actor(request), now=utc_now())
    messages.success(request, f"{again} given up before: sent again from now on.")
    return redirect("integration:webhook", found.id)


def _rotated(request: HttpRequest, found: WebhookData) -> HttpResponse:
    check_reauthenticated(_actor(request))
    _, text = operations.rotate_key(webhook_id=found.id, actor=_actor(request), now=utc_now())
    return accounts.show_next(request, webhook=str(found.id), text=text)


def _shown(request: HttpRequest, secret: Mapping[str, str]) -> HttpResponse:
    made = operations.get_webhook(webhook_id=UUID(secret["webhook"]))
    return render(request, "integration/webhook_shown.html", {"webhook": made, "text": secret["text"]})


STEPS = {"test": _tested, "again": _sent_again, "rotate": _rotated}
