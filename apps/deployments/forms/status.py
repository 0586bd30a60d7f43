"""Whether people are still wanted, and signatures for one person."""

from __future__ import annotations

from django import forms

from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.forms.lists import OneFileField
from apps.deployments.rules.policies import MIN_DECISION_REASON
from apps.watchlists.status import COLUMNS, MAX_STATUS_BYTES

MOST_PEOPLE = 100_000
SIGN, REFUSE = "sign", "refuse"


class StatusFileForm(forms.Form):
    """A file of the system that knows."""

    use_required_attribute = False

    file = OneFileField(
        label="CSV file",
        help_text=(
            f"The columns {', '.join(COLUMNS)}. A status is wanted, not wanted or unknown; a time is such as"
            " 2026-01-31T10:00+00:00."
        ),
        required=True,
        allow_empty_file=True,
        error_messages={"required": "Choose the file."},
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    whole = forms.BooleanField(
        label="The file names everybody: whoever is not in it comes off the list",
        required=False,
    )
    at_most = forms.IntegerField(
        label="How many people may come off the list by this file",
        help_text="Whoever comes off cannot be put back. With a wrong file this number stops it.",
        min_value=0,
        max_value=MOST_PEOPLE,
        initial=0,
        error_messages={"required": "Enter a number, 0 if nobody is expected to come off."},
    )

    def clean_file(self) -> bytes:
        sent = self.cleaned_data["file"]
        if sent is None:
            raise forms.ValidationError("Choose the file.")
        if sent.size > MAX_STATUS_BYTES:
            raise forms.ValidationError(f"The file is over {MAX_STATUS_BYTES // 1024**2} MB.")
        content: bytes = sent.read()
        return content


class SignForm(forms.Form):
    """`subject` and `seen` say which entry was on the page, as it was."""

    use_required_attribute = False

    subject = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label="Your decision about this person",
        widget=forms.RadioSelect,
        choices=[
            (SIGN, "I sign: this person may be on this list"),
            (REFUSE, "I refuse: this person is taken off the list now"),
        ],
        error_messages={"required": "Choose whether you sign."},
    )
    reason = ReasonField(
        label="Why",
        minimum=MIN_DECISION_REASON,
        rows=4,
        help_text=f"At least {MIN_DECISION_REASON} characters. {NAME_NOBODY}",
        error_messages={"required": "Write why."},
    )
