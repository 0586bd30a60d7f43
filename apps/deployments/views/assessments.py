"""The assessments of a force: list, upload, end, and the files. Each translates to one operation or query."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.api import role_required
from apps.core.clock import london, utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.web import domain_errors_to_form
from apps.deployments import assessment_queries
from apps.deployments.documents import public_checks
from apps.deployments.forms.assessments import AssessmentForm, EndForm
from apps.deployments.operations.assessments import KEEPERS, end_assessment, upload_assessment
from apps.deployments.rules.assessments import AssessmentData
from apps.deployments.views.pages import READERS
from apps.deployments.views.steps import REFUSED, actor_of

PDF = "application/pdf"


@require_safe
@never_cache
@role_required(*READERS, Role.OVERSIGHT)
def assessment_list(request: HttpRequest) -> HttpResponseBase:
    """Every version, those in force first."""
    today = london(utc_now()).date()
    rows = assessment_queries.list_assessments(named=not actor_of(request).has(Role.OVERSIGHT))
    context = {
        "superseded": {row.replaces_id for row in rows},
        "current": [row for row in rows if row.in_force_until >= today],
        "past": [row for row in rows if row.in_force_until < today],
        "today": today,
        "may_keep": actor_of(request).has(*KEEPERS),
    }
    return render(request, "deployments/assessments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(*KEEPERS)
def assessment_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a version, perhaps in place of the one in `?replaces=`."""
    replaces = _replaced(request.GET.get("replaces", ""))
    if replaces is not None and (newer := assessment_queries.replacement_of(assessment_id=replaces.id)):
        messages.warning(request, f"{replaces.name} was replaced by {newer.name}. Replace that one instead.")
        return redirect("deployments:assessments")
    posted = request.method == "POST"
    form = AssessmentForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        replaces=replaces,
        # A plan that lacks one of a kind leads here.
        initial={"kind": request.GET.get("kind", "")},
    )
    if form.is_bound and form.is_valid():
        try:
            row = upload_assessment(
                new=form.new(),
                replaces=None if replaces is None else replaces.id,
                actor=actor_of(request),
                now=utc_now(),
            )
        except RuleViolated as wrong:
            domain_errors_to_form(form, wrong)
        else:
            messages.success(request, f"{row.name} is recorded. Plans can choose it.")
            return redirect("deployments:assessments")
    context = {"form": form, "replaces": replaces}
    return render(request, "deployments/assessment_new.html", context, status=REFUSED if form.errors else 200)


def _replaced(text: str) -> AssessmentData | None:
    if not text:
        return None
    try:
        wanted = UUID(text)
    except ValueError as wrong:
        raise Http404("there is no such assessment") from wrong
    return assessment_queries.get_assessment(assessment_id=wanted)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@role_required(*KEEPERS)
def assessment_end(request: HttpRequest, assessment_id: UUID) -> HttpResponseBase:
    """Let a version end earlier than planned."""
    found = assessment_queries.get_assessment(assessment_id=assessment_id)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            end_assessment(
                assessment_id=assessment_id, actor=actor_of(request), now=utc_now(), **form.cleaned_data
            )
        except RuleViolated as wrong:
            domain_errors_to_form(form, wrong)
        else:
            messages.success(request, f"{found.name} ends early. Plans for a later day need another version.")
            return redirect("deployments:assessments")
    context = {
        "form": form,
        "found": found,
        "resting": assessment_queries.resting_on(assessment_id=assessment_id),
    }
    return render(request, "deployments/assessment_end.html", context, status=REFUSED if form.errors else 200)


@require_safe
@never_cache
@role_required(*READERS, Role.OVERSIGHT)
def assessment_file(request: HttpRequest, assessment_id: UUID) -> HttpResponseBase:
    """The file, for those who take part: of their own force only."""
    found = assessment_queries.get_assessment(assessment_id=assessment_id)
    return as_download(
        assessment_queries.read_assessment(assessment_id=assessment_id),
        found.file_name,
    )


@require_safe
@cache_control(no_cache=True)
def assessment_public(request: HttpRequest, assessment_id: UUID) -> HttpResponseBase:
    """The file, for everybody, if the force published it. One that is not public is not there."""
    found = public_checks.public_assessment(assessment_id=assessment_id)
    if found is None:
        raise Http404("there is no such assessment")
    return as_download(found.content, found.name)


def as_download(content: bytes, name: str) -> HttpResponse:
    """Saved and not shown: what somebody uploaded never runs in a page of ours."""
    return HttpResponse(
        content,
        content_type=PDF,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
