"""The planner's pages: a plan as a list of steps, and each step on a page. One call to an operation each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import queries
from apps.deployments.data import Authority, DeploymentData, DeploymentState, Step
from apps.deployments.documents.drawing import draw_on_map, read_points
from apps.deployments.forms.confirmations import ChangeForm, VoidForm
from apps.deployments.forms.plan import PlanForm
from apps.deployments.operations.saving import save_plan, start_plan
from apps.deployments.pages import actions as gated
from apps.deployments.pages import overview
from apps.deployments.pages.assessment_choice import by_kind
from apps.deployments.pages.missing import Missing, missing
from apps.deployments.planning import plans
from apps.deployments.planning.known_areas import around, known_areas
from apps.deployments.planning.notes import notes_on_step, who_may_be_urgent
from apps.deployments.planning.side_by_side import version_to_save
from apps.deployments.planning.steps import FIRST, STEPS, PlanStep, step_after
from apps.deployments.planning.tasks import tasks
from apps.deployments.planning.values import initial_of
from apps.deployments.rules.estimate import estimate_of
from apps.deployments.rules.states import APPROVED_STATES
from apps.deployments.views.steps import REFUSED, StepIsPast, actor_of, force_of, rules_of, step_page

# Where on the form an error of an operation is put right.
ERROR_FIELDS = {"publish_late": "publish_date"}
CHANGED = "changed_meanwhile"
# `save_plan` leaves it as it is: a form for it would promise what is never done.
PUBLICATION_FIXED = (
    "When the notice is published was set before the approval, and stays while the approval holds."
)
# Steps that change how many false alerts are to be expected.
ESTIMATED = frozenset({"footfall", "model", "list"})
# Steps with a map to draw on.
MAPPED = frozenset({"place", "alternatives"})


@step_page(Role.PLANNER)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new plan, from nothing or from an earlier one (`?copy=`): what there has to be before a draft."""
    now, actor, force = utc_now(), actor_of(request), force_of(request)
    source = _source(request)
    choices = plans.plan_choices(force=force, now=now)
    before = None if source is None else source.authority
    sent = request.POST if request.method == "POST" else None
    form = PlanForm(sent, choices=choices, before=before, names=FIRST.names, initial=_copied(source))
    if form.is_valid():
        try:
            drafted = start_plan(
                authority=_drafted(form, choices, is_copy=source is not None),
                publish_at=None,
                copied_from=form.cleaned_data["copied_from"],
                actor=actor,
                now=now,
            )
        except RuleViolated as refused:
            _refuse(form, refused)
        else:
            messages.success(request, f"Draft saved as {drafted.reference}.")
            return redirect("deployments:plan", drafted.id)
    context = {"form": form, "source": source, "step": FIRST, "choices": choices}
    return render(request, "deployments/plan_new.html", context, status=_status(form))


def _source(request: HttpRequest) -> DeploymentData | None:
    """The deployment to copy. Raises NotFound for one of another force, and for what is no id."""
    asked = request.POST.get("copied_from") or request.GET.get("copy") or ""
    if not asked:
        return None
    try:
        return queries.get(deployment_id=UUID(asked))
    except ValueError:
        return None


def _copied(source: DeploymentData | None) -> dict[str, Any]:
    """Never the time."""
    if source is None:
        return {}
    authority = source.authority
    return {
        "operation": authority.operation,
        "place_name": authority.place_name,
        "copied_from": source.id,
    }


def _drafted(form: PlanForm, choices: plans.PlanChoices, *, is_copy: bool) -> Authority:
    wanted = form.authority()
    if not is_copy:
        return wanted
    return plans.copy_of(
        wanted,
        cameras={camera.id for camera in choices.cameras},
        assessments=plans.in_force(choices, wanted.window_start, wanted.window_end),
    )


@step_page(Role.PLANNER)
def plan(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The steps of a plan, each with what is still to do there."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    if request.method == "POST":
        # Nothing is sent from here; a page that was opened long ago may still try.
        return redirect("deployments:plan", deployment_id)
    possible = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id]
    refused = _refused_to_change(request, deployment, possible)
    if refused is not None:
        return refused
    context = {
        "deployment": deployment,
        "tasks": tasks(deployment, possible[Step.SUBMIT].reasons),
        "may_submit": possible[Step.SUBMIT].shown,
        "is_approved": deployment.state in APPROVED_STATES,
        "notice_days": rules_of(request, deployment).notice_minimum_days,
        "returned": overview.returned(deployment),
        "copy": plans.copy_note(deployment=deployment),
        "estimate": estimate_of(deployment.authority),
    }
    return render(request, "deployments/plan.html", context)


