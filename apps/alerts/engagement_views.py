"""Pages of an engagement: the record of its stop, what is said by radio, what the review asks. They need no
JavaScript: each translates to one operation or query."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.api import role_required
from apps.alerts import (
    engagement_policies,
    engagement_queries,
    engagements,
    operations,
    queries,
    radio,
)
from apps.alerts.engagement_data import EngagementData
from apps.alerts.engagement_forms import ExamineForm, StopForm
from apps.alerts.models import Alert
from apps.alerts.policies import Case
from apps.alerts.radio_forms import RadioForm, RadioStopForm
from apps.alerts.rest import STATE_LABELS
from apps.alerts.views import _done, _fields, console_view
from apps.core.data import Actor, Role
from apps.core.database_clock import database_now
from apps.core.errors import DomainError, InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import api as deployments
from apps.deployments.data import DutyData

REFUSED = 422


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]  # set by ForceContextMiddleware


def case_behind(alert_id: UUID) -> Case:
    alert = Alert.objects.filter(id=alert_id).first()
    if alert is None:
        raise Http404("there is no such alert")
    return queries.case_of(alert)


def about(case: Case) -> dict[str, Any]:
    """What every page of an alert says of it: no face, no name."""
    cameras = {camera.id: camera.name for camera in case.deployment.authority.cameras}
    return {
        "alert": case.alert,
        "deployment": case.deployment,
        "camera": cameras.get(case.alert.camera_id, "Camera no longer listed"),
        "state_words": STATE_LABELS[case.alert.state],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ENGAGEMENT_OFFICER)
@never_cache
def stop(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """The record of a stop. Its buttons put the present time into what is empty."""
    now, actor, case = database_now(), actor_of(request), case_behind(alert_id)
    engagement_policies.check_record(case, actor=actor)
    engagement = engagement_queries.engagement_of(alert_id=alert_id)
    form = StopForm(
        request.POST if request.method == "POST" else None,
        engagement=engagement,
        raised_at=case.alert.raised_at,
    )
    if form.is_bound and form.is_valid():
        try:
            record = form.record(now=now, press=request.POST.get("now", ""))
            seen = form.cleaned_data["seen"]
            engagements.record_stop(alert_id=alert_id, record=record, actor=actor, now=now, seen=seen)
        except RuleViolated as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"The record of alert {case.alert.number} is stored.{form.kept}")
            return redirect("alerts:stop", alert_id)
    _keep_press(request, form, now)
    context = {**about(case), "engagement": engagement, "form": form, "now": now}
    return render(request, "alerts/stop.html", context, status=REFUSED if form.errors else 200)


def _keep_press(request: HttpRequest, form: StopForm, now: datetime) -> None:
    if form.is_bound:
        form.keep_press(now, request.POST.get("now", ""))


def _refused(form: StopForm, refusal: DomainError) -> None:
    domain_errors_to_form(form, refusal)
    if isinstance(refusal, engagements.RecordChanged):
        form.add_error(None, form.show_what_stands_there())


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OPERATOR, Role.SILVER_COMMANDER)
@never_cache
def radio_stop(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """The record of a stop as the officer says it by radio, entered for them and flagged."""
    now, actor, case = database_now(), actor_of(request), case_behind(alert_id)
    engagement_policies.check_may_enter(case, actor=actor)
    engagement = engagement_queries.engagement_of(alert_id=alert_id)
    officers = _others_on_duty(case, actor, now)
    form = RadioStopForm(
        request.POST if request.method == "POST" else None,
        engagement=engagement,
        raised_at=case.alert.raised_at,
        officers=officers,
        engaged_by=case.engaged_by,
    )
    if form.is_bound and form.is_valid():
        try:
            radio.enter_stop(
                alert_id=alert_id,
                officer_id=form.officer_id,
                record=form.record(now=now, press=request.POST.get("now", "")),
                child=form.looks_under_18,
                seen=form.cleaned_data["seen"],
                actor=actor,
                now=now,
            )
        except NotFound:
            raise
        except DomainError as refusal:
            _refused(form, refusal)
        else:
            words = f"is stored as said by radio, with your name as who entered it.{form.kept}"
            messages.success(request, f"The record of alert {case.alert.number} {words}")
            return redirect("alerts:radio-stop", alert_id)
    _keep_press(request, form, now)
    context = {**about(case), "engagement": engagement, "form": form, "now": now, "officers": officers}
    return render(request, "alerts/radio_stop.html", context, status=REFUSED if form.errors else 200)


def _others_on_duty(case: Case, actor: Actor, now: datetime) -> list[DutyData]:
    officers = radio.officers_on_duty(deployment_id=case.deployment.id, now=now)
    return [duty for duty in officers if duty.actor_id != actor.id]


@require_POST
@console_view(Role.ENGAGEMENT_OFFICER)
def child(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """One press on the card, and one to take it back."""
    wanted = _fields(request).get("child", True)
    if not isinstance(wanted, bool):
        raise RuleViolated(["child must be true or false"])
    alert = engagements.mark_child(
        alert_id=alert_id, child=wanted, actor=actor_of(request), now=database_now()
    )
    return _done(request, alert)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.OPERATOR, Role.SILVER_COMMANDER)
@never_cache
def by_radio(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """What an engagement officer said by radio, entered for them and flagged."""
    now, actor, case = database_now(), actor_of(request), case_behind(alert_id)
    if "stored" in request.GET and request.method != "POST":
        context = {**about(case), "more": case.engaged and not case.contradicted}
        return render(request, "alerts/by_radio_stored.html", context)
    engagement_policies.check_may_enter(case, actor=actor)
    officers = _others_on_duty(case, actor, now)
    form = _radio_form(request, case, officers, now)
    if form.is_bound and form.is_valid():
        try:
            radio.enter(alert_id=alert_id, officer_id=form.officer_id, said=form.entry, actor=actor, now=now)
        except NotFound:
            raise
        except InvalidTransition:
            # Somebody pressed between our look at the alert and our write.
            case = case_behind(alert_id)
            engagement_policies.check_may_enter(case, actor=actor)
            form = _radio_form(request, case, officers, now)
        except DomainError as refusal:
            domain_errors_to_form(form, refusal)
        else:
            words = "is stored as said by radio, with your name as who entered it."
            messages.success(request, f"Alert {case.alert.number} {words}")
            by_radio = reverse("alerts:by-radio", args=[alert_id])
            # Once identity is established, what they did with the person comes next. Else it is over, and the
            # console is open beside this page: a second one would ask and sound as well.
            return redirect(by_radio if form.entry.identified else f"{by_radio}?stored")
    context = {**about(case), "form": form, "officers": officers, "engaged": case.engaged, "now": now}
    return render(request, "alerts/by_radio.html", context, status=REFUSED if form.errors else 200)


def _radio_form(request: HttpRequest, case: Case, officers: list[DutyData], now: datetime) -> RadioForm:
    return RadioForm(
        request.POST if request.method == "POST" else None,
        case=operations.with_status(case, now=now),
        happened=radio.happened(case),
        officers=officers,
        busy=radio.busy(deployment_id=case.deployment.id),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*engagement_policies.REVIEWERS)
@never_cache
def engagement_list(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Each engagement of a deployment for whoever reviews it, and what they say of each that was false or is
    not recorded."""
    deployment = deployments.get(deployment_id=deployment_id)
    form = ExamineForm(request.POST if request.method == "POST" else None)
    found = engagement_queries.engagement_list(deployment_id=deployment_id)
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data["alert_id"]
        if asked not in {each.alert_id for each in found}:
            raise Http404("there is no such engagement")
        try:
            engagements.examine(
                alert_id=asked, words=form.cleaned_data["words"], actor=actor_of(request), now=database_now()
            )
        except NotPermitted:
            raise
        except RuleViolated as refusal:
            domain_errors_to_form(form, refusal)
        else:
            messages.success(request, "What you found is stored with the engagement.")
            return redirect("alerts:engagements", deployment_id)
    reviewed = engagements.is_reviewed(deployment)
    rows = [(each, () if reviewed else each.lacks, _form_for(each, form, reviewed)) for each in found]
    context = {
        "deployment": deployment,
        "rows": rows,
        "open": sum(ask is not None for *_, ask in rows),
        "form": form,
    }
    return render(request, "alerts/engagements.html", context, status=REFUSED if form.errors else 200)


def _form_for(engagement: EngagementData, sent: ExamineForm, reviewed: bool) -> ExamineForm | None:
    """A form for each that wants one; what was typed stays with the one it was typed for."""
    asked = engagement_policies.is_asked(engagement, reviewed=reviewed)
    if not asked or engagement.examined_at is not None:
        return None
    if sent.is_bound and sent.data.get("alert_id") == str(engagement.alert_id):
        return sent
    return ExamineForm(initial={"alert_id": engagement.alert_id}, auto_id=f"id_{engagement.number}_%s")
