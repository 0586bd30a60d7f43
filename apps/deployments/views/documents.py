"""The authority as one file, and the page on which anybody checks such a file."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.api import role_required
from apps.core.clock import utc_now
from apps.core.data import READ_NAMES
from apps.core.errors import RuleViolated
from apps.deployments.documents.public_checks import Checked, check_file, check_fingerprint
from apps.deployments.operations.documents import issue_document
from apps.deployments.views.assessments import as_download
from apps.deployments.views.pages import READERS
from apps.deployments.views.steps import REFUSED, actor_of, force_of

# The reasons of the decision stand in it (Actor.reads_reasons).
DOCUMENT_READERS = tuple(role for role in READERS if role in READ_NAMES)
# A file of ours is a tenth of this. Larger ones are not even looked at by strangers (core.uploads).
LONGEST_FINGERPRINT = 200


@require_safe
@never_cache
@role_required(*DOCUMENT_READERS)
def authority_pdf(request: HttpRequest, deployment_id: UUID) -> HttpResponseBase:
    """The written authority as a PDF. Of an approved one it is noted that this file was issued."""
    issued = issue_document(
        deployment_id=deployment_id, force=force_of(request), actor=actor_of(request), now=utc_now()
    )
    return as_download(issued.content, issued.name)


class CheckForm(forms.Form):
    """A file, or the fingerprint that is printed on it."""

    use_required_attribute = False

    document = forms.FileField(
        label="The PDF",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
    )
    fingerprint = forms.CharField(
        label="Or the fingerprint",
        required=False,
        max_length=LONGEST_FINGERPRINT,
        help_text="64 characters. It is printed at the foot of each page.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    document.needed_at_times = fingerprint.needed_at_times = True  # type: ignore[attr-defined]  # parts/field.html

    def clean(self) -> dict[str, object]:
        sent = self.cleaned_data
        if not sent.get("document") and not sent.get("fingerprint"):
            raise forms.ValidationError("Choose the PDF, or type its fingerprint.")
        return sent

    def answer(self) -> Checked | None:
        """Of a valid form; None, with an error at its field, for what is no fingerprint."""
        document = self.cleaned_data["document"]
        if document:
            return check_file(document.read())
        try:
            return check_fingerprint(self.cleaned_data["fingerprint"])
        except RuleViolated as refused:
            self.add_error("fingerprint", refused.reasons[0])
            return None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def authority_check(request: HttpRequest) -> HttpResponse:
    """For anybody, without an account. Nothing that is sent here is kept."""
    form = _form(request)
    answer = form.answer() if form.is_bound and form.is_valid() else None
    context = {"form": form, "answer": answer}
    status = REFUSED if request.method == "POST" and form.errors else 200
    return render(request, "deployments/authority_check.html", context, status=status)


def _form(request: HttpRequest) -> CheckForm:
    """Of what was posted; otherwise of the fingerprint in the address, where a document's code leads."""
    if request.method == "POST":
        return CheckForm(request.POST, request.FILES)
    return CheckForm(request.GET if request.GET.get("fingerprint") else None)
