"""The page on which certificates of recipients are recorded, and confirmed by a second administrator."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.api import role_required
from apps.alerts.engagement_views import actor_of
from apps.alerts.handover import recipients
from apps.alerts.handover.data import TO_LABELS, To
from apps.alerts.handover.forms import RecipientForm
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form, reasons_of

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.FORCE_ADMIN)
@never_cache
def recipient_list(request: HttpRequest) -> HttpResponse:
    """Each department with its certificate in force and the one that waits."""
    now, actor = utc_now(), actor_of(request)
    form, status = RecipientForm(), 200
    if request.method == "POST":
        if request.POST.get("step") == "record":
            form = RecipientForm(request.POST)
            if form.is_valid() and _recorded(form, actor, now):
                messages.success(request, "It waits for a second administrator.")
                return redirect("alerts:recipients")
            status = REFUSED
        elif not (reasons := _answer(request, actor, now)):
            return redirect("alerts:recipients")
        else:
            status = REFUSED
            for reason in reasons:
                messages.error(request, reason)
    in_force, waiting = recipients.in_force(), recipients.waiting()
    rows = [
        (to, words, found := in_force.get(to), waiting.get(to), found is not None and found.expired(now))
        for to, words in TO_LABELS.items()
    ]
    context = {"form": form, "rows": rows, "now": now}
    return render(request, "alerts/hand_over_recipients.html", context, status=status)


def _recorded(form: RecipientForm, actor: Actor, now: datetime) -> bool:
    try:
        recipients.record(**form.cleaned_data, actor=actor, now=now)
    except RuleViolated as refusal:
        domain_errors_to_form(form, refusal)
        return False
    return True


def _answer(request: HttpRequest, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Confirm or refuse what waits, or take out what is in force. What a rule said against it."""
    step = request.POST.get("step", "")
    try:
        to = To(request.POST.get("to", ""))
        # By what was read: another certificate may wait by now.
        waits = recipients.waiting().get(to)
        shown = waits is not None and waits.fingerprint == request.POST.get("shown", "")
        if step == "take_out":
            recipients.take_out(to=to, actor=actor, now=now)
            messages.success(request, "Taken out. Nothing can be sealed for it any more.")
        elif step not in {"confirm", "refuse"}:
            return ("This button is not known. Go back and load the page again.",)
        elif waits is None or not shown:
            return (recipients.NOTHING_WAITS,)
        elif step == "confirm":
            recipients.confirm(recipient_id=waits.id, actor=actor, now=now)
            messages.success(request, "Confirmed. Copies are sealed for this certificate from now on.")
        else:
            recipients.refuse(recipient_id=waits.id, actor=actor, now=now)
            messages.success(request, "Refused. Nothing has changed.")
    except ValueError:
        return ("This button is not known. Go back and load the page again.",)
    except RuleViolated as refusal:
        return reasons_of(refusal)
    return ()
