"""What people type on the pages of casework. Rules are the operations'; here are fields and their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from apps.casework.data import (
    ABOUT_LABELS,
    ANSWER_LABELS,
    BREACH_LABELS,
    CASE_WORDS,
    HOURS_LABELS,
    HOW_LABELS,
    OFFENCE_LABELS,
    REQUEST_LABELS,
    RESULT_LABELS,
    RISK_LABELS,
    CaseKind,
    HoursRole,
    LineData,
)
from apps.casework.operations.breaches import HAPPENED, ICO_REASON, MEASURES, PEOPLE_REASON
from apps.casework.operations.complaints import ABOUT_WHAT, OWN_REFERENCE, WORDS
from apps.casework.operations.day import WHY
from apps.casework.policies import check_no_part
from apps.casework.states import ENDS
from apps.casework.wording import LONGEST, NAME_NOBODY, check_reference, check_words
from apps.core.clock import LONDON
from apps.core.errors import NotFound, RuleViolated
from apps.core.plain_forms import PlainForm
from apps.deployments import api as deployments

DAY, MINUTE = "%Y-%m-%d", "%Y-%m-%dT%H:%M"
YES_NO = [("yes", "Yes"), ("no", "No")]
OF_CASE = (
    "As your own system calls the case, such as PSD/123/26. Never the name of who wrote to you: who that is,"
    " only your own system knows."
)


def _choice(label: str, labels: Mapping[Any, str], **options: Any) -> forms.ChoiceField:
    """Radio buttons of a closed list; nothing is chosen beforehand."""
    choices = [(key.value, words) for key, words in labels.items()]
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **options)


def _day(label: str, hint: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=[DAY, "%d/%m/%Y", "%d %B %Y"],
        widget=forms.DateInput(format=DAY, attrs={"type": "date"}),
    )


def _moment(label: str, hint: str = "", *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=[MINUTE, "%d/%m/%Y %H:%M"],
        widget=forms.DateTimeInput(format=MINUTE, attrs={"type": "datetime-local"}),
    )


class WordsField(forms.CharField):
    """Free words: whoever seems to be named in them is said at the field itself.

    `at_times`: whether they are needed depends on other fields, so no label calls them optional.
    """

    def __init__(self, *, at_times: bool = False, rows: int = 4, help_text: str = "", **options: Any) -> None:
        super().__init__(
            max_length=LONGEST,
            widget=forms.Textarea(attrs={"rows": rows}),
            help_text=f"{help_text} {NAME_NOBODY}".strip(),
            **options,
        )
        self.needed_at_times = at_times

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n").strip()
        try:
            check_words({str(self.label): text})
        except RuleViolated as refused:
            raise forms.ValidationError(list(refused.reasons)) from refused
        return text


class OwnReferenceField(forms.CharField):
    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            check_reference(str(self.label), text)
        except RuleViolated as refused:
            raise forms.ValidationError(list(refused.reasons)) from refused
        return text


def _words(label: str, hint: str = "", *, required: bool = False, **options: Any) -> WordsField:
    return WordsField(label=label, help_text=hint, required=required, **options)


def _aware(at: datetime | None) -> datetime | None:
    return timezone.make_aware(at, LONDON) if at is not None and timezone.is_naive(at) else at


class HoursForm(PlainForm):
    """A line for each role; one that is left empty is not recorded."""

    reason = _words(WHY, at_times=True)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, typed: Mapping[HoursRole, LineData], version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_version"].initial = version
        if not version:
            del self.fields["reason"]
        for role, words in HOURS_LABELS.items():
            line = typed.get(role)
            for name, field in _line_fields(words, line).items():
                self.fields[f"{role.value}-{name}"] = field

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """For the template: the three fields of each role under its words."""
        return [
            (words, [self[f"{role.value}-{name}"] for name in ("people", "hours", "cost")])
            for role, words in HOURS_LABELS.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        lines = []
        for role, words in HOURS_LABELS.items():
            people, hours, cost = (
                cleaned.get(f"{role.value}-{name}") for name in ("people", "hours", "cost")
            )
            if any(f"{role.value}-{name}" in self.errors for name in ("people", "hours", "cost")):
                continue
            if people and hours:
                lines.append(LineData(role, people, hours, cost))
            elif people or hours or cost is not None:
                missing = "people" if not people else "hours"
                self.add_error(
                    f"{role.value}-{missing}", f"{words}: enter people and hours, or leave all empty."
                )
        return {**cleaned, "lines": lines}


def _line_fields(words: str, line: LineData | None) -> dict[str, forms.Field]:
    typing = {"inputmode": "decimal", "autocomplete": "off"}
    made: dict[str, forms.Field] = {
        "people": forms.IntegerField(
            label="People", min_value=1, max_value=9_999, initial=line.people if line else None
        ),
        "hours": forms.DecimalField(
            label="Hours in all",
            min_value=0,
            max_digits=8,
            decimal_places=2,
            initial=line.hours if line else None,
        ),
        "cost": forms.DecimalField(
            label="Cost in £",
            min_value=0,
            max_digits=12,
            decimal_places=2,
            initial=line.cost if line else None,
        ),
    }
    for name, field in made.items():
        field.required = False
        # No "(optional)" at each of twenty-one fields: the page says what may be left out.
        field.needed_at_times = True  # type: ignore[attr-defined]  # read by parts/field.html
        field.widget = forms.TextInput(attrs={**typing, "aria-label": f"{words}: {field.label}"})
        field.error_messages["invalid"] = f"{words}: “{name}” is a number."
    return made


class ArrestForm(PlainForm):
    result = _choice("What came of it", RESULT_LABELS)
    decided_on = _day("Day of this result")
    offence = _choice("Group of offences", OFFENCE_LABELS)
    on_purpose = forms.ChoiceField(
        label="Was it for the purpose of this deployment's authority?",
        choices=YES_NO,
        widget=forms.RadioSelect,
    )
    reason = _words(WHY, at_times=True)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_version"].initial = version
        if not version:
            del self.fields["reason"]


class CaseForm(PlainForm):
    """What every case is entered with."""

    deployment = forms.CharField(
        label="Reference of the deployment",
        help_text="If it is about one.",
        required=False,
        max_length=40,
    )
    own_reference = OwnReferenceField(label=OWN_REFERENCE, help_text=OF_CASE, required=False, max_length=40)

    def clean_deployment(self) -> UUID | None:
        typed = " ".join(self.cleaned_data["deployment"].split())
        if not typed or "\0" in typed:
            return None
        try:
            return deployments.get_by_reference(reference=typed).id
        except NotFound as unknown:
            raise forms.ValidationError("Your force has no deployment with this reference.") from unknown


class ComplaintForm(CaseForm):
    field_order = ("received_on", "how", "about", "deployment", "alert_number", "own_reference", "summary")

    received_on = _day("Received on")
    how = _choice("How it came", HOW_LABELS)
    about = _choice("What it is about", ABOUT_LABELS)
    alert_number = forms.IntegerField(
        label="Number of the alert", help_text="If it is about one.", required=False, min_value=1
    )
    summary = _words(ABOUT_WHAT)


class BreachForm(CaseForm):
    field_order = ("kind", "became_aware_at", "risk", "deployment", "own_reference", "summary")

    kind = _choice("What kind it is", BREACH_LABELS)
    became_aware_at = _moment(
        "When the force became aware of it",
        "From then the 72 hours are counted, within which the Commissioner is told.",
    )
    risk = _choice("Risk to people", RISK_LABELS)
    summary = _words(HAPPENED, required=True)

    def clean_became_aware_at(self) -> datetime | None:
        return _aware(self.cleaned_data["became_aware_at"])


class RequestForm(CaseForm):
    field_order = ("kind", "received_on", "deployment", "own_reference", "summary")

    kind = _choice("What is asked", REQUEST_LABELS)
    received_on = _day("Received on", "From then the time for an answer is counted.")
    summary = _words(ABOUT_WHAT)


class DoneForm(PlainForm):
    """What was done about a breach so far; it shows what stands there now."""

    risk = _choice("Risk to people", RISK_LABELS)
    ico_told_at = _moment("When the Commissioner was told", required=False)
    ico_reason = _words(ICO_REASON, at_times=True, rows=2)
    people_told = forms.ChoiceField(
        label="Were the people concerned told?",
        choices=[("", "Not decided yet"), *YES_NO],
        widget=forms.RadioSelect,
        required=False,
    )
    people_reason = _words(PEOPLE_REASON, at_times=True, rows=2)
    measures = _words(MEASURES, "Needed before it is closed.", at_times=True)

    def clean_ico_told_at(self) -> datetime | None:
        return _aware(self.cleaned_data["ico_told_at"])


class StepForm(PlainForm):
    """One step of a case, with words."""

    step = forms.ChoiceField(label="What happens now", widget=forms.RadioSelect)
    words = _words(WORDS, "Of a result: what was found.", at_times=True)

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = steps  # type: ignore[attr-defined]  # a ChoiceField


class ComplaintStepForm(StepForm):
    """`asks_part`: it is about no deployment, so that whoever ends it says that they had no part in it."""

    no_part = forms.BooleanField(
        label="I had no part in what this complaint is about",
        help_text="Needed for a result and when it was withdrawn. It is stored with your name.",
        required=False,
    )

    def __init__(self, *args: Any, asks_part: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_part = asks_part
        if asks_part:
            self.fields["no_part"].needed_at_times = True  # type: ignore[attr-defined]  # as in _line_fields
        else:
            del self.fields["no_part"]

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if self.asks_part and sent.get("step") in ENDS:
            try:
                check_no_part(sent.get("no_part", False))
            except RuleViolated as refused:
                self.add_error("no_part", list(refused.reasons))
        return sent


class RequestStepForm(StepForm):
    field_order = ("step", "answer", "answered_on", "words")

    answer = _choice("Result of the answer", ANSWER_LABELS, required=False)
    answered_on = _day("Day of the answer", "Of an answer only.", required=False)


class NoneForm(PlainForm):
    kinds = forms.MultipleChoiceField(
        label="Of what there was none",
        choices=[(kind.value, CASE_WORDS[kind]) for kind in CaseKind],
        widget=forms.CheckboxSelectMultiple,
    )
    first = _day("First day")
    last = _day("Last day")

    def __init__(self, *args: Any, has_deployment: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_deployment:
            del self.fields["first"], self.fields["last"]
