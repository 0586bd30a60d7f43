"""A notice that was deleted by the schedule says so at its address (ADR 23), instead of being unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from apps.core.wording import say_date
from apps.deployments import api as deployments
from apps.forces.data import ForceData
from apps.notices.languages import check_offered, choices

PLAIN = "text/plain; charset=utf-8"


class Gone(Http404):
    """There was a public notice, and it was deleted."""

    def __init__(self, force: ForceData, reference: str, deleted_at: datetime) -> None:
        super().__init__("this notice was deleted by the schedule of its force")
        self.force, self.reference, self.deleted_at = force, reference, deleted_at


def missing(force: ForceData, slug: str) -> Http404:
    """What to raise for a notice that is not there: that it was deleted, or that there never was one."""
    check_offered(force.languages)
    reference = slug.upper()
    deleted_at = deployments.deleted_page(force_id=force.id, reference=reference)
    if deleted_at is None:
        return Http404("there is no such notice")
    return Gone(force, reference, deleted_at)


def says_gone(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page in plain words, with whom to ask."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Gone as gone:
            there = choices(gone.force.languages, "notice", gone.force.slug, gone.reference.lower())
            context = {"gone": gone, "day": say_date(gone.deleted_at), "languages": there}
            return render(request, "notices/gone.html", context, status=HTTPStatus.GONE)

    return answer


def says_gone_to_programs(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Gone as gone:
            words = f"The notice {gone.reference} was deleted by the schedule of {gone.force.name}.\n"
            return HttpResponse(words, content_type=PLAIN, status=HTTPStatus.GONE)

    return answer
