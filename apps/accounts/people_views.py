"""The administrator's pages about people: each translates to one operation or query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import (
    answers,
    collar_numbers,
    established,
    invitations,
    lockout,
    operations,
    people,
    sign_on_links,
    training,
)
from apps.accounts.data import PersonData
from apps.accounts.people_forms import (
    CertificateForm,
    CollarNumberForm,
    GrantForm,
    InviteForm,
    ReasonForm,
    ResetForm,
)
from apps.accounts.policies import APPROVING_ROLES, GUARDED_ROLES, role_required
from apps.core.clock import london, utc_now
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, ReauthenticationNeeded
from apps.core.reauthentication import check_reauthenticated
from apps.core.web import domain_errors_to_form
from apps.core.wording import say_list, say_moment, say_role

REFUSED = 422
# With fewer administrators nothing that needs a second one can ever be confirmed.
ENOUGH = 2
WAITS = "It waits for another administrator to confirm it."
WAITS_WHEN_JOINED = (
    " The roles authorising officer, urgent authorising officer and force administrator begin later: once"
    " they have joined, another administrator has to confirm each."
)
WITH_NEW_START = (
    "With it they set a new password. Their sign-ins end now, their old password when they use it."
    " Then their roles as authorising officer, urgent authorising officer or force administrator sleep,"
    " because you could have used the link yourself, until another administrator confirms them."
)
ACCEPT_AGAIN = (
    "With it they accept again, with the password that they have, and their roles work again. What approves"
    " or administers then waits for another administrator to confirm it. The link before it stops working."
)
OWN_ROLES = "Nobody takes their own roles away: ask another administrator."
View = Callable[..., HttpResponseBase]


def administrators_page(view: View) -> View:
    """A page that the force's administrators read."""
    return require_GET(never_cache(role_required(Role.FORCE_ADMIN)(view)))


def administrators_form(view: View) -> View:
    """A page with a form that the force's administrators send."""
    return require_http_methods(["GET", "POST"])(never_cache(role_required(Role.FORCE_ADMIN)(view)))


def acting(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]  # set by ForceContextMiddleware


@administrators_page
def people_list(request: HttpRequest) -> HttpResponse:
    now = utc_now()
    found = people.list_people(now=now)
    context = {
        "people": [
            person
            for person in found
            if not person.is_service and (person.roles or person.waiting or person.to_come)
        ],
        "left": [
            person
            for person in found
            if not (person.is_service or person.roles or person.waiting or person.to_come)
        ],
        "waiting": answers.waiting(),
        "refused": answers.refused_lately(actor=acting(request), now=now),
        "alone": established.administrators_count() < ENOUGH,
        "own_id": acting(request).id,
        "services": [person for person in found if person.is_service],
        "expiring": training.expiring(now=now),
        "today": london(now).date(),
    }
    return render(request, "people/list.html", context)


@administrators_page
def person(request: HttpRequest, user_id: UUID) -> HttpResponse:
    now = utc_now()
    today = london(now).date()
    certificates = training.certificates_of(user_id=user_id)
    context = {
        "person": people.get_person(user_id=user_id, now=now),
        "grants": people.grants_of(user_id=user_id),
        "waiting": [row for row in answers.waiting() if row.user_id == user_id],
        "collar_number": collar_numbers.collar_number_of(user_id=user_id),
        "own_id": acting(request).id,
        "guarded": GUARDED_ROLES,
        "certificates": [(row, row.state_on(today)) for row in certificates],
        "is_self": acting(request).id == user_id,
        "sign_on_link": sign_on_links.link_of(user_id=user_id),
    }
    return render(request, "people/person.html", context)


def submit(request: HttpRequest, form: forms.Form, operation: Callable[..., Any]) -> tuple[bool, Any]:
    """Whether it was done, and what it answered. What the rules say goes on the form."""
    if request.method != "POST" or not form.is_valid():
        return False, None
    try:
        return True, operation(**form.cleaned_data, actor=acting(request), now=utc_now())
    except ReauthenticationNeeded:
        raise
    except DomainError as error:
        # Also what is not for this administrator: the page was for them, and what they typed stays.
        domain_errors_to_form(form, error)
        return False, None


def ask(request: HttpRequest, form: forms.Form, **words: Any) -> HttpResponse:
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "people/ask.html", {"form": form, **words}, status=status)


