"""Who of the list needs a signature: an authorising officer signs or refuses, one person at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import operations
from apps.deployments.forms.status import SIGN, SignForm
from apps.deployments.operations.sign_offs import READERS
from apps.deployments.pages.signing import SigningPage, signing_page
from apps.deployments.rules.policies import check_role
from apps.deployments.views.steps import REFUSED, actor_of, step_page

Outcome = HttpResponse | Form


@step_page(*READERS)
def sign_offs(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    now = utc_now()
    refused: Form | None = None
    try:
        if request.method == "POST":
            step = STEPS.get(request.POST.get("step", ""))
            if step is None:
                raise RuleViolated(["This button is not known. Go back and load the page again."])
            outcome = step(request, deployment_id, now)
            if not isinstance(outcome, Form):
                return outcome
            refused = outcome
        page = signing_page(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except InvalidTransition as past:
        messages.warning(request, f"Nothing was changed by this press. {past.message}")
        return redirect("deployments:page", deployment_id)
    context = {
        "page": page,
        "deployment": page.deployment,
        "form": _form(page, refused),
        "refused": refused,
    }
    return render(request, "deployments/sign_offs.html", context, status=REFUSED if refused else 200)


def _form(page: SigningPage, refused: Form | None) -> Form | None:
    if page.person is None:
        return None
    if isinstance(refused, SignForm) and refused["subject"].value() == str(page.person.subject_id):
        return refused
    return SignForm(initial={"subject": page.person.subject_id, "seen": page.person.entry_sha256})


def _back(deployment_id: UUID) -> HttpResponse:
    return redirect("deployments:sign-offs", deployment_id)


def _sign(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    # Before the form: whoever may not sign hears that and not what is wrong with their reason.
    check_role(actor_of(request), Role.AUTHORISING_OFFICER)
    form = SignForm(request.POST)
    if not form.is_valid():
        return form
    sent = form.cleaned_data
    try:
        operations.sign_for(
            deployment_id=deployment_id,
            subject_id=sent["subject"],
            seen=sent["seen"],
            granted=sent["choice"] == SIGN,
            reason=sent["reason"],
            actor=actor_of(request),
            now=now,
        )
    except RuleViolated as wrong:
        domain_errors_to_form(form, wrong)
        return form
    signed = sent["choice"] == SIGN
    messages.success(request, "Your signature is recorded." if signed else "The person is off the list.")
    return _back(deployment_id)


def _leave_out(request: HttpRequest, deployment_id: UUID, now: datetime) -> Outcome:
    form = Form(request.POST)
    try:
        number = operations.leave_out_unsigned(deployment_id=deployment_id, actor=actor_of(request), now=now)
    except RuleViolated as wrong:
        form.is_valid()
        domain_errors_to_form(form, wrong)
        return form
    messages.success(request, f"Off the list, for want of a signature: {number:,}.")
    return _back(deployment_id)


STEPS: Mapping[str, Callable[[HttpRequest, UUID, datetime], Outcome]] = {
    "sign": _sign,
    "leave-out": _leave_out,
}
