"""The planner's pages: write a plan, change it, submit it, cancel it. Each translates to one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import actions as gated
from apps.deployments import consequences, overview, plans, queries
from apps.deployments.data import DeploymentData, Step
from apps.deployments.drawing import draw, read_points
from apps.deployments.forms import (
    PARAGRAPHS,
    CancelForm,
    ChangeForm,
    PlanForm,
    SubmitForm,
    VoidForm,
    anchor,
    blank,
    copied,
    initial_of,
)
from apps.deployments.operations import cancel as cancel_operation
from apps.deployments.operations.saving import save_plan, start_plan, submit_plan
from apps.deployments.states import APPROVED_STATES
from apps.deployments.views.steps import REFUSED, StepIsPast, actor_of, attempt, force_of, rules_of, step_page

# Where on the form an error of an operation is put right.
ERROR_FIELDS = {"publish_late": "publish_date"}
CHANGED, UNANSWERED = "changed_meanwhile", "unanswered"


@step_page(Role.PLANNER)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new plan, from nothing or from an earlier one (`?copy=`)."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    source = _source(request)
    place = "" if source is None else source.authority.place_name
    choices = plans.plan_choices(force=force, now=now, place=place)
    if request.method == "POST":
        form = PlanForm(request.POST, choices=choices)
        if form.is_valid():
            try:
                drafted = start_plan(
                    authority=form.authority(),
                    publish_at=form.publish_at,
                    copied_from=form.cleaned_data["copied_from"],
                    actor=actor,
                    now=now,
                )
            except RuleViolated as refused:
                _refuse(form, refused)
            else:
                messages.success(request, f"Draft saved as {drafted.reference}.")
                return _after_saving(request, drafted)
    elif source is not None:
        initial = blank(choices) | copied(source.authority) | {"copied_from": source.id}
        form = PlanForm(initial=initial, choices=choices)
        form.mark_copied(source.reference, PARAGRAPHS)
    else:
        form = PlanForm(initial=blank(choices), choices=choices)
    context = {"form": form, "source": source, "drawing": _drawing(form)}
    return render(request, "deployments/plan.html", context, status=_status(form))


def _source(request: HttpRequest) -> DeploymentData | None:
    """The deployment to copy. Raises NotFound for one of another force, and for what is no id."""
    asked = request.POST.get("copied_from") or request.GET.get("copy") or ""
    if not asked:
        return None
    try:
        return queries.get(deployment_id=UUID(asked))
    except ValueError:
        return None


@dataclass
class Page:
    """What the plan page of one deployment is made of."""

    request: HttpRequest
    deployment: DeploymentData
    form: PlanForm
    # Only for a plan that is approved: the reason, and what the change would do.
    change_form: ChangeForm | None
    weighed: plans.Weighed | None = None
    asks_to_confirm: bool = False
    void_form: VoidForm = field(default_factory=VoidForm)
    differs: tuple[Any, ...] = ()

    def answer(self) -> HttpResponseBase:
        template = "deployments/change.html" if self.asks_to_confirm else "deployments/plan.html"
        forms = [form for form in (self.form, self.change_form, self.void_form) if form is not None]
        note = plans.copy_note(deployment=self.deployment)
        if note is not None:
            self.form.mark_copied(note.reference, note.unchanged)
        context = {
            "deployment": self.deployment,
            "form": self.form,
            "void_form": self.void_form,
            "change_form": self.change_form,
            "weighed": self.weighed,
            "differs": self.differs,
            "copy": note,
            "drawing": _drawing(self.form),
            "is_approved": self.change_form is not None,
            "returned": overview.returned(self.deployment),
        }
        status = REFUSED if any(form.errors for form in forms) else 200
        return render(self.request, template, context, status=status)


@step_page(Role.PLANNER)
def plan(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Change a plan. A draft is saved at once; for an approved one the page first shows what that does."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    possible = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id]
    shown = [action for action in (possible[Step.EDIT], possible[Step.NARROW]) if action.shown]
    if not shown:
        raise StepIsPast(deployment_id)
    if not any(action.allowed for action in shown):
        return _not_now(request, deployment, "Change the plan", shown[0].reasons)
    rules = rules_of(request, deployment)
    choices = plans.plan_choices(force=rules, now=now, place=deployment.authority.place_name)
    approved = deployment.state in APPROVED_STATES
    if request.method != "POST":
        initial = initial_of(deployment.authority, publish_at=deployment.publish_at)
        initial["version"] = plans.plan_version(deployment)
        form = PlanForm(initial=initial, choices=choices)
        return Page(request, deployment, form, ChangeForm() if approved else None).answer()
    form = PlanForm(request.POST, choices=choices)
    page = Page(request, deployment, form, ChangeForm(request.POST) if approved else None)
    if "back" in request.POST or not form.is_valid():
        return page.answer()
    if approved and "confirmed" not in request.POST:
        return _weigh(page)
    return _save(page, actor_and_time={"actor": actor, "now": now})


def _weigh(page: Page) -> HttpResponseBase:
    """Show what the change of an approved plan would do; nothing is saved."""
    wanted = plans.keep_equal(page.form.authority(), page.deployment.authority)
    page.weighed = plans.weigh_change(deployment=page.deployment, authority=wanted)
    for reason in page.weighed.refused:
        page.form.add_error(None, reason)
    page.asks_to_confirm = not page.weighed.refused and bool(page.change_form and page.change_form.is_valid())
    return page.answer()


def _save(page: Page, *, actor_and_time: dict[str, Any]) -> HttpResponseBase:
    request, change_form = page.request, page.change_form
    if change_form is not None and not change_form.is_valid():
        return _weigh(page)
    try:
        saved = save_plan(
            deployment_id=page.deployment.id,
            authority=page.form.authority(),
            publish_at=page.form.publish_at,
            version=page.form.cleaned_data["version"],
            reason="" if change_form is None else change_form.cleaned_data["reason"],
            accept_voiding="accept_voiding" in request.POST,
            **actor_and_time,
        )
    except (RuleViolated, InvalidTransition) as refused:
        return _refused(page, refused)
    messages.success(request, _saved_words(page.deployment, saved))
    return _after_saving(request, saved)


def _refused(page: Page, refused: RuleViolated | InvalidTransition) -> HttpResponseBase:
    """The form with the reasons and everything that was typed; where somebody else was faster, with what
    differs, and ready to be saved over it on purpose."""
    if refused.code == "would_void":
        page.void_form = VoidForm(page.request.POST)
        page.void_form.add_error("accept_voiding", refused.message)
        return _weigh(page)
    wanted = page.form.authority()
    if refused.code == CHANGED:
        page.deployment = queries.get(deployment_id=page.deployment.id)
        data: QueryDict = page.request.POST.copy()
        data["version"] = plans.plan_version(page.deployment)
        page.form = PlanForm(data, choices=page.form.choices)
        page.form.is_valid()
        page.differs = plans.weigh_change(deployment=page.deployment, authority=wanted).changes
    _refuse(page.form, refused)
    return page.answer()


def _saved_words(before: DeploymentData, after: DeploymentData) -> str:
    if before.state not in APPROVED_STATES:
        return f"{after.reference} is saved."
    if after.approved_hash is None:
        return f"{after.reference} is changed. Its approval has ended: submit it again."
    return f"{after.reference} is narrowed. The change applies now and the approval still holds."


def _after_saving(request: HttpRequest, saved: DeploymentData) -> HttpResponseBase:
    return redirect("deployments:submit" if "then_check" in request.POST else "deployments:page", saved.id)


def _refuse(form: PlanForm, refused: RuleViolated | InvalidTransition) -> None:
    field = ERROR_FIELDS.get(refused.code)
    if field is not None and isinstance(refused, RuleViolated):
        for reason in refused.reasons:
            form.add_error(field, reason)
    else:
        domain_errors_to_form(form, refused)


def _drawing(form: PlanForm) -> Any:
    """Of what was typed last, as long as it is an outline."""
    points, problems = read_points(str(form["polygon"].value() or ""))
    return None if problems else draw(points)


def _status(form: PlanForm) -> int:
    return REFUSED if form.errors else 200


def _not_now(
    request: HttpRequest, deployment: DeploymentData, title: str, reasons: tuple[str, ...]
) -> HttpResponseBase:
    """In place of a form that could not be sent: why, and the way back."""
    context = {"deployment": deployment, "title": title, "reasons": reasons}
    return render(request, "deployments/not_now.html", context, status=409)


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
            if refused.code == CHANGED:
                form = SubmitForm(initial=initial, needs_answer=is_unchanged)
                messages.error(request, refused.message)
            else:
                _submission_refused(form, refused)
        else:
            messages.success(request, f"{deployment.reference} is submitted. An authorising officer decides.")
            return redirect("deployments:page", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "missing": [_missing(reason) for reason in action.reasons],
        "returned": returned,
        "is_unchanged": is_unchanged,
        "waits": gated.waits_for(deployment=deployment, now=now, force=force),
        "copy": plans.copy_note(deployment=deployment),
        "drawing": draw(deployment.authority.polygon),
    }
    return render(request, "deployments/submit.html", context, status=REFUSED if form.errors else 200)


def _submission_refused(form: SubmitForm, refused: RuleViolated | InvalidTransition) -> None:
    if refused.code == UNANSWERED:
        form.add_error("answer", refused.message)
    else:
        domain_errors_to_form(form, refused)


def _missing(reason: str) -> tuple[str, str]:
    """What is missing, and where on the form it is put right."""
    name = plans.field_of(reason)
    return reason, anchor(name) if name else ""


@step_page(Role.PLANNER)
def cancel(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Call it off, with a reason; what follows is said before."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    action = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id][Step.CANCEL]
    if not action.shown:
        raise StepIsPast(deployment_id)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            cancel_operation,
            Step.CANCEL,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            reason=form.cleaned_data["reason"],
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
