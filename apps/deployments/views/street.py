"""The day's pages that are read on a phone: signs, public-engagement log, a person comes off the list."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.accounts.api import role_required
from apps.core.clock import london, utc_now
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.headers import permissions_policy
from apps.core.web import domain_errors_to_form
from apps.core.wording import say_duration
from apps.deployments import facts, operations, queries, signs
from apps.deployments.data import CheckKind, DeploymentData, DeploymentState
from apps.deployments.data_day import EngagementKind, KeptPhotographData, SignData
from apps.deployments.forms.day import FAILED, STANDS, EngagementForm, FindForm, RemoveForm, SignForm
from apps.deployments.operations.after import LOGGED_IN, check_may_log
from apps.deployments.operations.removal import ANSWERABLE, STREET
from apps.deployments.pages import actions as gated
from apps.deployments.pages.labels_day import ENGAGEMENT_LABELS
from apps.deployments.pages.running import stopped_by
from apps.deployments.rules import nearness
from apps.deployments.rules.signs import interval
from apps.deployments.rules.states import APPROVED_STATES
from apps.deployments.views.running import ON_DUTY, READERS
from apps.deployments.views.steps import REFUSED, actor_of, force_of, posted, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.data import FoundPerson

POSITION_CODES = frozenset({"location", "far_away"})
PICTURE_HEADERS = {
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@step_page(*READERS)
def sign_list(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Each approach with its last look; with `?approach=` (counted from 1) the form of one."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    known = facts.of(deployment, force=force_of(request))
    looks = known.looks
    action = gated.check_item(kind=CheckKind.SIGNAGE, known=known, actor=actor, now=now).action
    if request.method == "POST" and not action.shown:
        raise NotPermitted("Your role records no signs.")
    asked = request.GET.get("approach", "")
    if asked:
        look = _asked(looks, asked)
        if not action.allowed and request.method != "POST":
            return redirect("deployments:signs", deployment_id)
        return _sign(request, deployment, look, now)
    context = {
        "deployment": deployment,
        "looks": looks,
        "action": action,
        "overdue": known.signs_overdue(now) if deployment.state in APPROVED_STATES else (),
        "every": say_duration(interval(known.force)),
        "standing": sum(look.passed for look in looks),
        "stopped": stopped_by(deployment),
    }
    return render(request, "deployments/signs.html", context)


def _asked(looks: tuple[SignData, ...], asked: str) -> SignData:
    if not asked.isdecimal() or not 1 <= int(asked[:4]) <= len(looks):
        raise Http404("there is no such approach")
    return looks[int(asked[:4]) - 1]


def _sign(
    request: HttpRequest, deployment: DeploymentData, look: SignData, now: datetime
) -> HttpResponseBase:
    """A photograph is blurred and held first: nobody takes it again because another field was wrong."""
    actor = actor_of(request)
    held: dict[str, Any] = {"deployment_id": deployment.id, "approach": look.approach}
    kept = signs.kept_photograph(**held, actor_id=actor.id, now=now)
    form = SignForm(
        posted(request), request.FILES if request.method == "POST" else None, has_kept=kept is not None
    )
    if form.is_bound:
        form.is_valid()
        kept = _hold(request, form, held, now) or kept
    if form.is_bound and form.is_valid():
        after = _record(form, held, actor, now)
        if after is not None:
            stands = form.cleaned_data["result"] == STANDS
            _say_seen(request, look.approach, stands=stands, before=deployment, after=after)
            return redirect("deployments:signs", deployment.id)
    context = {
        "deployment": deployment,
        "look": look,
        "form": form,
        "kept": kept,
        "areas": json.dumps(signs.areas_of(deployment)),
        "is_live": deployment.state is DeploymentState.LIVE,
        "stopped": stopped_by(deployment),
    }
    answer = render(request, "deployments/sign.html", context, status=REFUSED if form.errors else 200)
    answer.headers["Permissions-Policy"] = permissions_policy("geolocation")
    return answer


def _hold(
    request: HttpRequest, form: SignForm, held: dict[str, Any], now: datetime
) -> KeptPhotographData | None:
    sent = form.cleaned_data.get("photograph")
    if not sent:
        return None
    try:
        return operations.keep_photograph(**held, photograph=sent.read(), actor=actor_of(request), now=now)
    except RuleViolated as refused:
        if form.cleaned_data.get("result") == FAILED:
            # A sign that is gone stops people from being looked at unannounced; a picture can wait.
            messages.warning(request, f"The photograph was not stored. {' '.join(refused.reasons)}")
        else:
            form.add_error("photograph", list(refused.reasons))
        return None


def _record(form: SignForm, held: dict[str, Any], actor: Actor, now: datetime) -> DeploymentData | None:
    sent = form.cleaned_data
    try:
        return operations.record_sign(
            **held,
            passed=sent["result"] == STANDS,
            location=sent["position"],
            note=sent["note"],
            actor=actor,
            now=now,
        )
    except RuleViolated as refused:
        if refused.code in POSITION_CODES:
            form.add_error("position", list(refused.reasons))
        else:
            domain_errors_to_form(form, refused)
        return None


def _say_seen(
    request: HttpRequest, approach: str, *, stands: bool, before: DeploymentData, after: DeploymentData
) -> None:
    if stands:
        messages.success(request, f"{approach}: the sign stands. The photograph is stored without faces.")
        _say_where(request, approach, after)
    elif after.state is not before.state:
        messages.error(request, f"{approach}: the sign failed. The deployment is suspended.")
    else:
        messages.warning(request, f"{approach}: the sign failed. It cannot start before this is put right.")


def _say_where(request: HttpRequest, approach: str, deployment: DeploymentData) -> None:
    """Near enough to be accepted, and yet perhaps not before this approach."""
    look = next(each for each in facts.of(deployment).looks if each.approach == approach)
    if look.away_m is not None and look.away_m > nearness.WARN_M:
        away = nearness.words(look.away_m)
        messages.warning(request, f"It was photographed {away}. Look whether that is the right sign.")


@require_GET
@never_cache
@role_required(*READERS)
def sign_photograph(request: HttpRequest, deployment_id: UUID, sign_id: UUID) -> HttpResponseBase:
    jpeg = signs.photograph(deployment_id=deployment_id, sign_id=sign_id)
    return HttpResponse(jpeg, content_type="image/jpeg", headers=PICTURE_HEADERS)


@step_page(*READERS)
def engagement_log(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """What passers-by said and were told. People on duty add to it, everybody who takes part reads it."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    if request.method == "POST":
        check_may_log(actor)
    form = EngagementForm(
        posted(request),
        initial={"happened_at": london(now).time()},
        now=now,
        opened_at=deployment.sealed_at,
    )
    if form.is_bound and form.is_valid():
        try:
            operations.log_engagement(
                deployment_id=deployment_id,
                kind=EngagementKind(form.cleaned_data["kind"]),
                happened_at=form.cleaned_data["instant"],
                words=form.cleaned_data["words"],
                actor=actor,
                now=now,
            )
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, "Entered in the log.")
            return redirect("deployments:engagement-log", deployment_id)
    context = {
        "deployment": deployment,
        "form": form,
        "entries": [
            (entry, ENGAGEMENT_LABELS[entry.kind])
            for entry in queries.engagement_log(deployment_id=deployment_id)
        ],
        "may_write": actor.has(*ON_DUTY) and deployment.state in LOGGED_IN,
        "stopped": stopped_by(deployment),
    }
    return render(request, "deployments/engagement_log.html", context, status=REFUSED if form.errors else 200)


