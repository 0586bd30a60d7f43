"""Home and board: each translates to one query."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.database_clock import database_now
from apps.core.wording import say_list, say_role
from apps.desk import board as boards
from apps.desk.home import home

BOARD_ROLES = (
    Role.SILVER_COMMANDER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
)


@require_GET
@never_cache
def front(request: HttpRequest) -> HttpResponse:
    """Everybody's own start: people who signed in see their work, everybody else the public notices."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return redirect("notices:list")
    now = utc_now()
    roles = say_list([say_role(role) for role in sorted(actor.roles)])
    overdue = accounts.overdue_count(now=now) if actor.has(Role.FORCE_ADMIN) else 0
    context = {
        "home": home(actor=actor, now=now),
        "now": now,
        "role_words": roles,
        "overdue_breaches": overdue,
    }
    return render(request, "desk/home.html", context)


@require_GET
@never_cache
@accounts.role_required(*BOARD_ROLES)
def board(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    # Of leases and signs of life, which other machines wrote: by the clock they go by.
    now = database_now()
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    found = boards.board(deployment_id=deployment_id, actor=actor, now=now)
    return render(request, "desk/board.html", {"board": found, "deployment": found.deployment, "now": now})
