"""The Blue List: its consents for whoever records them, and one's own consent for everybody."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments.forms.blue_list import RecordConsentForm
from apps.deployments.pages.consents import rows_of
from apps.deployments.views.steps import REFUSED, actor_of, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.blue_list import RECORDERS

EVERYBODY = tuple(role for role in Role if role is not Role.SYSTEM)


class WithdrawOwnForm(forms.Form):
    """Which of one's consents. Nothing else is asked."""

    consent = forms.UUIDField(widget=forms.HiddenInput)


@step_page(*RECORDERS)
def blue_list(request: HttpRequest) -> HttpResponseBase:
    now, actor = utc_now(), actor_of(request)
    consents = watchlists.consent_list(actor=actor, now=now)
    people = accounts.staff()
    form = RecordConsentForm(people=people)
    if request.method == "POST":
        form = RecordConsentForm(request.POST, request.FILES, people=people)
        if form.is_valid():
            try:
                made = watchlists.record_consent(new=form.consent(), actor=actor, now=now)
            except RuleViolated as wrong:
                domain_errors_to_form(form, wrong)
            else:
                messages.success(request, f"The consent {made.reference} of {made.member_label} is recorded.")
                return redirect("deployments:blue-list")
    context = {"form": form, "consents": rows_of(consents)}
    return render(request, "deployments/blue_list.html", context, status=REFUSED if form.errors else 200)


@step_page(*EVERYBODY)
def own_consent(request: HttpRequest) -> HttpResponseBase:
    now, actor = utc_now(), actor_of(request)
    if request.method == "POST" and request.POST.get("step") == "all":
        watchlists.withdraw_all_own_consents(actor=actor, now=now)
        messages.success(request, "Your consents are withdrawn. No list finds you by any of them any more.")
        return redirect("deployments:own-consent")
    if request.method == "POST":
        form = WithdrawOwnForm(request.POST)
        if not form.is_valid():
            raise RuleViolated(["This button is not known. Go back and load the page again."])
        watchlists.withdraw_own_consent(consent_id=form.cleaned_data["consent"], actor=actor, now=now)
        messages.success(request, "Your consent is withdrawn. No list finds you by it any more.")
        return redirect("deployments:own-consent")
    mine = watchlists.own_consents(actor=actor, now=now)
    context = {"consents": rows_of(mine), "held": sum(each.can_be_withdrawn for each in mine)}
    return render(request, "deployments/own_consent.html", context)
