"""What everybody who takes part may read: the list, the page of one deployment, the whole authority."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.api import role_required
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments.assessment_queries import notes_on
from apps.deployments.data import DeploymentState, Step
from apps.deployments.documents.document import decision_rows, document_on
from apps.deployments.pages import overview
from apps.deployments.rules.estimate import estimate_of
from apps.deployments.views.buttons import buttons
from apps.deployments.views.steps import actor_of, force_of

LONGEST_SEARCH = 100
# Everybody who takes part in a deployment; nobody who is listed is named on these pages.
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


@require_safe
@never_cache
@role_required(*READERS)
def deployment_list(request: HttpRequest) -> HttpResponseBase:
    """What the force has, a page at a time; the address keeps filter, search and page."""
    now, actor = utc_now(), actor_of(request)
    asked = request.GET
    groups = [(key, words) for key, words, _ in overview.GROUPS]
    if actor.has(Role.PLANNER):
        groups.insert(1, (overview.MINE, "Planned by me"))
    group = asked.get("show", "all") if asked.get("show") in dict(groups) else "all"
    # The database takes no NUL in a text, and nothing that is called anything contains one.
    search = asked.get("search", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    listed = overview.listed(
        group=group,
        search=search,
        before=asked.get("before") or None,
        after=asked.get("after") or None,
        actor=actor,
        now=now,
    )
    kept = {"show": group, "search": search}
    return render(
        request,
        "deployments/list.html",
        {
            "rows": listed.rows,
            "groups": groups,
            "group": group,
            "search": search,
            "older": _address(kept, before=listed.page.before),
            "newer": _address(kept, after=listed.page.after),
            "may_plan": actor.has(Role.PLANNER),
            "now": now,
        },
    )


def _address(kept: dict[str, str], **cursor: str | None) -> str:
    ((name, value),) = cursor.items()
    if value is None:
        return ""
    return "?" + urlencode({key: words for key, words in {**kept, name: value}.items() if words})


@require_safe
@never_cache
@role_required(*READERS)
def deployment_page(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Whose turn it is first, then where it stands, then what is in it."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    found = overview.overview(deployment_id=deployment_id, force=force, actor=actor, now=now)
    return render(
        request,
        "deployments/page.html",
        {
            "found": found,
            "deployment": found.deployment,
            "buttons": buttons(found.actions, deployment_id, is_returned=found.returned is not None),
            "is_turn": found.is_turn,
            "is_late": found.waits.is_late(now),
            "cannot_approve": _why_not_approve(found),
            "may_copy": actor.has(Role.PLANNER),
            "now": now,
        },
    )


def _why_not_approve(found: overview.Overview) -> tuple[str, ...]:
    """Said beside "Decide", and not only at the end of the page where it is decided."""
    approve = found.actions[Step.APPROVE]
    decides = found.deployment.state is DeploymentState.SUBMITTED and approve.shown
    return approve.reasons if decides else ()


# What colleagues wrote about why is not for everybody who may read the text (Actor.reads_reasons).
OF_REASONS = frozenset({"Reasons", "Narrowed", "Confirmed", "Refused afterwards"})


def _for_reader(rows: list[list[str]], actor: Actor) -> list[list[str]]:
    if actor.reads_reasons:
        return rows
    return [[label, "A reason was given." if label in OF_REASONS else words] for label, words in rows]


@require_safe
@never_cache
@role_required(*READERS)
def authority(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The whole written authority as one document, with the chain of its versions."""
    found, force = overview.versions(deployment_id=deployment_id), force_of(request)
    document = document_on(found.deployment, force=force)
    context = {
        "found": found,
        "deployment": found.deployment,
        "document": document,
        "decision_rows": _for_reader(decision_rows(document), actor_of(request)),
        "ending": document.ending,
        "assessments": document.assessments,
        "drawing": found.drawing,
        "estimate": estimate_of(found.deployment.authority),
        "assessment_notes": notes_on(found.deployment.authority, now=utc_now()),
    }
    return render(request, "deployments/authority.html", context)
