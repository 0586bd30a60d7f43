"""Which moment somebody asks about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict

from apps.core.plain_forms import PlainForm
from apps.scrutiny.lawful.instant import READINGS, SUMMER, clock_of, readings

NO_TIME = "Write the time like 14:03 or 14:03:27."
SKIPPED = "That time never came on this day: the clocks went forward over it. Choose another one."
TWICE = "That time came twice on this day, because the clocks went back. Say which of the two you mean."
NOT_YET = "This moment has not come yet. Only what has happened can be told."


def say_day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


class MomentForm(PlainForm):
    """The day is asked for where the window lies on several, the clock where the time came twice."""

    day = forms.ChoiceField(label="Day", widget=forms.RadioSelect)
    time = forms.CharField(
        label="Time",
        max_length=8,
        help_text="In London, for example 14:03 or 14:03:27",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": NO_TIME},
    )
    clock = forms.ChoiceField(
        label="Which of the two", choices=READINGS, required=False, widget=forms.RadioSelect
    )

    def __init__(self, asked: QueryDict | None, *, days: Sequence[date], now: datetime) -> None:
        """`asked` None: nothing was asked yet."""
        only = {"day": days[0].isoformat()} if len(days) == 1 else {}
        super().__init__(None if asked is None else _with(only, asked), initial=only)
        self.now, self.instant, self.ambiguous = now, now, False
        day = self.fields["day"]
        if isinstance(day, forms.ChoiceField):  # for the type's sake
            day.choices = [(each.isoformat(), say_day(each)) for each in days]
        if len(days) == 1:
            day.widget = forms.HiddenInput()

    def clean_time(self) -> str:
        typed = str(self.cleaned_data["time"])
        if clock_of(typed) is None:
            raise forms.ValidationError(NO_TIME)
        return typed.strip()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        clock = clock_of(cleaned.get("time", ""))
        if clock is None or not cleaned.get("day"):
            return cleaned
        found = readings(date.fromisoformat(cleaned["day"]), clock)
        chosen = cleaned.get("clock", "")
        self.ambiguous = len(found) > 1
        if not found:
            self.add_error("time", SKIPPED)
        elif self.ambiguous and not chosen:
            self.add_error("clock", TWICE)
        else:
            self.instant = found[0] if chosen == SUMMER or len(found) == 1 else found[-1]
            if self.instant > self.now:
                self.add_error("time", NOT_YET)
        return cleaned


def _with(only: dict[str, str], asked: QueryDict) -> dict[str, str]:
    """What was typed; the one day where there is no other, and none was given."""
    typed = {name: asked.get(name, "") or "" for name in ("day", "time", "clock")}
    return {**typed, "day": typed["day"] or only.get("day", "")}
