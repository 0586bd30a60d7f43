"""A question to the membership register. What may be asked is the watchlists' business."""

from __future__ import annotations

from django import forms

from apps.deployments.forms.deciding import NAME_NOBODY
from apps.watchlists.policies import LONGEST
from apps.watchlists.register_answers import MIN_REASON, MOST_REASON, Question

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NO_DAY = {"invalid": "Enter a day, for instance 2026-01-31."}


class RegisterForm(forms.Form):
    use_required_attribute = False

    reference = forms.CharField(
        label="Reference of the person",
        help_text="Their whole number in your case system, as lists name it. Nothing else finds anybody.",
        max_length=LONGEST["reference"],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the reference."},
    )
    reason = forms.CharField(
        label="Number of the request, or why you ask",
        help_text=f"Recorded with your name. The reference is not: leave it out here. {NAME_NOBODY}",
        min_length=MIN_REASON,
        max_length=MOST_REASON,
        error_messages={
            "required": "Enter the number of the request, or why you ask.",
            "min_length": f"Write at least {MIN_REASON} characters.",
        },
    )
    since = forms.DateField(
        label="From",
        required=False,
        help_text="Leave both days empty to ask about all that the register holds.",
        widget=DAY,
        error_messages=NO_DAY,
    )
    until = forms.DateField(
        label="Until, this day included", required=False, widget=DAY, error_messages=NO_DAY
    )

    def question(self) -> Question:
        """Of a valid form."""
        return Question(**self.cleaned_data)
