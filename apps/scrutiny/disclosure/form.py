"""Of which alert, and why."""

from __future__ import annotations

from django import forms

from apps.core.plain_forms import PlainForm
from apps.scrutiny.disclosure.policies import MIN_REASON, MOST_REASON

HIGHEST = 1_000_000


class DisclosureForm(PlainForm):
    alert = forms.IntegerField(
        label="Number of the alert",
        required=False,
        min_value=1,
        max_value=HIGHEST,
        help_text="As it stands on the console and on the receipt. Leave it empty for the whole deployment.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="Who asked for it, and what for",
        min_length=MIN_REASON,
        max_length=MOST_REASON,
        strip=True,
        help_text="For the audit record, for instance the unit and the case number. Do not name anybody.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
