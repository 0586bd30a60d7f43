"""What every page shares: a rule that said no becomes words on the form or a page, never a bare error."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import DomainError, NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated

SENT_FROM_PAGE = "X-Sent-From-Page"


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


class SentFromPageMiddleware:
    """A form that a script sent from its page (js/send-kept.js): where to go on is said in X-Go-To.

    A redirect's own address is hidden from scripts; followed by one, what was to be said there would be said
    to nobody. A form that a browser sends gets its redirect as ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SENT_FROM_PAGE in request.headers and response.has_header("Location"):
            response.headers["X-Go-To"] = response.headers["Location"]
            del response.headers["Location"]
            response.status_code = 204
        return response


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
