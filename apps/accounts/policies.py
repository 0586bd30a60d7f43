from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import kept
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated

# A machine may draft and read. It never approves, operates or administers (invariant 8).
SERVICE_ROLES = frozenset({Role.PLANNER, Role.OVERSIGHT})
# Whoever holds one of these could give, or cover up, everything else: two administrators give it.
APPROVING_ROLES = frozenset({Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER})
GUARDED_ROLES = APPROVING_ROLES | {Role.FORCE_ADMIN}
MIN_REASON = 5
View = Callable[..., HttpResponseBase]


def check_administrator(actor: Actor) -> None:
    if not (actor.is_system or actor.has(Role.FORCE_ADMIN)):
        raise NotPermitted("granting and revoking roles is for the force's administrator")


def check_reason(reason: str) -> None:
    """Raises RuleViolated: who may do what is never changed without saying why."""
    if len(" ".join(reason.split())) < MIN_REASON:
        raise RuleViolated(["Write in a few words why."], code="reasons_missing")


def check_combination(roles: Collection[Role], *, is_service: bool = False) -> None:
    """Which roles one person may hold in one force. Raises RuleViolated.

    Operational roles may be combined: who did what on a deployment is kept apart there. The oversight body
    sees no face and no name (domain.md §1), so it is nothing else.
    """
    held = set(roles)
    if Role.OVERSIGHT in held and len(held) > 1:
        raise RuleViolated(
            ["Oversight is independent of the force: it cannot be held beside another role."],
            code="oversight_apart",
        )
    if is_service and held - SERVICE_ROLES:
        raise RuleViolated(
            ["A system may be a planner or read for oversight. It never decides or administers."],
            code="service",
        )


def role_required(*roles: Role) -> Callable[[View], View]:
    """The view is for signed-in people holding one of `roles` in their force.

    Others get 403; strangers are asked to sign in.

    A script (Accept: application/json) gets 401 instead of a redirect.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor: Actor | None = getattr(request, "actor", None)
            if actor is None:
                return ask_to_sign_in(request)
            if roles and not actor.has(*roles):
                raise PermissionDenied(
                    "This page is for: " + ", ".join(role.replace("_", " ") for role in sorted(roles))
                )
            return view(request, *args, **kwargs)

        return guarded

    return decorate


NO_ROLE_LEFT = (
    "You hold no role in this force any more, so you were signed out. An administrator can give you one."
)
# Where somebody goes who has begun to sign in, by what is missing.
HALFWAY = {"factor": "second-factor", "force": "choose-force"}


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To where a stranger signs in. What was typed is kept when it is known whose sign-in ended in this
    browser just now, however it did; of anybody else's nothing is, and the sign-in page says so."""
    halfway = getattr(request, "halfway", "")
    missing = HALFWAY.get(halfway)
    if "application/json" in request.headers.get("Accept", ""):
        said = {"error": "sign in first", "link": reverse(missing or "sign-in")}
        why = {"why": NO_ROLE_LEFT} if halfway == "no_role" else {}
        return JsonResponse(said | why, status=401)
    wanted = request.get_full_path()
    if missing:
        return redirect_to_login(wanted, login_url=reverse(missing))
    if request.method != "POST":
        return redirect_to_login(wanted)
    was = kept.owner_of(request)
    goes_on = kept.keep(request, user_id=was[0], force_id=was[1], signed_out=True) if was else ""
    if goes_on:
        request.session.set_expiry(kept.WHILE_SIGNED_OUT_S)
    return redirect(f"{reverse('sign-in')}?{urlencode({'next': goes_on or wanted, 'ended': '1'}, safe='/')}")
