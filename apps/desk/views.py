"""Home and board: each translates to one query."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts import api as accounts
from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.database_clock import database_now
from apps.core.wording import say_list, say_role
from apps.deployments import api as deployments
from apps.desk import board as boards
from apps.desk.home import home
from apps.oversight import api as oversight
from apps.retention import api as retention

BOARD_ROLES = (
    Role.SILVER_COMMANDER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.OPERATOR,
    Role.ENGAGEMENT_OFFICER,
    Role.SYSTEM_ENGINEER,
)
TOLD_OF_ALARMS = (Role.FORCE_ADMIN, Role.SILVER_COMMANDER)


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
    copies = _copies(actor, now)
    context = {
        "alarms": retention.alarms() if actor.has(*TOLD_OF_ALARMS) else (),
        "home": home(actor=actor, now=now),
        "copies": copies,
        "overdue_copies": sum(each.overdue for each, _ in copies),
        "now": now,
        "role_words": roles,
        "overdue_breaches": overdue,
        "oversight_waits": oversight.waiting_count(actor=actor),
    }
    return render(request, "desk/home.html", context)


def _copies(actor: Actor, now: datetime) -> list[tuple[alerts.HandOverDuty, str]]:
    """Copies of alerts whose next step this person may take, overdue ones first, each with the reference of
    its deployment."""
    if not actor.has(*alerts.HAND_OVER_ROLES):
        return []
    found = [each for each in alerts.hand_over_duties(now=now) if each.is_for(actor)]
    ids = {each.deployment_id for each in found}
    names = deployments.references(deployment_ids=ids) if ids else {}
    return [(each, names.get(each.deployment_id, "")) for each in found]


@require_GET
@never_cache
@accounts.role_required(*BOARD_ROLES)
def board(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    # Of leases and signs of life, which other machines wrote: by the clock they go by.
    now = database_now()
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ForceContextMiddleware
    found = boards.board(deployment_id=deployment_id, actor=actor, now=now)
    return render(request, "desk/board.html", {"board": found, "deployment": found.deployment, "now": now})
