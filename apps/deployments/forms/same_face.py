"""Deciding who two identities with one face are."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html

from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.rules.policies import MIN_SHORT_REASON
from apps.watchlists.data import Settlement
from apps.watchlists.decisions import Case


class PairForm(forms.Form):
    """`job`, `first` and `second` say which pair was on the page."""

    job = forms.UUIDField(widget=forms.HiddenInput)
    first = forms.CharField(widget=forms.HiddenInput, max_length=64, strip=False)
    second = forms.CharField(widget=forms.HiddenInput, max_length=64, strip=False)

    def pair(self) -> tuple[str, str]:
        return self.cleaned_data["first"], self.cleaned_data["second"]


class SettleForm(PairForm):
    use_required_attribute = False

    choice = forms.ChoiceField(
        label="Who are they?",
        widget=forms.RadioSelect,
        choices=[(each.value, each.value) for each in Settlement],
        error_messages={"required": "Choose who they are."},
    )
    reason = ReasonField(
        label="How you know",
        minimum=MIN_SHORT_REASON,
        rows=3,
        help_text=f"At least {MIN_SHORT_REASON} characters. {NAME_NOBODY}",
        error_messages={"required": "Write how you know."},
    )

    def offer(self, case: Case) -> None:
        """The choices for this pair, in words with its two references."""
        self.fields["choice"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (choice.value, format_html('<strong>{}</strong><br><span class="soft">{}</span>', *words))
            for choice, words in offers(case).items()
        ]


def offers(case: Case) -> dict[Settlement, tuple[str, str]]:
    first, second = case.first.reference, case.second.reference
    only = "The rows of {} are left out, with all their pictures."
    same = "The pictures of both are listed as {}, with its name and reasons."
    found = {
        Settlement.ONLY_FIRST: (f"It is {first}; {second} is a mistake", only.format(second)),
        Settlement.ONLY_SECOND: (f"It is {second}; {first} is a mistake", only.format(first)),
        Settlement.SAME_FIRST: (f"One person, listed as {first}", same.format(first)),
        Settlement.SAME_SECOND: (f"One person, listed as {second}", same.format(second)),
        Settlement.TWO_PEOPLE: (
            "Two people who look alike",
            "Both are listed once a second person has looked and says so too.",
        ),
        Settlement.NEITHER: ("I cannot tell", "Both are left out, with all their pictures."),
    }
    if case.conflict.same_picture:
        del found[Settlement.TWO_PEOPLE]
    return found
