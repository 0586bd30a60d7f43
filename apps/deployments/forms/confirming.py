"""What is typed about an approval that was given: its confirmation, and how its conditions were met."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django import forms
from django.utils.html import format_html

from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.rules.policies import MIN_DECISION_REASON, MIN_SHORT_REASON


class Confirmation(StrEnum):
    CONFIRM = "confirm"
    REFUSE = "refuse"


LABELS = {
    Confirmation.CONFIRM: "Confirm the urgent approval",
    Confirmation.REFUSE: "Refuse it afterwards",
}


class ConfirmationForm(forms.Form):
    use_required_attribute = False

    choice = forms.ChoiceField(
        label="What do you decide?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you decide.", "invalid_choice": "Choose what you decide."},
    )
    reasons = ReasonField(
        label="Your reasons",
        help_text=(
            f"At least {MIN_DECISION_REASON} characters. They are kept with the record and read by whoever "
            f"looks into it later. {NAME_NOBODY}"
        ),
        error_messages={"required": "Write your reasons."},
    )

    def __init__(self, *args: Any, consequences: dict[Confirmation, str], **kwargs: Any) -> None:
        """`consequences` has what follows each choice."""
        super().__init__(*args, **kwargs)
        choices = [
            (
                choice.value,
                format_html(
                    '<strong>{}</strong><br><span class="soft">{}</span>',
                    LABELS[choice],
                    consequences[choice],
                ),
            )
            for choice in Confirmation
        ]
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class ConditionForm(forms.Form):
    """Which condition comes with the button."""

    use_required_attribute = False

    note = ReasonField(
        minimum=MIN_SHORT_REASON,
        rows=2,
        label="How it was met",
        help_text=f"What was done, and how anybody can see that it was. {NAME_NOBODY}",
        error_messages={"required": "Write how it was met."},
    )
