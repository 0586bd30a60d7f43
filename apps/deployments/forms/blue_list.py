"""Recording a consent of the Blue List. What may be recorded is the watchlists' business."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from apps.accounts.data import UserData
from apps.deployments.forms.lists import OneFileField
from apps.watchlists.agreed import GivenHow, NewConsent
from apps.watchlists.reader import MAX_PICTURE_BYTES

HOW = {
    "": "Choose",
    GivenHow.PAPER: "Signed on paper",
    GivenHow.ELECTRONIC: "Signed electronically",
}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NO_DAY = {"required": "Enter a day.", "invalid": "Enter a day, for instance 2026-01-31."}


class RecordConsentForm(forms.Form):
    use_required_attribute = False

    member = forms.TypedChoiceField(
        label="Who agreed",
        coerce=UUID,
        error_messages={"required": "Choose who agreed.", "invalid_choice": "Choose somebody of your force."},
    )
    reference = forms.CharField(
        label="Reference of the consent",
        help_text="Where it is kept, such as CONSENT-2026-014. Lists name it; each consent has its own.",
        max_length=64,
        error_messages={"required": "Enter the reference of the consent."},
    )
    begins_on = forms.DateField(label="From", widget=DAY, error_messages=NO_DAY)
    ends_on = forms.DateField(
        label="Until, this day included",
        help_text="Two years at most. Nobody is found by it after this day.",
        widget=DAY,
        error_messages=NO_DAY,
    )
    wording_version = forms.CharField(
        label="Version of the wording that they agreed to",
        help_text="As it stands on the form, such as 2.1 of March 2026.",
        max_length=40,
        error_messages={"required": "Enter the version of the wording."},
    )
    given_how = forms.ChoiceField(
        label="How it was given",
        choices=list(HOW.items()),
        error_messages={"required": "Choose how the consent was given."},
    )
    decoys = forms.BooleanField(
        label="They agreed to decoys too",
        help_text="Only where they said so themselves: operators may then be shown their pictures now and"
        " then, to see whether they look.",
        required=False,
    )
    picture = OneFileField(
        label="Picture, if they gave one",
        help_text="Kept encrypted, apart from every list, until the consent ends or is withdrawn."
        " No page of the Blue List shows it.",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    captured_on = forms.DateField(
        label="Day on which the picture was taken", required=False, widget=DAY, error_messages=NO_DAY
    )

    def __init__(self, *args: Any, people: Iterable[UserData], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted(people, key=lambda person: person.display_name)
        names = [(str(person.id), f"{person.rank} {person.display_name}".strip()) for person in known]
        field = self.fields["member"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [("", "Choose"), *names]

    def clean_picture(self) -> Any:
        sent = self.cleaned_data["picture"]
        if sent is not None and sent.size > MAX_PICTURE_BYTES:
            raise forms.ValidationError(
                f"The picture has more than {MAX_PICTURE_BYTES // 1024**2} MB. Make it smaller."
            )
        return sent

    def consent(self) -> NewConsent:
        """Of a valid form."""
        sent = self.cleaned_data
        return NewConsent(
            member_id=sent["member"],
            reference=sent["reference"],
            begins_on=sent["begins_on"],
            ends_on=sent["ends_on"],
            wording_version=sent["wording_version"],
            given_how=sent["given_how"],
            decoys=sent["decoys"],
            captured_on=sent["captured_on"],
            picture=None if sent["picture"] is None else sent["picture"].read(),
        )
