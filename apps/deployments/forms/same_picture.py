"""Deciding which of two rows with one picture stays."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html

from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.rules.policies import MIN_SHORT_REASON
from apps.watchlists.data import Copied, Keep, PictureRepeat

MOST_LINES = 10**6


class LinesForm(forms.Form):
    """`job`, `first` and `second` say which two rows were on the page."""

    job = forms.UUIDField(widget=forms.HiddenInput)
    first = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_LINES)
    second = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_LINES)

    def lines(self) -> tuple[int, int]:
        return self.cleaned_data["first"], self.cleaned_data["second"]


class KeepForm(LinesForm):
    use_required_attribute = False

    choice = forms.ChoiceField(
        label="Which row stays?",
        widget=forms.RadioSelect,
        choices=[(each.value, each.value) for each in Keep],
        error_messages={"required": "Choose which row stays."},
    )
    reason = ReasonField(
        label="How you know",
        minimum=MIN_SHORT_REASON,
        rows=3,
        help_text=f"At least {MIN_SHORT_REASON} characters. {NAME_NOBODY}",
        error_messages={"required": "Write how you know."},
    )

    def offer(self, repeat: PictureRepeat) -> None:
        """The choices for these two rows, in words with their lines."""
        self.fields["choice"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (choice.value, format_html('<strong>{}</strong><br><span class="soft">{}</span>', *words))
            for choice, words in offers(repeat).items()
        ]


def offers(repeat: PictureRepeat) -> dict[Keep, tuple[str, str]]:
    first, second = repeat.lines
    out = "Line {} is left out. The person stays, with this picture and any others."
    found = {
        Keep.FIRST: (f"Line {first} stays", out.format(second)),
        Keep.SECOND: (f"Line {second} stays", out.format(first)),
        Keep.BOTH: ("They are two photographs", "Both stay, because somebody looked and saw a difference."),
        Keep.NEITHER: (
            "I cannot tell",
            "Both lines are left out. Without another picture the person is not listed.",
        ),
    }
    if repeat.how is Copied.EXACT:
        del found[Keep.BOTH]
    return found