def _show_link(request: HttpRequest, user_id: UUID, token: str) -> HttpResponse:
    """In the answer to this one request, and nowhere afterwards."""
    found = people.get_person(user_id=user_id, now=utc_now())
    # Of a new link to join, what it brings; else what somebody holds, which sleeps once the link is used.
    later = GUARDED_ROLES & {*found.roles, *found.invited}
    context = {
        "person": found,
        "later": say_list(sorted(say_role(role) for role in later)),
        "link": request.build_absolute_uri(reverse("join-link", args=[token])),
        "back": reverse("person", args=[user_id]),
    }
    return render(request, "people/link.html", context)


@administrators_form
def invite(request: HttpRequest) -> HttpResponse:
    # Asked before anything is typed, so that nothing typed is lost.
    check_reauthenticated(acting(request))
    form = InviteForm(request.POST or None)
    done, answer = submit(request, form, _invite)
    if done:
        return _show_link(request, *answer)
    return ask(
        request,
        form,
        heading="Invite a person",
        text="You get a link to hand to them. It works once, for 7 days." + WAITS_WHEN_JOINED,
        button="Invite and show the link",
    )


def _invite(*, roles: list[str], **typed: Any) -> tuple[UUID, str]:
    return invitations.invite(roles=[Role(role) for role in roles], **typed)


