"""The pages of the day: checklist, run, review. Each translates to one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.database_clock import database_now
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import facts, operations, queries
from apps.deployments.data import (
    COMPUTED_CHECKS,
    Cause,
    CheckKind,
    DeploymentData,
    DeploymentState,
    Duty,
    Step,
)
from apps.deployments.forms.running import (
    PASSED,
    CheckForm,
    DutyForm,
    EndForm,
    ResumeForm,
    ReviewForm,
    StepForm,
    SuspendForm,
)
from apps.deployments.operations.removal import ANSWERABLE, STREET
from apps.deployments.pages import actions as gated
from apps.deployments.pages.labels import CHECK_LABELS, DUTY_LABELS
from apps.deployments.pages.running import Stopped, run_page, stopped_by
from apps.deployments.rules import consequences
from apps.deployments.rules.policies import CHECK_DUTIES, has_blue_list
from apps.deployments.rules.review_items import open_items
from apps.deployments.rules.states import APPROVED_BEFORE_START, APPROVED_STATES
from apps.deployments.views.steps import (
    REFUSED,
    Operation,
    StepIsPast,
    actor_of,
    attempt,
    force_of,
    posted,
    rules_of,
    step_page,
)

ON_DUTY = (Role.SILVER_COMMANDER, Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER)
READERS = (
    *ON_DUTY,
    Role.PLANNER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.FORCE_ADMIN,
)
# Planner and authorising officer are taken on by planning and deciding, not by declaring it.
DECLARED = (Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER)


@step_page(*READERS)
def checklist(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The whole list; with `?item=` the form of one item."""
    if request.GET.get("item") == CheckKind.SIGNAGE and _has_approaches(deployment_id):
        return redirect("deployments:signs", deployment_id)
    if "item" in request.GET:
        return _check_item(request, deployment_id, _item(request.GET["item"]))
    actor = actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    possible = gated.check_actions(deployment_id=deployment_id, actor=actor)
    checks = facts.checklist(deployment_id=deployment_id)
    items = [
        {"check": check, "action": possible[check.kind], "by": CHECK_DUTIES.get(check.kind, ())}
        for check in checks
    ]
    context = {
        "deployment": deployment,
        "items": items,
        "passed": sum(check.passed for check in checks),
        "is_open": deployment.sealed_at is not None and deployment.state in APPROVED_STATES,
        "is_live": deployment.state is DeploymentState.LIVE,
        "stopped": stopped_by(deployment),
    }
    return render(request, "deployments/checklist.html", context)


def _has_approaches(deployment_id: UUID) -> bool:
    """Then each sign is recorded by itself, with its photograph."""
    return bool(queries.get(deployment_id=deployment_id).authority.approaches)


def _item(value: str) -> CheckKind:
    try:
        kind = CheckKind(value)
    except ValueError as unknown:
        raise Http404("there is no such item on the checklist") from unknown
    if kind in COMPUTED_CHECKS:
        raise Http404("this item is worked out by the platform")
    return kind


def _check_item(request: HttpRequest, deployment_id: UUID, kind: CheckKind) -> HttpResponseBase:
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    form = CheckForm(posted(request))
    if form.is_bound and form.is_valid():
        passed = form.cleaned_data["result"] == PASSED
        done = attempt(
            operations.record_check,
            Step.CHECK,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            kind=kind,
            passed=passed,
            note=form.cleaned_data["note"],
        )
        if done is not None:
            _say_recorded(request, kind, passed=passed, before=deployment, after=done)
            return redirect("deployments:checklist", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "item": gated.check_item(kind=kind, known=facts.of(deployment, force=force), actor=actor, now=now),
        "by": CHECK_DUTIES[kind],
        "is_live": deployment.state is DeploymentState.LIVE,
    }
    return render(request, "deployments/check.html", context, status=REFUSED if form.errors else 200)


def _say_recorded(
    request: HttpRequest, kind: CheckKind, *, passed: bool, before: DeploymentData, after: DeploymentData
) -> None:
    label = CHECK_LABELS[kind]
    if passed:
        messages.success(request, f"{label}: recorded as passed.")
    elif after.state is not before.state:
        messages.error(
            request, f"{label}: recorded as failed. The deployment is suspended: recognition stopped."
        )
    else:
        messages.warning(request, f"{label}: recorded as failed. It cannot start before this is put right.")


