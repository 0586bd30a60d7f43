"""Correcting results that are published: read what would change, write why, read it once more. Translation
only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import NotFound, RuleViolated
from apps.core.plain_forms import PlainForm
from apps.core.web import domain_errors_to_form
from apps.notices import api as notices
from apps.scrutiny import correcting

REFUSED = 422


class CorrectionForm(PlainForm):
    reason = forms.CharField(
        label="Why the results are corrected",
        help_text="It is published with the correction, and stays. Name no person.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"]).replace("\r\n", "\n")
        if problems := notices.reason_problems(reason):
            raise forms.ValidationError(problems)
        return reason


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@accounts.role_required(*notices.CORRECTS)
def correct(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The first POST shows what will be read; the second, with `confirmed`, publishes it."""
    try:
        found = correcting.possible_correction(reference=reference)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"found": found, "form": form}
    if form.is_bound and form.is_valid() and found.changes and "back" not in request.POST:
        reason = form.cleaned_data["reason"]
        if "confirmed" not in request.POST:
            context["public_reason"] = correcting.public_reason(
                deployment_id=found.deployment_id, reason=reason
            )
        elif _corrected(request, found, form):
            messages.success(request, f"The results of {found.reference} are corrected on the public pages.")
            return redirect("scrutiny:record", found.reference.lower())
    refused = bool(form.errors) or (form.is_bound and not found.changes)
    return render(request, "scrutiny/correct.html", context, status=REFUSED if refused else 200)


def _corrected(request: HttpRequest, found: correcting.Correction, form: CorrectionForm) -> bool:
    try:
        correcting.correct_results(
            deployment_id=found.deployment_id,
            reason=form.cleaned_data["reason"],
            actor=request.actor,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
            now=utc_now(),
        )
    except RuleViolated as refused:
        domain_errors_to_form(form, refused)
        return False
    return True
