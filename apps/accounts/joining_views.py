"""The page of a one-time link, for somebody who is not of the force yet: outside every force's context.

The secret leaves the address with the first request: what remains in the session is its hash.
"""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import invitations
from apps.accounts.invitations import LinkDead, OpenLink
from apps.accounts.people_forms import AcceptForm, ChooseForm, PresentForm
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.core.web import domain_errors_to_form
from apps.forces.api import get_force

SESSION_LINK = "joining"
NO_LINK = "This is no link of this platform. Check that it is complete, or ask for a new one."
REFUSED, GONE = 422, 410


@require_GET
@never_cache
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    force_id = invitations.force_of(token)
    if force_id is None:
        return _dead(request, NO_LINK)
    request.session[SESSION_LINK] = [str(force_id), invitations.sha256_of(token).hex()]
    response = redirect("join")
    response["Referrer-Policy"] = "no-referrer"
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """Two ways on: the password that they have, or the first one. The page never says which it will be."""
    force, sha256 = request.session.get(SESSION_LINK) or ("", "")
    if not force:
        return _dead(request, NO_LINK)
    try:
        with force_context(UUID(force)):
            link = invitations.open_link(sha256=bytes.fromhex(sha256), now=utc_now())
            force_name = get_force(force_id=UUID(force)).name
    except LinkDead as dead:
        return _dead(request, dead.message)
    accept, choose, present = AcceptForm(None), ChooseForm(None), PresentForm(None)
    form: forms.Form
    if request.method == "POST":
        way = request.POST.get("way")
        if way == "choose":
            form = choose = ChooseForm(request.POST)
        elif way == "accept":
            form = accept = AcceptForm(request.POST)
        else:
            form = present = PresentForm(request.POST)
        if form.is_valid() and _use(request, form, link, UUID(force), sha256):
            del request.session[SESSION_LINK]
            messages.success(request, f"Done. Sign in to work for {force_name}.")
            return redirect("sign-in")
    context = {
        "link": link,
        "force_name": force_name,
        "accept": accept,
        "choose": choose,
        "present": present,
    }
    refused = bool(accept.errors or choose.errors or present.errors)
    return render(request, "people/join.html", context, status=REFUSED if refused else 200)


def _use(request: HttpRequest, form: forms.Form, link: OpenLink, force_id: UUID, sha256: str) -> bool:
    """Whether the link did what it is for; else the form says why not."""
    origin, now, link_hash = request.META.get("REMOTE_ADDR") or "", utc_now(), bytes.fromhex(sha256)
    # Outside the force's context: asking who somebody is writes the record of every force of theirs.
    user_id = None if isinstance(form, ChooseForm) else _who(request, form, link)
    try:
        with force_context(force_id):
            if isinstance(form, ChooseForm):
                chosen = form.cleaned_data["password"]
                invitations.choose_password(sha256=link_hash, password=chosen, origin=origin, now=now)
            else:
                invitations.accept_as(sha256=link_hash, user_id=user_id, origin=origin, now=now)
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True


def _who(request: HttpRequest, form: forms.Form, link: OpenLink) -> UUID | None:
    """Who proved who they are: with the password of the address, or by being signed in already."""
    if isinstance(form, PresentForm):
        return UUID(str(request.user.pk)) if request.user.is_authenticated else None
    user = authenticate(request, username=link.username, password=form.cleaned_data["present"])
    return None if user is None else UUID(str(user.pk))


def _dead(request: HttpRequest, words: str) -> HttpResponse:
    request.session.pop(SESSION_LINK, None)
    return render(request, "people/link_dead.html", {"words": words}, status=GONE)
