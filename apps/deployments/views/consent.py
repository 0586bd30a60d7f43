"""A member of staff does not agree any more to be on the Blue List: no reason is asked."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments.views.steps import REFUSED, actor_of, step_page
from apps.watchlists import api as watchlists
from apps.watchlists.consent import WITHDRAWERS
from apps.watchlists.consents import is_recorded
from apps.watchlists.policies import LONGEST


class ConsentForm(forms.Form):
    use_required_attribute = False

    reference = forms.CharField(
        label="Reference of the consent",
        help_text="Where the consent is kept, as the list names it, such as CONSENT-TS-001.",
        max_length=LONGEST["consent_reference"],
        error_messages={"required": "Enter the reference of the consent."},
    )


@step_page(*WITHDRAWERS)
def withdraw_consent(request: HttpRequest) -> HttpResponseBase:
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            off = watchlists.withdraw_consent(
                consent_reference=form.cleaned_data["reference"], actor=actor_of(request), now=utc_now()
            )
        except RuleViolated as wrong:
            domain_errors_to_form(form, wrong)
        else:
            _say(request, reference=form.cleaned_data["reference"], off=off)
            return redirect("deployments:withdraw-consent")
    return render(
        request, "deployments/withdraw_consent.html", {"form": form}, status=REFUSED if form.errors else 200
    )


def _say(request: HttpRequest, *, reference: str, off: int) -> None:
    """A slip of the pen must not read like a withdrawal: whoever asked for it would still be found."""
    entries = "1 entry came" if off == 1 else f"{off} entries came"
    if off or is_recorded(consent_reference=reference):
        messages.success(request, f"The consent is withdrawn. {entries} off the lists of today.")
        return
    messages.warning(
        request,
        f"No consent {reference} is recorded here, and nobody came off a list. No list will ever be accepted "
        "with it. Check the reference: whoever asked you may still be found by another one.",
    )
