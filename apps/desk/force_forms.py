"""What an administrator types on the pages of the force."""

from __future__ import annotations

from typing import Any

from django import forms

MIN_REASON = 20


class ReasonForm(forms.Form):
    """`seen` is the version that was on the page."""

    reason = forms.CharField(
        label="Why the settings change",
        help_text=f"At least {MIN_REASON} characters. Kept with the version, for whoever looks into it.",
        widget=forms.Textarea(attrs={"rows": 3, "data-minimum": MIN_REASON}),
        error_messages={"required": "Write why the settings change."},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def clean_reason(self) -> str:
        text: str = self.cleaned_data["reason"]
        if len(" ".join(text.split())) < MIN_REASON:
            raise forms.ValidationError(f"Write at least {MIN_REASON} characters.")
        return text


class AccountForm(forms.Form):
    """The first administrator's account. Whether the password is good enough is for the account to say."""

    display_name = forms.CharField(
        label="Your name", max_length=120, error_messages={"required": "Write your name."}
    )
    rank = forms.CharField(label="Rank or title", max_length=60, required=False)
    password = forms.CharField(
        label="Password",
        help_text="At least 14 characters. Three or more words that do not belong together are good.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
        strip=False,
    )
    again = forms.CharField(
        label="The same password again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Type the password again."},
        strip=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "password" in cleaned and "again" in cleaned and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The two passwords differ. Type them again.")
        return cleaned


class LeavingForm(forms.Form):
    """`manifest` is the one that was on the page."""

    slug = forms.CharField(label="Type the short name of the force", error_messages={"required": "Type it."})
    sure = forms.BooleanField(
        label="I have the export, its manifest is the one above, and everything of the force may be deleted",
        error_messages={"required": "Confirm that you have the export."},
    )
    manifest = forms.CharField(widget=forms.HiddenInput)


class NotLeavingForm(forms.Form):
    """`manifest` is the one that was on the page."""

    reason = forms.CharField(
        label="Why the force does not leave",
        help_text="A few words, kept in the audit record and shown to the other administrators.",
        max_length=300,
        error_messages={"required": "Write in a few words why."},
    )
    manifest = forms.CharField(widget=forms.HiddenInput)