@step_page(*STREET, *ANSWERABLE)
def remove_person(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """Look for somebody by name or reference (sent, never in an address), then take them off the list."""
    now, actor = utc_now(), actor_of(request)
    deployment = queries.get(deployment_id=deployment_id)
    operations.check_may_remove(actor, queries.duties(deployment_id=deployment_id))
    find, remove, found = FindForm(), None, None
    if request.method == "POST":
        find = FindForm(request.POST)
        found = _found(find, deployment_id, actor, now)
    if found:
        is_removal = request.POST.get("step") == "remove"
        remove = RemoveForm(request.POST if is_removal else None, found=found)
        if is_removal and remove.is_valid():
            return _removed(request, deployment_id, remove, actor, now)
    context = {
        "deployment": deployment,
        "watchlist": watchlists.get_for_deployment(deployment_id=deployment_id),
        "find": find,
        "remove": remove,
        "found": found,
        "errors": [form for form in (find, remove) if form is not None and form.errors],
        "now": now,
        "stopped": stopped_by(deployment),
    }
    status = REFUSED if context["errors"] else 200
    return render(request, "deployments/remove_person.html", context, status=status)


def _found(form: Form, deployment_id: UUID, actor: Actor, now: datetime) -> tuple[FoundPerson, ...] | None:
    if not form.is_valid():
        return None
    try:
        return operations.find_person(
            deployment_id=deployment_id, words=form.cleaned_data["words"], actor=actor, now=now
        )
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return None


def _removed(
    request: HttpRequest, deployment_id: UUID, form: RemoveForm, actor: Actor, now: datetime
) -> HttpResponseBase:
    try:
        operations.remove_person(
            deployment_id=deployment_id,
            subject_id=form.subject(),
            reason=form.cleaned_data["reason"],
            actor=actor,
            now=now,
        )
    except NotFound:
        messages.warning(request, "This person was taken off the list already.")
    else:
        messages.success(
            request,
            "The person is off the list: no search finds them any more, and open alerts of them say “no "
            "longer wanted, release”. Tell colleagues on the street by radio too.",
        )
    return redirect("deployments:remove-person", deployment_id)