@dataclass(frozen=True)
class Press:
    """One button of the run page: its form, its operation, and what is said when it worked."""

    step: Step
    form: Callable[..., Form]
    operation: Operation
    said: str


PRESSES = {
    press.step.value: press
    for press in (
        Press(Step.MAKE_READY, StepForm, operations.make_ready, "{} is ready to start."),
        Press(Step.START, StepForm, operations.start, "{} is live. Recognition has begun."),
        Press(Step.SUSPEND, SuspendForm, operations.suspend, "{} is suspended. Recognition stopped."),
        Press(Step.RESUME, ResumeForm, operations.resume, "{} is live again."),
        Press(Step.END, EndForm, operations.end, "{} has ended. Recognition stopped for good."),
    )
}
# Steps that are asked about once more on a page of their own, which says what they begin or destroy.
CONFIRMED = {Step.START.value, Step.END.value}


# After false alerts an authorising officer resumes, on this page too.
@step_page(*ON_DUTY, Role.AUTHORISING_OFFICER, past="run")
def run(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """What stands between now and the start, and the buttons of the day."""
    pressed = request.POST.get("step", "")
    if pressed and pressed != Step.RESUME and not actor_of(request).has(*ON_DUTY):
        raise NotPermitted("Only somebody on duty can press this.")
    if pressed == "duty":
        return _take_duty(request, deployment_id)
    if pressed == "lay_down":
        return _lay_down_duty(request, deployment_id)
    if request.method == "POST":
        if pressed not in PRESSES:
            raise RuleViolated(["This button is not known. Go back and load the page again."])
        return _press(request, deployment_id, PRESSES[pressed])
    asked = request.GET.get("confirm", "")
    if asked in CONFIRMED:
        press = PRESSES[asked]
        possible = gated.actions(deployment_id=deployment_id, actor=actor_of(request), now=utc_now())
        if not possible[press.step].shown:
            raise StepIsPast(deployment_id)
        if possible[press.step].allowed:
            return _confirm(request, deployment_id, press, press.form())
    return _run_page(request, deployment_id)


def _press(request: HttpRequest, deployment_id: UUID, press: Press) -> HttpResponseBase:
    form = press.form(request.POST)
    if form.is_valid():
        done = attempt(
            press.operation,
            press.step,
            form=form,
            deployment_id=deployment_id,
            actor=actor_of(request),
            # Since when it is live is what the silence of its cameras is counted from, by the same clock.
            now=database_now(),
            **form.cleaned_data,
        )
        if done is not None:
            messages.success(request, press.said.format(done.reference))
            return redirect("deployments:run", deployment_id)
    if press.step is Step.END:
        return _confirm(request, deployment_id, press, form)
    return _run_page(request, deployment_id, {press.step.value: form})


def _confirm(request: HttpRequest, deployment_id: UUID, press: Press, form: Form) -> HttpResponseBase:
    now, deployment = utc_now(), queries.get(deployment_id=deployment_id)
    force = rules_of(request, deployment)
    said = (
        consequences.of_start(deployment, force=force)
        if press.step is Step.START
        else consequences.of_end(deployment, force=force, now=now)
    )
    context = {
        "deployment": deployment,
        "form": form,
        "step": press.step.value,
        "consequences": said,
        "duties": [
            person
            for person in queries.duties(deployment_id=deployment_id)
            if person.duty in DECLARED and person.laid_down_at is None
        ],
    }
    return render(request, "deployments/run_confirm.html", context, status=REFUSED if form.errors else 200)


def _take_duty(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    actor = actor_of(request)
    refusals = gated.duty_refusals(deployment_id=deployment_id, actor=actor)
    form = DutyForm(request.POST, duties=[duty for duty in DECLARED if duty in refusals])
    if form.is_valid():
        duty = Duty(form.cleaned_data["duty"])
        try:
            operations.record_duty(deployment_id=deployment_id, duty=duty, actor=actor, now=utc_now())
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, f"You are on duty as {DUTY_LABELS[duty].lower()}.")
            return redirect("deployments:run", deployment_id)
    return _run_page(request, deployment_id, {"duty": form})


def _lay_down_duty(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    duty = request.POST.get("duty", "")
    if duty not in set(DECLARED):
        raise RuleViolated(["This duty is not known. Go back and load the page again."])
    try:
        after = operations.lay_down_duty(
            deployment_id=deployment_id, duty=Duty(duty), actor=actor_of(request), now=utc_now()
        )
    except RuleViolated as refused:
        messages.warning(request, refused.message)
    else:
        said = f"You are off duty as {DUTY_LABELS[Duty(duty)].lower()}."
        if after.suspended_for is Cause.STAFFING:
            messages.error(request, f"{said} Too few people are left: the deployment is suspended.")
        else:
            messages.success(request, said)
    return redirect("deployments:run", deployment_id)


def _run_page(
    request: HttpRequest, deployment_id: UUID, bound: dict[str, Form] | None = None
) -> HttpResponseBase:
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    bound = bound or {}
    page = run_page(deployment_id=deployment_id, force=force, actor=actor, now=now)
    deployment, refusals = page.deployment, page.duty_refusals
    mine = {person.duty for person in page.people if person.actor_id == actor.id and not person.laid_down_at}
    open_duties = [d for d in DECLARED if d in refusals and not refusals[d] and d not in mine]
    context: dict[str, Any] = {
        "page": page,
        "deployment": deployment,
        "now": now,
        "stopped": page.suspension and Stopped(page.cause, page.suspension),
        "possible": {step.value: action for step, action in page.actions.items()},
        # What keeps this person from it although nothing else does; the blockers are said already.
        "personal": {
            step.value: [reason for reason in page.actions[step].reasons if reason not in page.blockers]
            for step in (Step.MAKE_READY, Step.START, Step.RESUME)
        },
        "is_before_start": deployment.state in APPROVED_BEFORE_START,
        "is_running": deployment.state in APPROVED_STATES - APPROVED_BEFORE_START,
        "barred": {DUTY_LABELS[d]: refusals[d] for d in DECLARED if refusals.get(d) and d not in mine},
        "duty_form": bound.get("duty") or DutyForm(duties=open_duties),
        "may_take_duty": bool(open_duties) and deployment.state in APPROVED_STATES,
        "suspend_form": bound.get(Step.SUSPEND) or SuspendForm(),
        "resume_form": bound.get(Step.RESUME) or ResumeForm(),
        "leaving_suspends": deployment.state is DeploymentState.LIVE,
        "may_remove": actor.has(*STREET, *ANSWERABLE),
        "errors": [form for form in bound.values() if form.errors],
    }
    status = REFUSED if context["errors"] else 200
    return render(request, "deployments/run.html", context, status=status)


@step_page(Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER)
def review(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """What was learnt, in writing, read once more as it will be published. The results publish themselves."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    action = gated.actions(deployment_id=deployment_id, actor=actor, now=now)[Step.REVIEW]
    form = ReviewForm(posted(request), blue_list=has_blue_list(deployment.authority))
    asks_to_confirm = False
    if form.is_bound and not action.shown:
        raise StepIsPast(deployment_id)
    if form.is_bound and form.is_valid() and "back" not in request.POST:
        asks_to_confirm = action.allowed and "confirmed" not in request.POST
    if form.is_bound and form.is_valid() and "confirmed" in request.POST:
        done = attempt(
            operations.review,
            Step.REVIEW,
            form=form,
            deployment_id=deployment_id,
            actor=actor,
            now=now,
            **form.cleaned_data,
        )
        if done is not None:
            words = "is reviewed. The results publish themselves on the public notice."
            messages.success(request, f"{deployment.reference} {words}")
            return redirect("deployments:page", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "action": action,
        "waits": gated.waits_for(deployment=deployment, now=now, force=force),
        "open_items": open_items(deployment_id) if action.shown else (),
        "now": now,
    }
    template = "deployments/review_confirm.html" if asks_to_confirm else "deployments/review.html"
    return render(request, template, context, status=REFUSED if form.errors else 200)
