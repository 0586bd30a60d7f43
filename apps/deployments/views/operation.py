"""An operation of several days on a page: its deployments, one more day, and submitting them together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.api import role_required
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import queries
from apps.deployments.data import DeploymentData, Step
from apps.deployments.forms.confirmations import DayForm, SubmitTogetherForm
from apps.deployments.operations.several_days import add_day, submit_together
from apps.deployments.pages import actions as gated
from apps.deployments.pages.missing import missing
from apps.deployments.planning import plans
from apps.deployments.views.pages import READERS
from apps.deployments.views.steps import REFUSED, StepIsPast, actor_of, step_page


@require_safe
@never_cache
@role_required(*READERS)
def operation(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Every deployment of the same operation; officers decide on each, with all of them in view."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    days = queries.of_operation(deployment)
    possible = gated.actions_of(deployments=days, actor=actor, now=now)
    waits = gated.waits_of(deployments=days, now=now)
    rows = [(each, waits[each.id], possible[each.id][Step.APPROVE].shown) for each in days]
    context = {
        "deployment": deployment,
        "rows": rows,
        "to_submit": [each for each in days if possible[each.id][Step.SUBMIT].shown],
        "may_plan": actor.has(Role.PLANNER),
        "same_name": queries.other_operations_called(deployment),
        "next_day": _next_day(days[-1]),
    }
    return render(request, "deployments/operation.html", context)


def _next_day(last: DeploymentData) -> dict[str, Any]:
    """The same hours by the clock, the day after the last one."""
    start, end = london(last.authority.window_start), london(last.authority.window_end)
    return {
        "start_date": start.date() + timedelta(days=1),
        "start_time": start.time(),
        "end_time": end.time(),
    }


@step_page(Role.PLANNER)
def another_day(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """One more day of the operation, with one press or at other hours."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    initial = _next_day(queries.of_operation(deployment)[-1])
    form = DayForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            added = add_day(deployment_id=deployment_id, window=form.window(), actor=actor, now=now)
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, f"{added.reference} is drafted as another day of this operation.")
            return redirect("deployments:operation", added.id)
    context = {"deployment": deployment, "form": form}
    status = REFUSED if form.errors else 200
    return render(request, "deployments/another_day.html", context, status=status)


@step_page(Role.PLANNER, past="operation")
def submit_days(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The plans of the operation that can be submitted, together or not at all."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    days = queries.of_operation(deployment)
    possible = gated.actions_of(deployments=days, actor=actor, now=now)
    open_days = [each for each in days if possible[each.id][Step.SUBMIT].shown]
    if not open_days:
        raise StepIsPast(deployment_id)
    versions = "\n".join(f"{each.id}={plans.plan_version(each)}" for each in open_days)
    form = SubmitTogetherForm(request.POST or None, initial={"versions": versions})
    if request.method == "POST" and form.is_valid():
        try:
            done = submit_together(
                operation_of=deployment_id, versions=form.cleaned_data["versions"], actor=actor, now=now
            )
        except (RuleViolated, InvalidTransition) as refused:
            domain_errors_to_form(form, refused)
        else:
            words = f"{len(done)} plans are submitted. An authorising officer decides on each."
            messages.success(request, words)
            return redirect("deployments:operation", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "rows": [(each, missing(possible[each.id][Step.SUBMIT].reasons)) for each in open_days],
        "is_complete": not any(possible[each.id][Step.SUBMIT].reasons for each in open_days),
    }
    status = REFUSED if form.errors else 200
    return render(request, "deployments/submit_days.html", context, status=status)
