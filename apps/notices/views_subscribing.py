"""Subscriptions by e-mail: asking for one, and the links of the mails. Translation only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.core.languages import current
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.notices import links_out, subscriptions
from apps.notices.forms_people import SubscribeForm
from apps.notices.languages import check_offered, choices

REFUSED = 422


class SignedInElsewhere(NotFound):
    """Whoever is signed in to one force writes nothing of another, not even their own subscription."""


@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest, force_slug: str) -> HttpResponse:
    """Ask to be told of a force's notices. Says the same whatever is known of the address."""
    try:
        force = forces.get_force_by_slug(slug=force_slug)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    check_offered(force.languages)
    form = SubscribeForm(request.POST or None, force=force)
    asked = request.method == "POST" and form.is_valid()
    if asked:
        with _as(request, force.id):
            subscriptions.ask(
                email=form.cleaned_data["email"], districts=form.wanted, language=current(), now=utc_now()
            )
    status = REFUSED if request.method == "POST" and not asked else 200
    context = {
        "chosen": force,
        "form": form,
        "asked": asked,
        "languages": choices(force.languages, "subscribe", force.slug),
    }
    return _not_kept(render(request, "notices/subscribe.html", context, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the first mail. A button, not the link itself, confirms: mail scanners follow links."""

    def read() -> tuple[UUID, dict[str, Any], dict[str, Any]]:
        wish = links_out.of_confirmation(token)
        return wish.force_id, {"wish": wish}, {"districts": wish.districts}

    return _by_link(request, read, subscriptions.confirm, "confirm")


@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of every mail. The address is deleted by its button."""

    def read() -> tuple[UUID, dict[str, Any], dict[str, Any]]:
        force_id, subscription_id = links_out.of_leaving(token)
        return force_id, {"subscription_id": subscription_id}, {}

    return _by_link(request, read, subscriptions.unsubscribe, "leave")


def _by_link(
    request: HttpRequest,
    read: Callable[[], tuple[UUID, dict[str, Any], dict[str, Any]]],
    write: Callable[..., None],
    what: str,
) -> HttpResponse:
    """`read` gives the force, what is written with it, and what the page shows of it."""
    try:
        force_id, written, shown = read()
        force = forces.get_force(force_id=force_id)
        if request.method == "POST":
            with _as(request, force_id):
                write(**written, now=utc_now())
    except SignedInElsewhere:
        what = "elsewhere"
        return _not_kept(render(request, "notices/subscription_gone.html", {"what": what}, status=404))
    except NotFound:
        return _not_kept(render(request, "notices/subscription_gone.html", {"what": what}, status=404))
    context = {"chosen": force, "what": what, "done": request.method == "POST", **shown}
    return _not_kept(render(request, "notices/subscription.html", context))


def _as(request: HttpRequest, force_id: UUID) -> Any:
    """The context of the force that is asked; somebody signed in elsewhere has another one open."""
    own = getattr(request, "force", None)
    if own is not None and own.id != force_id:
        raise SignedInElsewhere("sign out, then use this page")
    return force_context(force_id)


def _not_kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    # Not "no-referrer": a browser then sends its forms with the origin "null", which no form of ours is.
    response["Referrer-Policy"] = "same-origin"
    return response
