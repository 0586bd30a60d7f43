"""What people type of a copy, and of a certificate that copies are sealed for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from apps.alerts.handover.data import GROUND_LABELS, NO_COPY_LABELS, TO_LABELS, Ground, Kind, To
from apps.alerts.handover.policies import LONGEST_REASON, LONGEST_REFERENCE
from apps.core.plain_forms import PlainForm

NO_NAMES = "Name nobody."


def _words(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{help_text} {NO_NAMES}",
        max_length=LONGEST_REASON,
    )


class RequestForm(PlainForm):
    """Ask for one copy. Grounds are those of a restriction only."""

    ground = forms.ChoiceField(
        label="Who asked for it",
        choices=[(ground.value, words) for ground, words in GROUND_LABELS.items()],
        widget=forms.RadioSelect,
    )
    complaint_reference = forms.CharField(
        label="Reference of the complaint",
        required=False,
        max_length=LONGEST_REFERENCE,
        help_text="The force's own, where a complaint was made.",
    )
    reason = _words("Why this copy is needed", "For instance that a charge will rest on it.")

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"id_{kind.value}_%s"})
        if kind is Kind.EVIDENTIAL:
            del self.fields["ground"], self.fields["complaint_reference"]
        else:
            self.fields["reason"].help_text = f"What was asked for, and when. {NO_NAMES}"

    def said(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        ground = found.pop("ground", "")
        return {**found, "ground": Ground(ground) if ground else None}


class NotNeededForm(PlainForm):
    """One of a closed list: no free words, so that nobody is named."""

    not_needed = forms.ChoiceField(
        label="Why no copy is needed",
        choices=[(why.value, words) for why, words in NO_COPY_LABELS.items()],
        widget=forms.RadioSelect,
    )


class RefuseForm(PlainForm):
    words = _words("If not, why not", "Whoever asked for it reads it.")

    def __init__(self, *args: Any, about: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"id_{about}_%s"})


class AcknowledgeForm(PlainForm):
    reference = forms.CharField(
        label="Reference under which it arrived",
        max_length=LONGEST_REFERENCE,
        help_text="As the recipient's own system gave it.",
    )

    def __init__(self, *args: Any, about: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"id_{about}_%s"})


class RecipientForm(PlainForm):
    to = forms.ChoiceField(
        label="Who gets copies",
        choices=[(to.value, words) for to, words in TO_LABELS.items()],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label="Name", max_length=120, help_text="Of the system or department, as your force knows it."
    )
    pem = forms.CharField(
        label="Certificate",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="PEM text, from “BEGIN CERTIFICATE” to “END CERTIFICATE”. RSA, 3072 bits or more. Never the"
        " private key.",
    )

    def clean_to(self) -> To:
        return To(self.cleaned_data["to"])