@administrators_form
def new_link(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """To join again as long as they have not, else to set a new password."""
    check_reauthenticated(acting(request))
    found = people.get_person(user_id=user_id, now=utc_now())
    if found.is_service:
        raise Http404("a system has no password")
    words = {"heading": "New one-time link", "person": found, "button": "Show the link"}
    if found.active:
        form: forms.Form = ResetForm(request.POST or None)
        operation: Callable[..., str] = partial(invitations.reset_password, user_id=user_id)
        words["text"] = WITH_NEW_START
        words["over"] = _over_for_oneself(
            request, user_id, "Your own password is changed on your account page, not by a link."
        )
    else:
        form, operation = ReasonForm(request.POST or None), partial(invitations.renew_link, user_id=user_id)
        words["text"] = _say_joining(found)
        words["over"] = invitations.WITHDRAWN if found.withdrawn and request.method == "GET" else ""
    done, token = submit(request, form, operation)
    return _show_link(request, user_id, token) if done else ask(request, form, **words)


def _say_joining(found: PersonData) -> str:
    """What a new link to join brings, role by role, before it is made."""
    if found.joined:
        return ACCEPT_AGAIN
    roles = say_list([say_role(role) for role in found.invited])
    waits = WAITS_WHEN_JOINED if GUARDED_ROLES & set(found.invited) else ""
    return f"With it they join your force as {roles}. The link before it stops working.{waits}"


def _over_for_oneself(request: HttpRequest, user_id: UUID, words: str) -> str:
    """What stands in place of a form that would change what is one's own; "" otherwise.

    Sent all the same, the operation refuses it on the form."""
    return words if request.method == "GET" and acting(request).id == user_id else ""


def _change(
    request: HttpRequest,
    user_id: UUID,
    operation: Callable[..., Any],
    *,
    form_of: Callable[[QueryDict | None], forms.Form] = ReasonForm,
    said: str | Callable[[Mapping[str, Any]], str],
    **words: Any,
) -> HttpResponse:
    """One form about one person; back to their page when it is done.

    `said`: what is said then, where it depends on what was typed a function of that.
    """
    found = people.get_person(user_id=user_id, now=utc_now())
    form = form_of(request.POST or None)
    done, _ = submit(request, form, partial(operation, user_id=user_id))
    if done:
        messages.success(request, said if isinstance(said, str) else said(form.cleaned_data))
        return redirect("person", user_id)
    return ask(request, form, person=found, **words)


@administrators_form
def grant(request: HttpRequest, user_id: UUID) -> HttpResponse:
    check_reauthenticated(acting(request))
    held = people.get_person(user_id=user_id, now=utc_now()).roles
    return _change(
        request,
        user_id,
        _grant,
        form_of=partial(GrantForm, held=held),
        over=_over_for_oneself(
            request, user_id, "Nobody gives themselves a role: ask another administrator."
        ),
        said=_said_of_role,
        heading="Give a role",
        text="Several are possible: what one person did on a deployment bars them from its other duties.",
        button="Give the role",
    )


def _said_of_role(typed: Mapping[str, Any]) -> str:
    if typed["role"] in GUARDED_ROLES:
        return f"Asked for: {say_role(typed['role'])}. {WAITS}"
    return f"Given: {say_role(typed['role'])}. It works from their next page on."


def _grant(*, role: str, **typed: Any) -> None:
    operations.grant_role(role=Role(role), **typed)


@administrators_form
def revoke(request: HttpRequest, user_id: UUID, role: str) -> HttpResponse:
    if role not in set(Role):
        raise Http404("there is no such role")
    held = {grant.role for grant in people.grants_of(user_id=user_id) if grant.revoked_at is None}
    return _change(
        request,
        user_id,
        partial(operations.revoke_role, role=Role(role)),
        over=_over_for_oneself(request, user_id, OWN_ROLES)
        or ("" if request.method == "POST" or role in held else "This person does not hold this role."),
        said=f"Taken away: {say_role(role)}.",
        heading=f"Take away the role {say_role(role)}",
        text="It ends at their next page, and within 2 seconds on an open console.",
        button="Take it away",
        stop=True,
    )


@administrators_form
def leave(request: HttpRequest, user_id: UUID) -> HttpResponse:
    return _change(
        request,
        user_id,
        people.leave,
        over=_over_for_oneself(request, user_id, OWN_ROLES),
        said="Every role and every open link of this person has ended.",
        heading="Deactivate",
        text="Their roles in your force and their sign-ins end at once. What they did stays on record.",
        button="Deactivate",
        stop=True,
    )


@administrators_form
def unlock(request: HttpRequest, user_id: UUID) -> HttpResponse:
    return _change(
        request,
        user_id,
        lockout.unlock,
        said="They can try to sign in again at once.",
        heading="Unlock sign-in",
        text="For somebody who was locked out after too many attempts. Make sure that it was them.",
        button="Unlock",
    )


@administrators_form
def unlink(request: HttpRequest, user_id: UUID) -> HttpResponse:
    return _change(
        request,
        user_id,
        sign_on_links.unlink,
        said="The force's sign-on leads to this account no more.",
        heading="Unlink the force's sign-on",
        text="Whoever came in through it is signed out. They link it again themselves.",
        button="Unlink",
        stop=True,
    )


@administrators_form
def certify(request: HttpRequest, user_id: UUID) -> HttpResponse:
    return _change(
        request,
        user_id,
        _certify,
        form_of=CertificateForm,
        over=_over_for_oneself(request, user_id, "Nobody certifies themselves: ask another administrator."),
        said=lambda typed: (
            f"Recorded: {typed['course']}." + (f" {WAITS}" if typed["role"] in APPROVING_ROLES else "")
        ),
        heading="Record a training certificate",
        text="Nobody takes a duty without one that is current on every day of the window.",
        button="Record it",
    )


def _certify(*, role: str, **typed: Any) -> None:
    training.record_certificate(role=Role(role), **typed)


@administrators_form
def collar_number(request: HttpRequest, user_id: UUID) -> HttpResponse:
    check_reauthenticated(acting(request))
    return _change(
        request,
        user_id,
        collar_numbers.record_collar_number,
        form_of=CollarNumberForm,
        over=_over_for_oneself(request, user_id, "Nobody records their own: ask another administrator."),
        said=f"Asked for. {WAITS}",
        heading="Record a collar number",
        text="It stands with the rank on every authority that they decide, and on no public page. The number"
        " before it stays on what was decided under it.",
        button="Ask for it",
    )


@administrators_form
def withdraw(request: HttpRequest, user_id: UUID, certificate_id: UUID) -> HttpResponse:
    found = next((row for row in training.certificates_of(user_id=user_id) if row.id == certificate_id), None)
    if found is None:
        raise Http404("there is no such certificate")
    over = ""
    if found.withdrawn_at is not None and request.method == "GET":
        when = say_moment(found.withdrawn_at)
        over = f"It was withdrawn on {when} by {found.withdrawn_by}: {found.withdrawn_reason}"
    return _change(
        request,
        user_id,
        partial(training.withdraw_certificate, certificate_id=certificate_id),
        over=over,
        said="The certificate is withdrawn.",
        heading="Withdraw a training certificate",
        text="It counts for nothing from now on. Where they are on duty, they no longer count as staff.",
        button="Withdraw it",
        stop=True,
    )
