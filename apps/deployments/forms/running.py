"""What the silver commander and others on duty type on the day and after it."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.deployments.data import Duty
from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.pages.labels import DUTY_LABELS
from apps.deployments.rules.policies import MIN_DECISION_REASON, MIN_SHORT_REASON, MOST_PASSES
from apps.deployments.rules.suspensions import BY_A_PERSON, Cause

PASSED, FAILED = "passed", "failed"


class CheckForm(forms.Form):
    """One item of the checklist."""

    result = forms.ChoiceField(
        label="Result",
        choices=[(PASSED, "Passed"), (FAILED, "Failed")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it passed or failed."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=(
            f"What you saw. Needed when it failed: at least {MIN_SHORT_REASON} characters. {NAME_NOBODY}"
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        note = " ".join(cleaned.get("note", "").split())
        if cleaned.get("result") == FAILED and len(note) < MIN_SHORT_REASON:
            self.add_error("note", "Write what failed, so that somebody can put it right.")
        return cleaned


class SuspendForm(forms.Form):
    reason = forms.CharField(
        label="Why you suspend it",
        help_text=f"A few words are enough, for instance “sign blown over”. {NAME_NOBODY}",
        error_messages={"required": "Write in a few words why you suspend it."},
        min_length=MIN_SHORT_REASON,
        max_length=300,
    )
    # Not required: a stop is never kept waiting for a choice.
    cause = forms.ChoiceField(
        label="What it is about",
        help_text="The public notice says this, and never your own words.",
        choices=[(cause.value, words) for cause, words in BY_A_PERSON.items()],
        initial=Cause.PERSON.value,
        required=False,
    )

    def clean_cause(self) -> Cause:
        return Cause(self.cleaned_data["cause"] or Cause.PERSON)


class EndForm(forms.Form):
    reason = forms.CharField(
        label="Why it ends now",
        help_text=f"For instance “planned end”, or what happened. {NAME_NOBODY}",
        error_messages={"required": "Write in a few words why it ends now."},
        min_length=MIN_SHORT_REASON,
        max_length=300,
    )


class ResumeForm(forms.Form):
    """After false alerts an officer writes why it may go on; otherwise nothing has to be typed."""

    reason = forms.CharField(
        label="Why it may go on",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "data-minimum": MIN_DECISION_REASON}),
        help_text=(
            f"What was looked into, and why people may be looked for again: at least {MIN_DECISION_REASON} "
            f"characters. {NAME_NOBODY}"
        ),
    )


class StepForm(forms.Form):
    """A step for which nothing is typed."""


class DutyForm(forms.Form):
    """Which duty somebody takes, of those that their roles and what they did allow."""

    duty = forms.ChoiceField(
        label="Your duty",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a duty.", "invalid_choice": "Choose one of the duties offered."},
    )

    def __init__(self, *args: Any, duties: list[Duty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duty"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (duty.value, DUTY_LABELS[duty]) for duty in duties
        ]
        if len(duties) == 1:
            # The only one there is to take is chosen.
            self.fields["duty"].initial = duties[0].value


class ReviewForm(forms.Form):
    findings = ReasonField(
        label="Findings",
        rows=10,
        help_text=(
            f"At least {MIN_DECISION_REASON} characters. They are published with the results. "
            f"{NAME_NOBODY} Nor anybody who can be recognised."
        ),
        error_messages={"required": "Write what was found."},
    )
    lessons = forms.CharField(
        label="Lessons",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"What the force does differently. Kept with the record, not published. {NAME_NOBODY}",
    )
    conditions = forms.CharField(
        label="Conditions for the next deployment",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=(
            "What has to be so before another one here. Whoever plans or decides on the next one finds it in "
            f"the record. {NAME_NOBODY}"
        ),
    )
    blue_list_passes = forms.IntegerField(
        label="Blue List passes walked past the cameras",
        required=False,
        min_value=0,
        max_value=MOST_PASSES,
        help_text=(
            "How often somebody of the Blue List walked past a camera, recognised or not. The True"
            " Recognition Rate is measured by it; left empty, it is published as not recorded."
        ),
        error_messages={"invalid": "Write a whole number, for instance 5."},
    )

    def __init__(self, *args: Any, blue_list: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not blue_list:
            del self.fields["blue_list_passes"]
