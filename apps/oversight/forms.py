"""What the oversight body and the force write on these pages."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.plain_forms import PlainForm
from apps.oversight import states
from apps.oversight.texts import LONGEST

NOBODY = "Name nobody: write rank or role, no telephone number, no address."
HINT = f"The oversight body may publish it. {NOBODY}"


def _day(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class TextForm(PlainForm):
    text = forms.CharField(max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}))

    label, hint = "Text", HINT

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label, self.fields["text"].help_text = self.label, self.hint


class QuestionForm(TextForm):
    label = "Question"
    reference = forms.CharField(
        label="Deployment",
        required=False,
        max_length=40,
        help_text="Its reference, for instance LFR-2026-001. Empty: in general.",
    )
    due_on = _day("Answer due by", hint="You propose it; it is shown to the force.")


class RecommendationForm(QuestionForm):
    label = "Recommendation"
    first = _day("About the time from", required=False)
    last = _day("About the time to", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["due_on"].label = "Reply due by"


class AnswerForm(TextForm):
    label = "Answer of the force"


class ReplyForm(TextForm):
    label = "Reasons"
    step = forms.ChoiceField(
        label="Reply of the force",
        widget=forms.RadioSelect,
        choices=[
            (states.ACCEPT, "Accepted"),
            (states.ACCEPT_PARTLY, "Accepted in part"),
            (states.NOT_ACCEPT, "Not accepted"),
        ],
    )
    field_order = ("step", "text")


class DoneForm(TextForm):
    label, hint = "What was done, and how it can be seen", f"The oversight body reads it. {NOBODY}"


class FindingForm(TextForm):
    label, hint = "What you found", f"The force reads it. {NOBODY}"
    step = forms.ChoiceField(
        label="Is it done?",
        widget=forms.RadioSelect,
        choices=[(states.FIND_DONE, "Seen as done"), (states.FIND_NOT_DONE, "Not done")],
    )
    field_order = ("step", "text")


class WithdrawForm(TextForm):
    label, hint = "Reason for withdrawing it", f"The force reads it. {NOBODY}"


class PublishForm(PlainForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)
