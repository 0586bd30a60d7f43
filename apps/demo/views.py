from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.api import role_required
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.demo import codes, sample, tour


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Where to begin: a guided page for each role, and who signs in as what."""
    story = tour.read_story()
    people = tour.sign_ins(story)
    context = {
        "story": story,
        "tours": tour.TOURS,
        "people": people,
        "codes": codes.codes_now([person.username for person in people]),
    }
    return render(request, "demo/try.html", context)


@require_safe
@never_cache
def role(request: HttpRequest, role: str) -> HttpResponse:
    """The steps of one role. Readable without an account: it shows names and addresses, never a password."""
    found = tour.find(role)
    if found is None:
        raise Http404
    story = tour.read_story()
    context = {
        "tour": found,
        "story": story,
        "steps": tour.steps_of(found, story),
        "usernames": tour.usernames(found, story),
    }
    return render(request, "demo/role.html", context)


@require_safe
@never_cache
@role_required(Role.PLANNER)
def sample_list(request: HttpRequest) -> HttpResponse:
    """A list to import, made for this request and kept nowhere."""
    response = HttpResponse(sample.make_archive(now=utc_now()), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{sample.FILE_NAME}"'
    response["Cache-Control"] = "no-store"
    return response
