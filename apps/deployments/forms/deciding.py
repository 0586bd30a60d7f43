"""What an authorising officer types. How long a reason must be is the policies' business."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.html import format_html

from apps.core.errors import RuleViolated
from apps.deployments.rules.conditions import ConditionData
from apps.deployments.rules.policies import MIN_DECISION_REASON, check_reason

# Beside every field that others read than those who work the deployment: redaction is a net, not a promise.
NAME_NOBODY = "Do not name anybody."


class ReasonField(forms.CharField):
    """Written reasons of a minimum length; padding does not count. A script counts along."""

    def __init__(self, *, minimum: int = MIN_DECISION_REASON, rows: int = 6, **options: Any) -> None:
        self.minimum = minimum
        attributes = {"rows": rows, "data-minimum": minimum}
        super().__init__(widget=forms.Textarea(attrs=attributes), **options)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text and not self.required:
            return text
        try:
            check_reason(text, minimum=self.minimum)
        except RuleViolated as short:
            raise forms.ValidationError(list(short.reasons)) from short
        return text


class Choice(StrEnum):
    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    RETURN = "return"
    REFUSE = "refuse"


CHOICE_LABELS = {
    Choice.APPROVE: "Approve",
    Choice.APPROVE_WITH_CONDITIONS: "Approve with conditions",
    Choice.RETURN: "Return to the planner",
    Choice.REFUSE: "Refuse",
}


class DecisionForm(forms.Form):
    """`seen` is the hash of the text on the page: an approval is of what was read (domain.md §2).

    Conditions of an approval before are chosen again by a tick each. Those that nobody met are ticked from
    the start, so that none is dropped unseen.
    """

    use_required_attribute = False

    choice = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide.", "invalid_choice": "Choose what you decide."},
    )
    earlier = forms.MultipleChoiceField(
        label="Conditions of the approval before, to be set again",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Those that were not met are ticked. What stays ticked is a condition of this approval.",
        error_messages={"invalid_choice": "Choose again: the conditions of the approval before changed."},
    )
    conditions = forms.CharField(
        label="Conditions",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=(
            "Only for an approval with conditions: one a line. Each is noted as met by somebody, with the "
            f"time and how, and recognition cannot start before. {NAME_NOBODY}"
        ),
    )
    reasons = ReasonField(
        label="Your reasons",
        help_text=(
            f"At least {MIN_DECISION_REASON} characters. They are kept with the record and read by whoever "
            f"looks into it later. {NAME_NOBODY}"
        ),
        error_messages={"required": "Write your reasons."},
    )

    def __init__(
        self,
        *args: Any,
        consequences: dict[Choice, str],
        earlier: Iterable[ConditionData] = (),
        **kwargs: Any,
    ) -> None:
        """`consequences` has the choices on offer, each with what happens next."""
        super().__init__(*args, **kwargs)
        self.fields["choice"].choices = list(_choices(consequences))  # type: ignore[attr-defined]  # a ChoiceField
        self.before = {str(each.id): each for each in earlier}
        if self.before:
            offered = self.fields["earlier"]
            offered.choices = [(key, each.text) for key, each in self.before.items()]  # type: ignore[attr-defined]
            offered.initial = [key for key, each in self.before.items() if each.is_unmet]
        else:
            del self.fields["earlier"]

    def clean(self) -> dict[str, Any]:
        """Conditions go with one choice: those that were typed are never lost by pressing another one."""
        cleaned: dict[str, Any] = super().clean() or {}
        typed = cleaned.get("conditions", "").strip() or cleaned.get("earlier")
        choice = cleaned.get("choice")
        if choice == Choice.APPROVE_WITH_CONDITIONS and not typed:
            self.add_error("conditions", "Write the conditions, one a line.")
        if choice == Choice.APPROVE and typed:
            self.add_error(
                "choice",
                "There are conditions. Choose “Approve with conditions”, or remove them. A tick is one too.",
            )
        return cleaned

    @property
    def condition_lines(self) -> tuple[str, ...]:
        """Of a valid form."""
        again = (self.before[key].text for key in self.cleaned_data.get("earlier", ()))
        return (*again, *self.cleaned_data["conditions"].splitlines())


def _choices(consequences: dict[Choice, str]) -> Iterable[tuple[str, str]]:
    for choice, words in consequences.items():
        label = format_html(
            '<strong>{}</strong><br><span class="soft">{}</span>', CHOICE_LABELS[choice], words
        )
        yield choice.value, label


class RevokeForm(forms.Form):
    use_required_attribute = False

    reasons = ReasonField(
        label="Why you take the approval back",
        help_text=(
            f"At least {MIN_DECISION_REASON} characters. They are kept with the record, and published if it "
            f"had started. {NAME_NOBODY}"
        ),
        error_messages={"required": "Write why you take the approval back."},
    )


class AcceptForm(forms.Form):
    """Nothing is typed: the hash that was shown comes with the button."""