def _refused_to_change(
    request: HttpRequest, deployment: DeploymentData, possible: Any, step: PlanStep | None = None
) -> HttpResponseBase | None:
    """In place of a form that could not be sent: why, and the way back. None where it can be."""
    shown = [action for action in (possible[Step.EDIT], possible[Step.NARROW]) if action.shown]
    if not shown:
        raise StepIsPast(deployment.id)
    reasons: Sequence[str] = shown[0].reasons
    if any(action.allowed for action in shown):
        if step is None or step.slug != "publication" or deployment.state not in APPROVED_STATES:
            return None
        reasons = [PUBLICATION_FIXED]
    context = {"deployment": deployment, "title": "Change the plan", "reasons": reasons}
    return render(request, "deployments/not_now.html", context, status=409)


@dataclass
class Page:
    """What the page of one step of one deployment is made of."""

    request: HttpRequest
    deployment: DeploymentData
    step: PlanStep
    form: PlanForm
    # Only for a plan that is approved: the reason, and what the change would do.
    change_form: ChangeForm | None
    weighed: plans.Weighed | None = None
    asks_to_confirm: bool = False
    void_form: VoidForm = field(default_factory=VoidForm)
    differs: tuple[Any, ...] = ()
    # Why it was not saved, where that is put right on the page of another step.
    elsewhere: tuple[Missing, ...] = ()

    def answer(self) -> HttpResponseBase:
        template = "deployments/change.html" if self.asks_to_confirm else "deployments/plan_step.html"
        forms = [form for form in (self.form, self.change_form, self.void_form) if form is not None]
        note = plans.copy_note(deployment=self.deployment)
        if note is not None:
            self.form.mark_copied(note.reference, note.unchanged)
        authority, slug = self.deployment.authority, self.step.slug
        context = {
            "deployment": self.deployment,
            "step": self.step,
            "form": self.form,
            "shown": [bound for bound in self.form.visible_fields() if not self.form.hides(bound.name)],
            "void_form": self.void_form,
            "change_form": self.change_form,
            "weighed": self.weighed,
            "differs": self.differs,
            "drawing": _drawing(self.form) if slug == "place" else None,
            "map_known": self._known_areas() if slug in MAPPED else None,
            "elsewhere": self.elsewhere,
            "notes": notes_on_step(slug, authority),
            "urgent_notes": who_may_be_urgent(authority, self.form.choices) if slug == "urgent" else (),
            "assessment_kinds": by_kind(self.form, authority) if slug == "assessments" else (),
            "is_approved": self.change_form is not None,
            "is_submitted": self.deployment.state is DeploymentState.SUBMITTED,
            "returned": overview.returned(self.deployment),
            "estimate": estimate_of(authority) if slug in ESTIMATED else None,
            "lapsing": self._lapsing() if slug == "assessments" else (),
            "after": step_after(slug),
        }
        refused = self.elsewhere or any(form.errors for form in forms)
        return render(self.request, template, context, status=REFUSED if refused else 200)

    def _known_areas(self) -> dict[str, Any]:
        """With the area itself among them where other places are drawn."""
        authority = self.deployment.authority
        known = known_areas(deployment_id=self.deployment.id, authority=authority)
        if self.step.slug == "alternatives" and authority.polygon:
            own = {"name": authority.place_name or "The area", "points": authority.polygon}
            known = {"begin": around(authority.polygon), "aids": [own, *known["aids"]]}
        return known

    def _lapsing(self) -> list[str]:
        return plans.lapsing_of(self.deployment.authority, self.form.choices, now=utc_now())


