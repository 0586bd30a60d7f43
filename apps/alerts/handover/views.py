"""Pages of hand-overs: what waits, one alert with its copies, and the copy itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.api import role_required
from apps.alerts.engagement_views import about, actor_of, case_behind
from apps.alerts.handover import no_copy, operations, policies, queries, recipients
from apps.alerts.handover.data import (
    KIND_LABELS,
    RECIPIENT_OF,
    STAGE_LABELS,
    HandOverData,
    Kind,
    NoCopy,
    NoCopyData,
    RecipientData,
    Stage,
)
from apps.alerts.handover.forms import AcknowledgeForm, NotNeededForm, RefuseForm, RequestForm
from apps.alerts.policies import Case, PictureGone
from apps.core.data import Actor
from apps.core.database_clock import database_now
from apps.core.errors import DomainError, RuleViolated
from apps.core.web import domain_errors_to_form, reasons_of
from apps.deployments import api as deployments

REFUSED = 422
# Of the stages that a tag of the page is coloured by.
TAGS = {Stage.REFUSED: "refused", Stage.GONE: "failed", Stage.HANDED_OVER: "done"}


@dataclass
class Shown:
    """One request as the page has it, with what this person may do about it."""

    found: HandOverData
    stage: str
    tag: str
    may_decide: bool
    may_collect: bool
    refuse: RefuseForm | None
    acknowledge: AcknowledgeForm | None


@dataclass
class Section:
    """One kind of copy of an alert. `why_not` says why this person cannot ask for one now."""

    kind: Kind
    title: str
    shown: list[Shown]
    recipient: RecipientData | None
    no_recipient: str
    form: RequestForm | None
    why_not: tuple[str, ...]
    not_needed: NotNeededForm | None
    said: NoCopyData | None


@require_GET
@role_required(*policies.TAKE_PART)
@never_cache
def hand_over_list(request: HttpRequest) -> HttpResponse:
    """Everything of the force that has to be handed over, and what was deleted without it."""
    now, actor = database_now(), actor_of(request)
    found = queries.everything(now=now)
    where = deployments.references(deployment_ids={each.deployment_id for each in found})
    context = {
        "rows": [(each, where.get(each.deployment_id, ""), each.is_for(actor)) for each in found],
        "overdue": sum(each.overdue and not each.gone for each in found),
        "now": now,
    }
    return render(request, "alerts/hand_overs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*policies.TAKE_PART)
@never_cache
def hand_over(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """The copies of one alert: ask, approve or refuse, collect, and say that it arrived. No face is shown."""
    now, actor, case = database_now(), actor_of(request), case_behind(alert_id)
    sent: BaseForm | None = None
    reasons: tuple[str, ...] = ()
    if request.method == "POST":
        try:
            sent = _step(request, case, actor, now)
        except RuleViolated as refusal:
            reasons = reasons_of(refusal)
        if sent is None and not reasons:
            return redirect("alerts:hand-over", alert_id)
    context = {
        **about(case),
        "sections": [_section(kind, case, actor, now, sent, request) for kind in Kind],
        "sent": sent,
        "reasons": reasons,
        "deletion": queries.deletion_words(case.alert.purged_at or case.alert.purge_due_at, now),
        "gone": now >= case.alert.purge_due_at or case.alert.purged_at is not None,
        "now": now,
    }
    status = REFUSED if reasons or (sent and sent.errors) else 200
    return render(request, "alerts/hand_over.html", context, status=status)


def _step(request: HttpRequest, case: Case, actor: Actor, now: datetime) -> BaseForm | None:
    """Takes the step that was pressed; the form where something in it is wrong, else None."""
    step = request.POST.get("step", "")
    if step == "request":
        return _ask(request, case, actor, now)
    if step == "not_needed":
        return _not_needed(request, case, actor, now)
    if step not in {"approve", "refuse", "acknowledge"}:
        raise RuleViolated(["This button is not known. Go back and load the page again."])
    found = _found(request, case)
    if step == "approve":
        operations.approve(hand_over_id=found.id, actor=actor, now=now)
        messages.success(request, f"{found.label}: approved. It can be collected now.")
        return None
    form: RefuseForm | AcknowledgeForm
    if step == "refuse":
        form = RefuseForm(request.POST, about=found.id)
    else:
        form = AcknowledgeForm(request.POST, about=found.id)
    if not form.is_valid():
        return form
    try:
        if step == "refuse":
            said = form.cleaned_data["words"]
            operations.refuse(hand_over_id=found.id, words=said, actor=actor, now=now)
        else:
            said = form.cleaned_data["reference"]
            operations.acknowledge(hand_over_id=found.id, reference=said, actor=actor, now=now)
    except RuleViolated as refusal:
        domain_errors_to_form(form, refusal)
        return form
    done = "refused" if step == "refuse" else "handed over"
    messages.success(request, f"{found.label}: {done}.")
    return None


def _ask(request: HttpRequest, case: Case, actor: Actor, now: datetime) -> RequestForm | None:
    try:
        kind = Kind(request.POST.get("kind", ""))
    except ValueError as unknown:
        raise RuleViolated(["Choose which copy is asked for."]) from unknown
    policies.check_may_request(case, kind=kind, actor=actor, now=now)
    form = RequestForm(request.POST, kind=kind)
    if not form.is_valid():
        return form
    try:
        operations.request(alert_id=case.alert.id, kind=kind, actor=actor, now=now, **form.said())
    except PictureGone:
        raise
    except RuleViolated as refusal:
        domain_errors_to_form(form, refusal)
        return form
    messages.success(request, f"{KIND_LABELS[kind]}: asked for. Another person approves it now.")
    return None


def _not_needed(request: HttpRequest, case: Case, actor: Actor, now: datetime) -> NotNeededForm | None:
    form = NotNeededForm(request.POST)
    if not form.is_valid():
        return form
    why = NoCopy(form.cleaned_data["not_needed"])
    no_copy.say_not_needed(alert_id=case.alert.id, reason=why, actor=actor, now=now)
    messages.success(request, "It is recorded that no copy is needed. You can still ask for one in time.")
    return None


def _found(request: HttpRequest, case: Case) -> HandOverData:
    """The request that the form is about, of this alert. Raises RuleViolated."""
    asked = request.POST.get("hand_over", "")
    for each in queries.of_alert(alert_id=case.alert.id):
        if str(each.id) == asked:
            return each
    raise RuleViolated(["This copy is none of this alert. Go back and load the page again."])


def _section(
    kind: Kind, case: Case, actor: Actor, now: datetime, sent: BaseForm | None, request: HttpRequest
) -> Section:
    found = [each for each in queries.of_alert(alert_id=case.alert.id) if each.kind is kind]
    took_part = operations.took_part(case.alert.id)
    to = RECIPIENT_OF[kind]
    recipient = recipients.in_force().get(to)
    why_not: tuple[str, ...] = ()
    form = not_needed = None
    said = no_copy.of_alert(alert_id=case.alert.id) if kind is Kind.EVIDENTIAL else None
    if not any(each.approved is not False for each in found):
        try:
            policies.check_may_request(case, kind=kind, actor=actor, now=now)
        except DomainError as refusal:
            why_not = reasons_of(refusal)
        else:
            is_this = isinstance(sent, RequestForm) and request.POST.get("kind") == kind.value
            form = sent if is_this and isinstance(sent, RequestForm) else RequestForm(kind=kind)
            if kind is Kind.EVIDENTIAL and said is None:
                not_needed = sent if isinstance(sent, NotNeededForm) else NotNeededForm()
    return Section(
        kind=kind,
        title=KIND_LABELS[kind],
        shown=[_shown(each, took_part, actor, now, sent) for each in found],
        recipient=recipient,
        no_recipient=recipients.why_none(to, recipient, now=now),
        form=form,
        why_not=why_not,
        not_needed=not_needed,
        said=said,
    )


def _shown(
    found: HandOverData, took_part: frozenset[UUID], actor: Actor, now: datetime, sent: BaseForm | None
) -> Shown:
    stage = found.stage(now)
    decides = policies.can_decide(found, took_part=took_part, actor=actor, now=now)
    mine = sent is not None and sent.auto_id == f"id_{found.id}_%s"
    refuse = RefuseForm(about=found.id) if decides else None
    arrived = policies.can_acknowledge(found, actor=actor)
    acknowledge = AcknowledgeForm(about=found.id) if arrived else None
    if mine and isinstance(sent, RefuseForm):
        refuse = sent
    if mine and isinstance(sent, AcknowledgeForm):
        acknowledge = sent
    return Shown(
        found=found,
        stage=STAGE_LABELS[stage],
        tag=TAGS.get(stage, "waiting"),
        may_decide=decides and not found.gone(now),
        may_collect=policies.can_collect(found, actor=actor, now=now),
        refuse=refuse,
        acknowledge=acknowledge,
    )


@require_POST
@role_required(*policies.TAKE_PART)
@never_cache
def copy(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """The sealed copy, made for this answer. It is written nowhere here, and no browser keeps the answer."""
    found = _found(request, case_behind(alert_id))
    made = operations.collect(hand_over_id=found.id, actor=actor_of(request), now=database_now())
    return HttpResponse(
        made.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )
