"""What a planner confirms beside the plan itself, which is in forms_plan.py."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms

from apps.core.errors import RuleViolated
from apps.deployments.forms.deciding import NAME_NOBODY
from apps.deployments.forms.fields import KeptText, date_field, time_field
from apps.deployments.forms.plan_fields import PlanFields
from apps.deployments.planning.local_time import FIRST, SECOND, NoSuchTime, instant_of
from apps.deployments.planning.steps import ZONES
from apps.deployments.rules.policies import MIN_DECISION_REASON, MIN_SHORT_REASON, check_reason


def _checked(reason: str, minimum: int) -> str:
    """The operation's own rule, so that people hear of it before they confirm."""
    try:
        check_reason(reason, minimum=minimum)
    except RuleViolated as short:
        raise forms.ValidationError(list(short.reasons)) from short
    return reason


class ChangeForm(forms.Form):
    """Besides the plan, once it is approved: why it changes."""

    use_required_attribute = False

    reason = KeptText(
        label="Why the plan changes",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"At least {MIN_DECISION_REASON} characters. It stays in the record. {NAME_NOBODY}",
    )

    def clean_reason(self) -> str:
        return _checked(self.cleaned_data["reason"], MIN_DECISION_REASON)


class CancelForm(forms.Form):
    """Why, and for what was approved a report (`needs_report`)."""

    use_required_attribute = False

    reason = KeptText(
        label="Why it is cancelled",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"It stays in the record. {NAME_NOBODY}",
    )
    done = forms.CharField(
        label="What had been done by now",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text="For instance: signs put up, people told, a list imported; or nothing.",
        error_messages={"required": "Write what had been done by now, or that nothing was."},
    )
    collected = forms.CharField(
        label="What was collected",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text=f"Any picture or data about anybody, or nothing at all. {NAME_NOBODY}",
        error_messages={"required": "Write what was collected, or that nothing was."},
    )

    def __init__(self, *args: Any, needs_report: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_report:
            del self.fields["done"], self.fields["collected"]

    def clean_reason(self) -> str:
        return _checked(self.cleaned_data["reason"], MIN_SHORT_REASON)


class VoidForm(forms.Form):
    """Said on purpose, and only where it is true."""

    use_required_attribute = False

    accept_voiding = forms.BooleanField(
        label="I understand that this ends the approval, and that the plan must be submitted again",
        required=False,
    )


class SubmitForm(forms.Form):
    use_required_attribute = False

    declared = forms.BooleanField(
        label="I have read the plan as it stands. It is true and complete to the best of my knowledge",
        error_messages={"required": "Confirm that you have read the plan."},
    )
    # To the reasons for which it was returned.
    answer = forms.CharField(
        label="Your answer to the officer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=10_000,
        help_text=f"At least {MIN_DECISION_REASON} characters where nothing was changed. The officer reads "
        f"it, and it stays in the record. {NAME_NOBODY}",
        error_messages={"required": "Answer the officer's reasons, or change the plan."},
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_answer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = needs_answer


class SubmitTogetherForm(forms.Form):
    """Several days of one operation: each with the version that was read."""

    use_required_attribute = False

    declared = forms.BooleanField(
        label="I have read these plans as they stand. They are true and complete to the best of my knowledge",
        error_messages={"required": "Confirm that you have read the plans."},
    )
    versions = forms.CharField(widget=forms.HiddenInput)

    def clean_versions(self) -> dict[UUID, str]:
        """By deployment. What is no list of versions was not made by the page."""
        try:
            pairs = [line.split("=", 1) for line in self.cleaned_data["versions"].split()]
            return {UUID(found): version for found, version in pairs}
        except ValueError as broken:
            raise forms.ValidationError("Open the page again.") from broken


class DayForm(forms.Form):
    """One more day of an operation, at the hours of the last one unless others are typed."""

    use_required_attribute = False

    start_date = date_field("Date", "The day it starts.", "Enter the day it starts.")
    start_time = time_field("Starts at", "London time, for instance 10:00.", "Enter the time it starts.")
    end_time = time_field("Ends at", "Recognition ends by itself at this time.", "Enter the time it ends.")

    def window(self) -> tuple[datetime, datetime]:
        """Of a valid form. An end that is earlier by the clock is on the day after."""
        return self._window

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if {"start_date", "start_time", "end_time"} <= found.keys():
            day = found["start_date"]
            last = day if found["end_time"] > found["start_time"] else day + timedelta(days=1)
            # Of two equal times the longer window: it is narrowed more easily than widened.
            start = self._instant("start_time", day, found["start_time"], FIRST)
            end = self._instant("end_time", last, found["end_time"], SECOND)
            if start is not None and end is not None:
                self._window = (start, end)
        return found

    def _instant(self, name: str, day: date, clock: time, fold: int) -> datetime | None:
        try:
            return instant_of(day, clock, fold=fold)
        except NoSuchTime as never:
            self.add_error(name, never.message)
        return None


def anchor(name: str) -> str:
    """Where a page jumps to for a field of the plan: the first box of a group, else the field itself."""
    if name == ZONES:
        return ZONES
    grouped = (forms.RadioSelect, forms.CheckboxSelectMultiple)
    first = isinstance(PlanFields.base_fields[name].widget, grouped)
    return f"id_{name}_0" if first else f"id_{name}"
