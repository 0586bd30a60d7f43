from __future__ import annotations

from typing import Any

from django import forms

from apps.core.errors import RuleViolated
from apps.core.plain_forms import PlainForm
from apps.integration.policies import check_reason
from apps.integration.webhook_data import EVENT_WORDS, Event, WebhookWish
from apps.integration.webhooks import address_problem, hosts_words


class WebhookForm(PlainForm):
    """What a new webhook is for. Which hosts may be told is for the operation to say."""

    use_required_attribute = False

    name = forms.CharField(
        label="Name of the webhook",
        max_length=100,
        help_text="For example the system that is told.",
        error_messages={"required": "Give the webhook a name."},
    )
    url = forms.CharField(
        label="Address of the receiver",
        max_length=300,
        help_text="It starts with https://, without a name, a password or a question mark in it.",
        error_messages={"required": "Write the address of the receiver."},
    )
    events = forms.MultipleChoiceField(
        label="What it is told",
        widget=forms.CheckboxSelectMultiple,
        choices=[(event.value, words) for event, words in EVENT_WORDS.items()],
        error_messages={"required": "Choose what it is told."},
    )
    reason = forms.CharField(
        label="Why it is needed",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays in the audit record.",
        error_messages={"required": "Write why it is needed."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].help_text += f" {hosts_words()}"

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        if problem := address_problem(url):
            raise forms.ValidationError(problem)
        return url

    def wish(self) -> WebhookWish:
        """Of a valid form."""
        found = self.cleaned_data
        return WebhookWish(
            name=found["name"],
            url=found["url"],
            events=frozenset(Event(event) for event in found["events"]),
            reason=found["reason"],
        )


class EndForm(PlainForm):
    use_required_attribute = False

    reason = forms.CharField(
        label="Why it is ended",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why it is ended."},
    )

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        try:
            check_reason(reason)
        except RuleViolated as refused:
            raise forms.ValidationError(list(refused.reasons)) from refused
        return reason
