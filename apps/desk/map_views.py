"""The force's own base map: the page on which an administrator keeps it, and its lines for the plan's map."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.forces import api as forces

REFUSED = 422
# Whoever reads a plan sees its map; the oversight body reads none.
READERS = (
    Role.PLANNER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.SILVER_COMMANDER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
    Role.FORCE_ADMIN,
)
SIDES = ("south", "west", "north", "east")


class BaseMapForm(forms.Form):
    """What a file may be is the operation's business."""

    use_required_attribute = False

    content = forms.FileField(
        label="The map",
        help_text=f"GeoJSON in WGS 84, {forces.MOST_MAP_BYTES // 1024**2} MB at most: lines and outlines in "
        "the United Kingdom. Of each feature its “name” is kept, and its “kind” where that is road, rail, "
        "water or outline; nothing else.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty. Choose another one."},
    )
    source = forms.CharField(
        label="Whose map it is",
        max_length=forces.MOST_MAP_SOURCE,
        help_text="As its licence asks to be named. It stands below each map that is drawn from it.",
        error_messages={"required": "Say whose map it is."},
    )


# Which field of the page a refusal of the file, or of whose it is, belongs to.
FIELDS = {"base_map": "content", "base_map_source": "source"}
MISSING = {"required": "Say which part of the map: south, west, north and east in degrees."}


class BoxForm(forms.Form):
    """The part of the map that is asked for, in degrees."""

    south = forms.FloatField(min_value=-90, max_value=90, error_messages=MISSING)
    west = forms.FloatField(min_value=-180, max_value=180, error_messages=MISSING)
    north = forms.FloatField(min_value=-90, max_value=90, error_messages=MISSING)
    east = forms.FloatField(min_value=-180, max_value=180, error_messages=MISSING)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    return actor


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(Role.FORCE_ADMIN)
def base_map(request: HttpRequest) -> HttpResponse:
    """Put a map in place of the one before, or take it away."""
    posted = request.method == "POST"
    removes = posted and "remove" in request.POST
    sent = posted and not removes
    form = BaseMapForm(request.POST if sent else None, request.FILES if sent else None)
    try:
        if removes and "sure" not in request.POST:
            messages.warning(request, "Nothing was removed. Tick that you want to draw without a map first.")
            return redirect("forces:map")
        if removes:
            forces.remove_base_map(actor=_actor(request), now=utc_now())
            messages.success(request, "The map is removed. Plans are drawn on a grid.")
            return redirect("forces:map")
        if sent and form.is_valid():
            done = forces.replace_base_map(
                content=form.cleaned_data["content"].read(),
                source=form.cleaned_data["source"],
                actor=_actor(request),
                now=utc_now(),
            )
            messages.success(request, f"The map is in use: {done.lines:,} lines. Plans are drawn on it.")
            return redirect("forces:map")
    except RuleViolated as refused:
        if removes:
            messages.warning(request, refused.message)
            return redirect("forces:map")
        if refused.code not in FIELDS:
            domain_errors_to_form(form, refused)
        for reason in refused.reasons if refused.code in FIELDS else ():
            form.add_error(FIELDS[refused.code], reason)
    context = {"form": form, "base_map": forces.base_map()}
    return render(request, "forces/map.html", context, status=REFUSED if form.errors else 200)


@require_GET
@never_cache
@accounts.role_required(*READERS)
def base_map_lines(request: HttpRequest) -> HttpResponse:
    """The lines around a place. Of the reader's own force: there is no way to name another."""
    form = BoxForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"problem": "Ask for south, west, north and east in degrees."}, status=REFUSED)
    south, west, north, east = (form.cleaned_data[side] for side in SIDES)
    part = forces.part_of_map((south, west, north, east))
    return JsonResponse(
        {
            "source": part.source,
            "whole": len(part.lines) < forces.MOST_MAP_LINES_SHOWN,
            "lines": [{"kind": line.kind, "name": line.name, "points": line.points} for line in part.lines],
        }
    )
