"""The page of a one-time link, for somebody who is not of the force yet: outside every force's context.

The secret leaves the address with the first request: what remains in the session is its hash.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import invitations, lockout
from apps.accounts.invitations import LinkDead, OpenLink
from apps.accounts.people_forms import ChooseForm, JoinForm, PresentForm
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.core.web import domain_errors_to_form
from apps.forces.api import get_force

SESSION_LINK = "joining"
NO_LINK = "This is no link of this platform. Check that it is complete, or ask for a new one."
TOO_EARLY = "This link works once the first administrator has set the force up. Open it again then."
REFUSED, GONE, EARLY = 422, 410, 409


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
    """One form for the password that they have and for a first one: the page never says which it will be."""
    force, sha256 = request.session.get(SESSION_LINK) or ("", "")
    if not force:
        return _dead(request, NO_LINK)
    try:
        with force_context(UUID(force)):
            link = invitations.open_link(sha256=bytes.fromhex(sha256), now=utc_now())
            found = get_force(force_id=UUID(force))
    except LinkDead as dead:
        return _dead(request, dead.message)
    if not found.active:
        return render(request, "people/link_dead.html", {"words": TOO_EARLY}, status=EARLY)
    force_name = found.name
    way = request.POST.get("way") if request.method == "POST" else None
    type_in = JoinForm if link.kind == invitations.JOIN else ChooseForm
    typed = type_in(request.POST if way == "password" else None)
    present = PresentForm(request.POST if way == "signed-in" else None)
    for form in (typed, present):
        if form.is_bound and form.is_valid() and _use(request, form, link, UUID(force), sha256):
            del request.session[SESSION_LINK]
            messages.success(request, f"Done. Sign in to work for {force_name}.")
            return redirect("sign-in")
    context = {"link": link, "force_name": force_name, "typed": typed, "present": present}
    return render(request, "people/join.html", context, status=200 if request.method == "GET" else REFUSED)


def _use(request: HttpRequest, form: forms.Form, link: OpenLink, force_id: UUID, sha256: str) -> bool:
    """Whether the link did what it is for; else the form says why not."""
    used: dict[str, Any] = {
        "sha256": bytes.fromhex(sha256),
        "origin": request.META.get("REMOTE_ADDR") or "",
        "now": utc_now(),
    }
    password = form.cleaned_data.get("password", "")
    # Outside the force's context, because asking who somebody is writes the record of every force of theirs.
    # Asked for every address, known or not: it takes as long, and is counted and locked alike.
    if isinstance(form, JoinForm):
        until = lockout.locked_until(request, username=link.username)
        if until is not None:
            form.add_error(None, lockout.words_of(until))
            return False
    proved = _who(request, link, password) if isinstance(form, JoinForm) else None
    try:
        with force_context(force_id):
            if isinstance(form, JoinForm):
                invitations.join_with(password=password, proved=proved, **used)
            elif isinstance(form, PresentForm):
                invitations.accept_as(user_id=_signed_in(request), **used)
            else:
                invitations.choose_password(password=password, **used)
    except RuleViolated as refused:
        if refused.code == "password":
            form.add_error("password", list(refused.reasons))
        else:
            domain_errors_to_form(form, refused)
        return False
    lockout.forgive(username=link.username)
    return True


def _signed_in(request: HttpRequest) -> UUID | None:
    return UUID(str(request.user.pk)) if request.user.is_authenticated else None


def _who(request: HttpRequest, link: OpenLink, password: str) -> UUID | None:
    """Who proved who they are with the password of the address."""
    user = authenticate(request, username=link.username, password=password)
    return None if user is None else UUID(str(user.pk))


def _dead(request: HttpRequest, words: str) -> HttpResponse:
    request.session.pop(SESSION_LINK, None)
    return render(request, "people/link_dead.html", {"words": words}, status=GONE)
