"""The last pages of a plan: everything that is missing at once, or the declaration; and calling it off."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import queries
from apps.deployments.assessment_queries import chosen_assessments
from apps.deployments.data import Step
from apps.deployments.documents.drawing import draw_on_map
from apps.deployments.forms.confirmations import CancelForm, SubmitForm
from apps.deployments.operations import cancel as cancel_operation
from apps.deployments.operations.saving import submit_plan
from apps.deployments.pages import actions as gated
from apps.deployments.pages import overview
from apps.deployments.pages.missing import by_step
from apps.deployments.planning import plans
from apps.deployments.rules import consequences
from apps.deployments.rules.estimate import estimate_of
from apps.deployments.views.planning import CHANGED
from apps.deployments.views.steps import REFUSED, StepIsPast, actor_of, attempt, force_of, rules_of, step_page

UNANSWERED = "unanswered"


@step_page(Role.PLANNER)
def submit(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Everything that is missing at once, each with its way to the form; or the declaration."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    action = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id][Step.SUBMIT]
    if not action.shown:
        raise StepIsPast(deployment_id)
    returned = overview.returned(deployment)
    is_unchanged = returned is not None and returned.content_hash == deployment.authority_hash
    initial = {"version": plans.plan_version(deployment)}
    form = SubmitForm(request.POST or None, initial=initial, needs_answer=is_unchanged)
    if request.method == "POST" and form.is_valid():
        try:
            submit_plan(
                deployment_id=deployment_id,
                version=form.cleaned_data["version"],
                answer=form.cleaned_data["answer"],
                actor=actor,
                now=now,
            )
        except (RuleViolated, InvalidTransition) as refused:
            form = _asked_again(request, form, refused)
        else:
            messages.success(request, f"{deployment.reference} is submitted. An authorising officer decides.")
            return redirect("deployments:page", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "missing": by_step(action.reasons),
        "returned": returned,
        "is_unchanged": is_unchanged,
        "waits": gated.waits_for(deployment=deployment, now=now, force=force),
        "copy": plans.copy_note(deployment=deployment),
        "drawing": draw_on_map(deployment.authority.polygon),
        "estimate": estimate_of(deployment.authority),
        "assessments": chosen_assessments(deployment.authority),
    }
    return render(request, "deployments/submit.html", context, status=REFUSED if form.errors else 200)


def _asked_again(
    request: HttpRequest, form: SubmitForm, refused: RuleViolated | InvalidTransition
) -> SubmitForm:
    """The form with what was refused; an empty one where the plan changed since, so that it is read first."""
    if refused.code == CHANGED:
        messages.error(request, refused.message)
        return SubmitForm(initial=form.initial, needs_answer=form.fields["answer"].required)
    if refused.code == UNANSWERED:
        form.add_error("answer", refused.message)
    else:
        domain_errors_to_form(form, refused)
    return form


@step_page(Role.PLANNER)
def cancel(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Call it off, with a reason; what follows is said before."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    action = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id][Step.CANCEL]
    if not action.shown:
        raise StepIsPast(deployment_id)
    form = CancelForm(request.POST or None, needs_report=deployment.approved_hash is not None)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            cancel_operation,
            Step.CANCEL,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            reason=form.cleaned_data["reason"],
            done=form.cleaned_data.get("done", ""),
            collected=form.cleaned_data.get("collected", ""),
        )
        if done is not None:
            messages.success(request, f"{deployment.reference} is cancelled.")
            return redirect("deployments:page", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "consequences": consequences.of_cancelling(deployment, force=rules_of(request, deployment), now=now),
    }
    return render(request, "deployments/cancel.html", context, status=REFUSED if form.errors else 200)
