"""What every page shares: a rule that said no becomes words on the form or a page, never a bare error."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import DomainError, NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated


def reasons_of(error: DomainError) -> tuple[str, ...]:
    """Everything the rule said, one thing each."""
    return error.reasons if isinstance(error, RuleViolated) else (error.message,)


def domain_errors_to_form(form: BaseForm, error: DomainError) -> None:
    """Put the reasons above the form, so that what was typed is still there and can be put right.

    Being asked to confirm who one is, is no mistake on a form: that is raised again, for the page that asks.
    """
    if isinstance(error, ReauthenticationNeeded):
        raise error
    for reason in reasons_of(error):
        form.add_error(None, reason[:1].upper() + reason[1:])


class DomainErrorMiddleware:
    """A DomainError that leaves a view: not found, not permitted, or a page that lists the reasons (409)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotFound):
            raise Http404(error.message) from error
        if isinstance(error, NotPermitted):
            raise PermissionDenied(error.message) from error
        if isinstance(error, DomainError):
            return render(request, "409.html", {"reasons": reasons_of(error)}, status=409)
        return None
