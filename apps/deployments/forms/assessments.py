"""Uploading an assessment and ending one early. What a file may be is the operation's business."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.deployments.assessment_models import MAX_REASON, MAX_TITLE, MAX_VERSION
from apps.deployments.data import AssessmentKind
from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.forms.fields import date_field
from apps.deployments.operations.assessments import NewAssessment
from apps.deployments.rules.assessments import KIND_WORDS, AssessmentData
from apps.deployments.rules.policies import MIN_SHORT_REASON
from apps.recognition import api as recognition


class AssessmentForm(forms.Form):
    """A new version. What it replaces is in the address, and fixes the kind."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label="What is it?",
        widget=forms.RadioSelect,
        choices=[(kind.value, KIND_WORDS[kind].capitalize()) for kind in AssessmentKind],
        error_messages={"required": "Choose what it is."},
    )
    title = forms.CharField(
        label="Title",
        max_length=MAX_TITLE,
        help_text="As on its first page. It stands on plans, and on public notices if it is published.",
        error_messages={"required": "Give the title."},
    )
    version = forms.CharField(
        label="Version",
        max_length=MAX_VERSION,
        help_text="For instance 2.1",
        error_messages={"required": "Give the version."},
    )
    in_force_from = date_field("First day in force", "", "Give the first day in force.")
    in_force_until = date_field(
        "Last day in force",
        "When it has to be looked at again. A plan for a later day needs another version.",
        "Give the last day in force.",
    )
    pack_id = forms.ChoiceField(
        label="Recognition model",
        required=False,
        help_text="Only for bias evidence: the model that it was measured with.",
    )
    is_public = forms.BooleanField(
        label="Anybody may read it: public notices link to it",
        required=False,
        help_text="Leave this off if parts of it must not be published.",
    )
    content = forms.FileField(
        label="The document",
        help_text="A PDF of at most 20 MB, without a password.",
        widget=forms.FileInput(attrs={"accept": ".pdf,application/pdf"}),
        error_messages={"required": "Choose the PDF.", "empty": "The file is empty. Choose the PDF."},
    )

    def __init__(self, *args: Any, replaces: AssessmentData | None = None, **kwargs: Any) -> None:
        if replaces is not None:
            kept = {"kind": replaces.kind, "title": replaces.title, "pack_id": replaces.pack_id}
            kwargs["initial"] = {**kept, "is_public": replaces.is_public}
        super().__init__(*args, **kwargs)
        packs = [(pack_id, pack_id) for pack_id in recognition.known_packs()]
        self.fields["pack_id"].choices = [("", "None"), *packs]  # type: ignore[attr-defined]  # a ChoiceField

    def new(self) -> NewAssessment:
        """Of a valid form."""
        sent = self.cleaned_data
        return NewAssessment(
            kind=AssessmentKind(sent["kind"]),
            title=sent["title"],
            version=sent["version"],
            in_force_from=sent["in_force_from"],
            in_force_until=sent["in_force_until"],
            pack_id=sent["pack_id"],
            is_public=sent["is_public"],
            content=sent["content"].read(),
        )


class EndForm(forms.Form):
    last_day = date_field("Last day in force", "Earlier than planned.", "Give the last day in force.")
    reason = ReasonField(
        label="Why it ends early",
        minimum=MIN_SHORT_REASON,
        rows=3,
        max_length=MAX_REASON,
        help_text=f"At least {MIN_SHORT_REASON} characters. {NAME_NOBODY}",
        error_messages={"required": "Write why it ends early."},
    )
