"""Making a disclosure pack. Translation only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.scrutiny.disclosure.form import DisclosureForm
from apps.scrutiny.disclosure.operations import make_pack
from apps.scrutiny.disclosure.policies import MAKERS
from apps.scrutiny.lawful import records
from apps.scrutiny.period_form import private

REFUSED = 422


@require_http_methods(["GET", "POST"])
@accounts.role_required(*MAKERS)
def disclosure(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A form; the pack itself comes as the answer to it."""
    deployment = records.find(reference=reference)
    form = DisclosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            pack = make_pack(
                deployment=deployment,
                number=form.cleaned_data["alert"],
                reason=form.cleaned_data["reason"],
                actor=request.actor,  # type: ignore[attr-defined]  # set by ForceContextMiddleware
                now=utc_now(),
            )
        except RuleViolated as broken:
            domain_errors_to_form(form, broken)
        else:
            headers = {"Content-Disposition": f'attachment; filename="{pack.name}"'}
            return private(HttpResponse(pack.content, content_type="application/zip", headers=headers))
    context = {"form": form, "deployment": deployment}
    status = REFUSED if form.errors else 200
    return private(render(request, "scrutiny/disclosure.html", context, status=status))
