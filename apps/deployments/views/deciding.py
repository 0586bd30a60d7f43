"""The authorising officer's pages: decide, revoke, accept the list. Each translates to one operation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import operations, queries
from apps.deployments.assessment_queries import chosen_assessments, notes_on
from apps.deployments.data import Action, DeploymentData, Step
from apps.deployments.documents.drawing import draw_on_map
from apps.deployments.documents.reading import reading
from apps.deployments.forms.deciding import AcceptForm, Choice, DecisionForm, RevokeForm
from apps.deployments.pages import actions as gated
from apps.deployments.rules import consequences
from apps.deployments.rules.estimate import estimate_of
from apps.deployments.rules.policies import check_hash
from apps.deployments.views.steps import (
    REFUSED,
    Operation,
    actor_of,
    attempt,
    force_of,
    posted,
    rules_of,
    step_page,
)
from apps.watchlists import api as watchlists

STEPS = {
    Choice.APPROVE: Step.APPROVE,
    Choice.APPROVE_WITH_CONDITIONS: Step.APPROVE,
    Choice.RETURN: Step.RETURN,
    Choice.REFUSE: Step.REFUSE,
}
DONE = {
    Choice.APPROVE: "is approved",
    Choice.APPROVE_WITH_CONDITIONS: "is approved with conditions",
    Choice.RETURN: "is returned",
    Choice.REFUSE: "is refused",
}


@step_page(Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER)
def decide(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The whole authority, what to look at twice, and the decision. What is approved is the hash of what was
    on the page; when it changed since, the page shows the new text and keeps the reasons."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    possible = gated.actions(deployment_id=deployment_id, actor=actor, now=now)
    offered = {choice: possible[step] for choice, step in STEPS.items()}
    approval = consequences.of_approval(deployment, force=rules_of(request, deployment), actor=actor, now=now)
    said = _said_of_each(approval)
    read = reading(deployment=deployment, seen_hash=request.POST.get("seen", ""))
    form = DecisionForm(
        posted(request),
        consequences=_on_offer(request, said, offered),
        earlier=read.before.conditions if read.before is not None else (),
    )
    if form.is_bound and form.is_valid():
        choice, seen = Choice(form.cleaned_data["choice"]), request.POST.get("seen", "")
        done = attempt(
            _decision(choice, deployment, seen, form),
            STEPS[choice],
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            reasons=form.cleaned_data["reasons"],
        )
        if done is not None:
            messages.success(request, f"{deployment.reference} {DONE[choice]}. {said[choice]}")
            return redirect("deployments:page", deployment_id)
        deployment = queries.get(deployment_id=deployment_id)  # it may have changed while it was read
        read = reading(deployment=deployment, seen_hash=seen)
    context = {
        "form": form,
        "approve": offered[Choice.APPROVE],
        **_openness(offered),
        "waiting": gated.waiting_for(deployment=deployment, now=now, force=force),
        "reading": read,
        **_beside(deployment, now),
    }
    return render(request, "deployments/decide.html", context, status=REFUSED if form.errors else 200)


def _openness(offered: Mapping[Choice, Action]) -> dict[str, object]:
    return {
        "may_decide": any(action.allowed for action in offered.values()),
        "is_open": any(action.shown for action in offered.values()),
    }


def _beside(deployment: DeploymentData, now: datetime) -> dict[str, object]:
    """The authority, and what is known of what it rests on."""
    return {
        "deployment": deployment,
        "drawing": draw_on_map(deployment.authority.polygon),
        "assessments": chosen_assessments(deployment.authority),
        "estimate": estimate_of(deployment.authority),
        "assessment_notes": notes_on(deployment.authority, now=now),
    }


def _said_of_each(approval: str) -> dict[Choice, str]:
    """What follows from each decision, where `approval` is what follows from approving it."""
    return {
        Choice.APPROVE: approval,
        Choice.APPROVE_WITH_CONDITIONS: f"{consequences.OF_CONDITIONS} {approval}",
        Choice.RETURN: consequences.of_return(),
        Choice.REFUSE: consequences.of_refusal(),
    }


def _on_offer(
    request: HttpRequest, said: Mapping[Choice, str], offered: Mapping[Choice, Action]
) -> dict[Choice, str]:
    """A page offers what is possible; what comes back is for the operation to refuse, in its own words."""
    if request.method == "POST":
        return dict(said)
    return {choice: words for choice, words in said.items() if offered[choice].allowed}


def _decision(choice: Choice, deployment: DeploymentData, seen: str, form: DecisionForm) -> Operation:
    if STEPS[choice] is Step.APPROVE:
        return partial(operations.approve, authority_hash=seen, conditions=form.condition_lines)
    operation = operations.return_ if choice is Choice.RETURN else operations.refuse

    def declining(**arguments: object) -> DeploymentData:
        # Reasons about a text that has changed since would puzzle the planner.
        check_hash(seen=seen, current=deployment.authority_hash)
        return operation(**arguments)  # type: ignore[arg-type]  # passed on as they came

    return declining


@step_page(Role.AUTHORISING_OFFICER)
def revoke(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Take an approval back, live or not, after the consequences were read."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    form = RevokeForm(posted(request))
    if form.is_bound and form.is_valid():
        done = attempt(
            operations.revoke,
            Step.REVOKE,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            reasons=form.cleaned_data["reasons"],
        )
        if done is not None:
            messages.success(request, f"The approval of {deployment.reference} is revoked.")
            return redirect("deployments:page", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "action": gated.actions(deployment_id=deployment_id, actor=actor, now=now)[Step.REVOKE],
        "consequences": consequences.of_revocation(deployment, force=rules_of(request, deployment), now=now),
        "waiting": gated.waiting_for(deployment=deployment, now=now, force=force),
    }
    return render(request, "deployments/revoke.html", context, status=REFUSED if form.errors else 200)


@step_page(Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER, Role.PLANNER)
def accept_list(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The sealed list by its hash and numbers. Who is on it is shown when asked for: that look is audited."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    form = AcceptForm(posted(request))
    if form.is_bound and form.is_valid():
        done = attempt(
            operations.accept_watchlist,
            Step.ACCEPT_LIST,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            seal_hash=request.POST.get("seen", ""),
        )
        if done is not None:
            messages.success(request, f"The list of {deployment.reference} is accepted as it was sealed.")
            return redirect("deployments:page", deployment_id)
    watchlist = watchlists.get_for_deployment(deployment_id=deployment_id)
    page = None
    if watchlist is not None and request.GET.get("people", "").isdecimal():
        page = watchlists.read_entries(
            watchlist_id=watchlist.id, number=int(request.GET["people"][:6]), actor=actor, now=now
        )
    context = {
        "deployment": deployment,
        "form": form,
        "action": gated.actions(deployment_id=deployment_id, actor=actor, now=now)[Step.ACCEPT_LIST],
        "watchlist": watchlist,
        "counts": {} if watchlist is None else watchlists.count_by_category(watchlist_id=watchlist.id),
        "page": page,
        "waiting": gated.waiting_for(deployment=deployment, now=now, force=force_of(request)),
    }
    return render(request, "deployments/accept_list.html", context, status=REFUSED if form.errors else 200)