@step_page(Role.PLANNER)
def plan_step(request: HttpRequest, deployment_id: UUID, step_name: str) -> HttpResponseBase:
    """One step. A draft is saved at once; for an approved plan the page first shows what the change does."""
    now, actor = utc_now(), actor_of(request)
    if step_name not in STEPS:
        raise Http404("a plan has no such step")
    step = STEPS[step_name]
    deployment = queries.get(deployment_id=deployment_id)
    possible = gated.actions_of(deployments=[deployment], actor=actor, now=now)[deployment_id]
    refused = _refused_to_change(request, deployment, possible, step)
    if refused is not None:
        return refused
    choices = plans.plan_choices(
        force=rules_of(request, deployment), now=now, place=deployment.authority.place_name
    )
    approved = deployment.state in APPROVED_STATES
    offered: dict[str, Any] = {"choices": choices, "before": deployment.authority, "names": step.names}
    if request.method != "POST":
        initial = initial_of(deployment.authority, publish_at=deployment.publish_at)
        initial["version"] = plans.plan_version(deployment)
        form = PlanForm(initial=initial, **offered)
        return Page(request, deployment, step, form, ChangeForm() if approved else None).answer()
    form = PlanForm(request.POST, **offered)
    page = Page(request, deployment, step, form, ChangeForm(request.POST) if approved else None)
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
    publishes = "publish" in page.form.fields
    try:
        saved = save_plan(
            deployment_id=page.deployment.id,
            authority=page.form.authority(),
            publish_at=page.form.publish_at if publishes else page.deployment.publish_at,
            version=_version(page),
            reason="" if change_form is None else change_form.cleaned_data["reason"],
            accept_voiding="accept_voiding" in request.POST,
            **actor_and_time,
        )
    except (RuleViolated, InvalidTransition) as refused:
        return _refused(page, refused)
    messages.success(request, _saved_words(page, saved))
    for words in notes_on_step(page.step.slug, saved.authority):
        messages.warning(request, f"Saved as it is, and it cannot be submitted so: {words}")
    after = step_after(page.step.slug)
    if "then_list" in request.POST or after is None or change_form is not None:
        return redirect("deployments:plan" if change_form is None else "deployments:page", saved.id)
    return redirect("deployments:plan-step", saved.id, after.slug)


def _version(page: Page) -> str:
    """Of an approved plan the whole was weighed, and it has to be weighed again after any change."""
    opened: str = page.form.cleaned_data["version"]
    if page.change_form is not None:
        return opened
    return version_to_save(deployment=page.deployment, step=page.step, opened=opened)


def _refused(page: Page, refused: RuleViolated | InvalidTransition) -> HttpResponseBase:
    """The form with the reasons and everything that was typed; where somebody else was faster, with what
    differs, and ready to be saved over it on purpose."""
    if refused.code == "would_void":
        page.void_form = VoidForm(page.request.POST)
        page.void_form.add_error("accept_voiding", refused.message)
        return _weigh(page)
    if refused.code == CHANGED:
        page.deployment = queries.get(deployment_id=page.deployment.id)
        data: QueryDict = page.request.POST.copy()
        data["version"] = plans.plan_version(page.deployment)
        # Only this step is laid over what is there now: what a colleague wrote elsewhere stays.
        before, choices = page.deployment.authority, page.form.choices
        page.form = PlanForm(data, choices=choices, before=before, names=page.step.names)
        page.form.is_valid()
        wanted = page.form.authority()
        page.differs = plans.weigh_change(deployment=page.deployment, authority=wanted).changes
    if isinstance(refused, RuleViolated) and refused.code not in {CHANGED, *ERROR_FIELDS}:
        _refuse_by_field(page, refused)
    else:
        _refuse(page.form, refused)
    return page.answer()


def _refuse_by_field(page: Page, refused: RuleViolated) -> None:
    """Each reason beside its field, with a link where that is on another step, else above the form."""
    elsewhere: list[str] = []
    for reason in refused.reasons:
        name = plans.field_of(reason)
        if name in page.form.fields:
            page.form.add_error(name, reason)
        elif name:
            elsewhere.append(reason)
        else:
            page.form.add_error(None, reason)
    page.elsewhere = missing(elsewhere)


def _saved_words(page: Page, after: DeploymentData) -> str:
    if page.deployment.state not in APPROVED_STATES:
        return f"{page.step.title}: saved."
    if after.approved_hash is None:
        return f"{after.reference} is changed. Its approval has ended: submit it again."
    return f"{after.reference} is narrowed. The change applies now and the approval still holds."


def _refuse(form: PlanForm, refused: RuleViolated | InvalidTransition) -> None:
    name = ERROR_FIELDS.get(refused.code)
    if name in form.fields and isinstance(refused, RuleViolated):
        for reason in refused.reasons:
            form.add_error(name, reason)
    else:
        domain_errors_to_form(form, refused)


def _drawing(form: PlanForm) -> Any:
    """Of what was typed last, as long as it is an outline."""
    points, problems = read_points(str(form["polygon"].value() or ""))
    return None if problems else draw_on_map(points)


def _status(form: BaseForm) -> int:
    return REFUSED if form.errors else 200
