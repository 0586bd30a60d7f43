"""The administrator's pages of tokens, and what the API says without one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form
from apps.integration import operations, queries
from apps.integration.forms import RevokeForm, TokenForm
from apps.integration.problems import Problem
from apps.integration.schemas import openapi_yaml

REFUSED = 422


def _actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware


@require_safe
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def tokens(request: HttpRequest) -> HttpResponse:
    now = utc_now()
    rows = [(token, token.state(now)) for token in queries.tokens()]
    return render(request, "integration/tokens.html", {"rows": rows, "now": now})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def new_token(request: HttpRequest) -> HttpResponse:
    """The token is on the page after the form, once, and nowhere afterwards."""
    check_reauthenticated(_actor(request))
    if secret := accounts.shown_now(request):
        token = queries.get_token(token_id=UUID(secret["token"]))
        return render(request, "integration/token_shown.html", {"token": token, "text": secret["text"]})
    posted = request.POST if request.method == "POST" else None
    form = TokenForm(posted, services=queries.services())
    if form.is_bound and form.is_valid():
        try:
            token, text = operations.create_token(wish=form.wish(), actor=_actor(request), now=utc_now())
        except (RuleViolated, NotPermitted) as error:
            domain_errors_to_form(form, error)
        else:
            return accounts.show_next(request, token=str(token.id), text=text)
    return render(
        request, "integration/token_new.html", {"form": form}, status=REFUSED if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    token = queries.get_token(token_id=token_id)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.revoke_token(
                token_id=token_id, reason=form.cleaned_data["reason"], actor=_actor(request), now=utc_now()
            )
        except RuleViolated as error:
            domain_errors_to_form(form, error)
        else:
            messages.success(request, f"The token {token.name} is revoked. Its next request is refused.")
            return redirect("integration:tokens")
    context = {"form": form, "token": token, "state": token.state(utc_now())}
    return render(request, "integration/token_revoke.html", context, status=REFUSED if form.errors else 200)


@require_safe
@cache_control(public=True, max_age=300)
def schema(request: HttpRequest) -> HttpResponse:
    """The description of the API. It is no secret."""
    return HttpResponse(openapi_yaml(), content_type="application/vnd.oai.openapi; charset=utf-8")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every address below /api/ that is none."""
    return Problem(404, "not_found", "There is nothing at this address.").response(instance=request.path)
