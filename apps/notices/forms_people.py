"""What the oversight body, the force and subscribers type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms

from apps.core.clock import LONDON
from apps.core.plain_forms import PlainForm
from apps.notices.oversight import LONGEST_LINE, LONGEST_TEXT

PUBLIC = "It is public and stays. Name no person."


class MeetingForm(PlainForm):
    day = forms.DateField(
        label="Day of the meeting", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label="Time of the meeting",
        help_text="London time, for instance 18:30",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    place = forms.CharField(label="Where it takes place", max_length=LONGEST_LINE)
    webcast = forms.CharField(
        label="Webcast",
        required=False,
        max_length=LONGEST_LINE,
        help_text="The address, starting with https://",
    )

    @property
    def at(self) -> datetime:
        """Of two equal times the first. Only on a valid form."""
        local = datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], tzinfo=LONDON)
        return local.astimezone(UTC)


class TextForm(PlainForm):
    text = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}))


class QuestionForm(TextForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label, self.fields["text"].help_text = "Your question to the force", PUBLIC


class ReplyForm(TextForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Reply of the force"
        self.fields["text"].help_text = f"{PUBLIC} It cannot be changed afterwards."


class SubscribeForm(PlainForm):
    email = forms.EmailField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
