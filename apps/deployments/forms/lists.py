"""Uploading a list, deciding on its report, discarding it. What a file may be is the watchlists' business."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, BinaryIO, cast

from django import forms
from django.utils.html import format_html

from apps.deployments.forms.deciding import NAME_NOBODY, ReasonField
from apps.deployments.rules.policies import MIN_SHORT_REASON
from apps.watchlists.data import ImportReport, UploadedList


class OneFileField(forms.FileField):
    """A file, or None. No label calls it optional: one way or the other something is sent."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        return super().clean(data, initial) if data else None


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; the cleaned value is a list of uploaded files."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFilesField, self).clean(each, initial) for each in files]


class UploadForm(forms.Form):
    """A ZIP, or a CSV with pictures. That it is one of the two is said with everything else wrong with it."""

    use_required_attribute = False

    archive = OneFileField(
        label="ZIP file",
        help_text="With watchlist.csv and a folder called pictures.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )
    csv = OneFileField(
        label="CSV file",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    pictures = ManyFilesField(
        label="Pictures",
        help_text="All that the CSV file names. You can choose many at once.",
        allow_empty_file=True,
        max_length=255,
        widget=ManyFilesInput(attrs={"accept": "image/*"}),
    )

    def uploaded(self) -> UploadedList:
        """Of a valid form. The files stay in memory: nothing is written to disk."""
        sent = self.cleaned_data
        return UploadedList(
            csv=cast(BinaryIO | None, sent["csv"]),
            pictures=[(each.name, cast(BinaryIO, each)) for each in sent["pictures"]],
            archive=cast(BinaryIO | None, sent["archive"]),
        )


class MorePicturesForm(forms.Form):
    """Further pictures for the upload on the page."""

    use_required_attribute = False

    job = forms.UUIDField(widget=forms.HiddenInput)
    archive = OneFileField(
        label="ZIP file of pictures",
        help_text="With a folder called pictures, and no list.",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )
    pictures = ManyFilesField(
        label="Pictures",
        help_text="Named as in their rows. A picture that was refused is replaced by one of the same name.",
        allow_empty_file=True,
        max_length=255,
        widget=ManyFilesInput(attrs={"accept": "image/*"}),
    )

    def uploaded(self) -> UploadedList:
        """Of a valid form. The files stay in memory: nothing is written to disk."""
        sent = self.cleaned_data
        return UploadedList(
            pictures=[(each.name, cast(BinaryIO, each)) for each in sent["pictures"]],
            archive=cast(BinaryIO | None, sent["archive"]),
        )


class Choice(StrEnum):
    ALL = "all"
    WITHOUT = "without"
    DISCARD = "discard"


class ReportForm(forms.Form):
    """What to do with a checked upload. `job` says which report was read."""

    job = forms.UUIDField(widget=forms.HiddenInput)
    accept_warnings = forms.BooleanField(
        label="I have looked at each picture with a warning and want them on the list", required=False
    )
    choice = forms.ChoiceField(
        label="What should happen with this upload?",
        widget=forms.RadioSelect,
        choices=[(choice.value, choice.value) for choice in Choice],
        error_messages={"required": "Choose what should happen with this upload."},
    )

    def offer(self, report: ImportReport, *, is_too_long: bool, may_look: bool) -> None:
        """Show what this report allows. What comes back is for the operation to refuse, in its own words.

        Whoever may not look at the pictures with a warning is not asked to say that they did.
        """
        self.fields["choice"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (choice.value, format_html('<strong>{}</strong><br><span class="soft">{}</span>', *words))
            for choice, words in _offers(report, is_too_long=is_too_long, may_look=may_look).items()
        ]
        if not report.warnings or not may_look:
            del self.fields["accept_warnings"]


def _offers(report: ImportReport, *, is_too_long: bool, may_look: bool) -> dict[Choice, tuple[str, str]]:
    offers: dict[Choice, tuple[str, str]] = {}
    possible = report.accepted_subjects > 0 and not is_too_long and not report.waits_for_person
    if possible and not report.refused and (may_look or not report.warnings):
        what = f"{_people(report.accepted_subjects)}, everybody in the file"
        offers[Choice.ALL] = ("Import all", f"{what}. If anything is wrong by then, nobody is imported.")
    if possible and (report.refused or report.warnings):
        left = "The refused rows are left out and stay on record with their reason."
        if report.warnings:
            unless = ", unless you accept the warnings" if may_look else ""
            left += f" Pictures with a warning are left out too{unless}."
        offers[Choice.WITHOUT] = ("Import without what is refused", left)
    offers[Choice.DISCARD] = (
        "Discard the upload",
        "It is deleted at once. You can upload another.",
    )
    return offers


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


class DiscardListForm(forms.Form):
    reason = ReasonField(
        label="Why you discard the list",
        minimum=MIN_SHORT_REASON,
        rows=3,
        help_text=f"At least {MIN_SHORT_REASON} characters. {NAME_NOBODY}",
        error_messages={"required": "Write why you discard the list."},
    )


class TakeBackForm(forms.Form):
    model_reason = ReasonField(
        label="Why you take the plan back",
        minimum=MIN_SHORT_REASON,
        rows=3,
        help_text=f"At least {MIN_SHORT_REASON} characters, for the authorising officer. {NAME_NOBODY}",
        error_messages={"required": "Write why you take the plan back."},
    )


class RemakeForm(forms.Form):
    """Nothing is typed; what stands against it is shown above the page."""


class SealForm(forms.Form):
    """Nothing is typed; what stands against it is shown above the page."""
