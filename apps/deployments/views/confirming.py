"""Pages about an approval that was given: confirm or refuse an urgent one, and meet its conditions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms.fields import UUIDField
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import operations, queries
from apps.deployments.data import Step
from apps.deployments.forms.confirming import ConditionForm, Confirmation, ConfirmationForm
from apps.deployments.pages import actions as gated
from apps.deployments.rules import consequences
from apps.deployments.views.steps import REFUSED, actor_of, attempt, force_of, posted, rules_of, step_page

STEPS = {Confirmation.CONFIRM: Step.CONFIRM, Confirmation.REFUSE: Step.REFUSE_AFTERWARDS}
OPERATIONS = {
    Confirmation.CONFIRM: operations.confirm,
    Confirmation.REFUSE: operations.refuse_afterwards,
}
DONE = {Confirmation.CONFIRM: "is confirmed", Confirmation.REFUSE: "is refused afterwards"}


@step_page(Role.AUTHORISING_OFFICER)
def confirm(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """A superintendent's word on an urgent approval, with what follows from each answer."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    said = {
        Confirmation.CONFIRM: consequences.of_confirmation(deployment),
        Confirmation.REFUSE: consequences.of_refusing_afterwards(deployment),
    }
    form = ConfirmationForm(posted(request), consequences=said)
    if form.is_bound and form.is_valid():
        choice = Confirmation(form.cleaned_data["choice"])
        done = attempt(
            OPERATIONS[choice],
            STEPS[choice],
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            reasons=form.cleaned_data["reasons"],
        )
        if done is not None:
            messages.success(request, f"The approval of {deployment.reference} {DONE[choice]}.")
            return redirect("deployments:page", deployment_id)
    possible = gated.actions(deployment_id=deployment_id, actor=actor, now=now)
    context = {
        "deployment": deployment,
        "form": form,
        "action": possible[Step.CONFIRM],
        "refusal": possible[Step.REFUSE_AFTERWARDS],
        "hours": rules_of(request, deployment).urgent_confirmation_hours,
        "now": now,
        "waiting": gated.waiting_for(deployment=deployment, now=now, force=force_of(request)),
    }
    return render(request, "deployments/confirm.html", context, status=REFUSED if form.errors else 200)


@step_page(Role.PLANNER, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER, past="conditions")
def conditions(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Every condition of the approval, and how each was met. One form for each that is open."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    sent = _condition_id(request)
    form = _condition_form(sent, posted(request))
    if form.is_bound and form.is_valid():
        done = attempt(
            operations.meet_condition,
            Step.MEET_CONDITION,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            condition_id=sent,
            note=form.cleaned_data["note"],
        )
        if done is not None:
            messages.success(request, "The condition is noted as met.")
            return redirect("deployments:conditions", deployment_id)
    found = queries.conditions(deployment_id=deployment_id)
    context = {
        "deployment": deployment,
        "lapsed": any(each.lapsed_at is not None for each in found),
        "rows": [(each, form if each.id == sent else _condition_form(each.id)) for each in found],
        "form": form,
        "action": gated.actions(deployment_id=deployment_id, actor=actor, now=now)[Step.MEET_CONDITION],
    }
    return render(request, "deployments/conditions.html", context, status=REFUSED if form.errors else 200)


def _condition_form(condition_id: UUID, data: QueryDict | None = None) -> ConditionForm:
    """There are several on the page: each with ids of its own."""
    return ConditionForm(data, auto_id=f"condition-{condition_id}-%s")


def _condition_id(request: HttpRequest) -> UUID:
    """Of the button that was pressed. What is none belongs to no condition, and the operation says so."""
    try:
        found: UUID = UUIDField().clean(request.POST.get("condition", ""))
    except ValidationError:
        return UUID(int=0)
    return found
