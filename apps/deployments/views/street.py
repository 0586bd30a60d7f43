"""The day's pages that are read on a phone: signs, public-engagement log, a person comes off the list."""

from __future__ import annotations

from datetime import datetime, time, timedelta
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
from apps.core.web import domain_errors_to_form
from apps.deployments import facts, operations, queries, signs
from apps.deployments.data import CheckKind, DeploymentData, DeploymentState
from apps.deployments.data_day import EngagementKind, SignData
from apps.deployments.forms.day import STANDS, EngagementForm, FindForm, RemoveForm, SignForm
from apps.deployments.operations.after import LOGGED_IN, check_may_log
from apps.deployments.operations.removal import ANSWERABLE, STREET
from apps.deployments.pages import actions as gated
from apps.deployments.pages.labels_day import ENGAGEMENT_LABELS
from apps.deployments.planning.local_time import FIRST, NoSuchTime, instant_of
from apps.deployments.views.running import ON_DUTY, READERS
from apps.deployments.views.steps import REFUSED, actor_of, force_of, posted, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.data import FoundPerson

# A time after now is one before midnight only for an entry made soon after midnight.
PAST_MIDNIGHT = timedelta(hours=12)
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
    looks = signs.looks(deployment=deployment)
    known = facts.of(deployment, force=force_of(request))
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
        "overdue": signs.overdue(looks, deployment=deployment, now=now),
        "standing": sum(look.passed for look in looks),
    }
    return render(request, "deployments/signs.html", context)


def _asked(looks: tuple[SignData, ...], asked: str) -> SignData:
    if not asked.isdecimal() or not 1 <= int(asked[:4]) <= len(looks):
        raise Http404("there is no such approach")
    return looks[int(asked[:4]) - 1]


def _sign(
    request: HttpRequest, deployment: DeploymentData, look: SignData, now: datetime
) -> HttpResponseBase:
    form = SignForm(posted(request), request.FILES if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        try:
            after = operations.record_sign(
                deployment_id=deployment.id,
                approach=look.approach,
                passed=sent["result"] == STANDS,
                photograph=sent["photograph"].read() if sent["photograph"] else None,
                location=sent["position"],
                note=sent["note"],
                actor=actor_of(request),
                now=now,
            )
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            _say_seen(request, look.approach, stands=sent["result"] == STANDS, before=deployment, after=after)
            return redirect("deployments:signs", deployment.id)
    context = {
        "deployment": deployment,
        "look": look,
        "form": form,
        "is_live": deployment.state is DeploymentState.LIVE,
    }
    return render(request, "deployments/sign.html", context, status=REFUSED if form.errors else 200)


def _say_seen(
    request: HttpRequest, approach: str, *, stands: bool, before: DeploymentData, after: DeploymentData
) -> None:
    if stands:
        messages.success(request, f"{approach}: the sign stands. The photograph is stored without faces.")
    elif after.state is not before.state:
        messages.error(request, f"{approach}: the sign failed. The deployment is suspended.")
    else:
        messages.warning(request, f"{approach}: the sign failed. It cannot start before this is put right.")


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
    form = EngagementForm(posted(request), initial={"happened_at": london(now).time()})
    if form.is_bound and form.is_valid():
        try:
            operations.log_engagement(
                deployment_id=deployment_id,
                kind=EngagementKind(form.cleaned_data["kind"]),
                happened_at=_latest(form.cleaned_data["happened_at"], now),
                words=form.cleaned_data["words"],
                actor=actor,
                now=now,
            )
        except NoSuchTime as never:
            form.add_error("happened_at", never.message)
        except RuleViolated as refused:
            domain_errors_to_form(form, refused)
        else:
            messages.success(request, "Entered in the log.")
            return redirect("deployments:engagement-log", deployment_id)
    entries = reversed(queries.engagement_log(deployment_id=deployment_id))
    context = {
        "deployment": deployment,
        "form": form,
        "entries": [(entry, ENGAGEMENT_LABELS[entry.kind]) for entry in entries],
        "may_write": actor.has(*ON_DUTY) and deployment.state in LOGGED_IN,
    }
    return render(request, "deployments/engagement_log.html", context, status=REFUSED if form.errors else 200)


def _latest(clock: time, now: datetime) -> datetime:
    """The last instant at which a London clock showed this, within the day that a window may last at most.

    Raises NoSuchTime, and RuleViolated for a time of today that is still to come.
    """
    today = london(now).date()
    found = instant_of(today, clock, fold=FIRST)
    if found <= now:
        return found
    yesterday = instant_of(today - timedelta(days=1), clock, fold=FIRST)
    if now - yesterday > PAST_MIDNIGHT:
        raise RuleViolated(["This time is still to come. Enter when it happened."], code="happened_at")
    return yesterday


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
