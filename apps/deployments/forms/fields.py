"""Fields of a plan that may stay empty while it is a draft, and are asked for when it is submitted.

They count as required, so that no label calls them optional; leaving them empty is no error yet.
"""

from __future__ import annotations

from typing import Any

from django import forms

CLOCK = "%H:%M"
DAY = "%Y-%m-%d"


class KeptText(forms.CharField):
    def validate(self, value: Any) -> None:
        """Empty is no error: it is kept as it is."""

    def clean(self, value: Any) -> str:
        # Browsers send Windows line ends; equal words must have an equal hash.
        return str(super().clean(value)).replace("\r\n", "\n")


class KeptChoice(forms.ChoiceField):
    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class KeptChoices(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class KeptNumber(forms.IntegerField):
    def validate(self, value: Any) -> None:
        """Empty is no error: it is kept as it is."""


def paragraph(label: str, hint: str) -> KeptText:
    return KeptText(label=label, help_text=hint, widget=forms.Textarea(attrs={"rows": 5}), max_length=10_000)


def date_field(label: str, hint: str, missing: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=[DAY, "%d/%m/%Y", "%d %B %Y", "%d %b %Y"],
        widget=forms.DateInput(format=DAY, attrs={"type": "date"}),
        error_messages={
            "required": missing,
            "invalid": "Enter a date such as 2026-12-11 or 11/12/2026.",
        },
    )


def time_field(label: str, hint: str, missing: str = "", *, required: bool = True) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=[CLOCK, "%H:%M:%S", "%H.%M"],
        widget=forms.TimeInput(format=CLOCK, attrs={"type": "time"}),
        error_messages={"required": missing, "invalid": "Enter a time such as 10:00 or 16:30."},
    )
