"""What people on duty type: a look at a sign, an entry of the log, whom to take off the list."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms

from apps.core.clock import london
from apps.core.languages import full_date
from apps.deployments.data_day import EngagementKind
from apps.deployments.forms.deciding import NAME_NOBODY
from apps.deployments.forms.fields import time_field
from apps.deployments.forms.lists import OneFileField
from apps.deployments.pages.labels_day import ENGAGEMENT_LABELS
from apps.deployments.planning.local_time import FIRST, NoSuchTime, instant_of
from apps.deployments.rules.policies import MIN_SHORT_REASON
from apps.watchlists.data import FoundPerson

STANDS, FAILED = "stands", "failed"
ONE_DAY = timedelta(days=1)
# "51.7951, -0.2086", as map applications copy it.
POSITION = re.compile(r"^\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$")


class SignForm(forms.Form):
    """One look at the sign of one approach."""

    use_required_attribute = False

    result = forms.ChoiceField(
        label="What you see",
        choices=[
            (STANDS, "It stands and can be read"),
            (FAILED, "It is missing, hidden or unreadable"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the sign stands."},
    )
    photograph = OneFileField(
        label="Photograph of the sign",
        help_text=(
            "Needed when the sign stands. Faces in it are made unrecognisable before it is stored; where "
            "that cannot be done, the photograph is not kept."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )
    position = forms.CharField(
        label="Position",
        required=False,
        max_length=60,
        help_text=(
            "Only if your camera does not write it into the photograph: latitude and longitude, for instance "
            "51.7951, -0.2086."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label="Note",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=f"Needed when it failed: at least {MIN_SHORT_REASON} characters. {NAME_NOBODY}",
    )

    def __init__(self, *args: Any, has_kept: bool = False, **kwargs: Any) -> None:
        """`has_kept`: a photograph of this person and approach is held from an earlier try."""
        super().__init__(*args, **kwargs)
        self._has_kept = has_kept

    def clean_position(self) -> tuple[float, float] | None:
        typed = self.cleaned_data["position"]
        if not typed:
            return None
        found = POSITION.match(typed)
        if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
            raise forms.ValidationError("Write the position as two numbers, for instance 51.7951, -0.2086.")
        return (float(found[1]), float(found[2]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("result") == STANDS
            and not cleaned.get("photograph")
            and not self._has_kept
            and "photograph" not in self.errors
        ):
            self.add_error("photograph", "Add a photograph of the sign where it stands.")
        note = " ".join(cleaned.get("note", "").split())
        if cleaned.get("result") == FAILED and len(note) < MIN_SHORT_REASON:
            self.add_error("note", "Write what is wrong with the sign, so that somebody can put it right.")
        return cleaned


class EngagementForm(forms.Form):
    kind = forms.ChoiceField(
        label="What it was",
        choices=[(kind.value, ENGAGEMENT_LABELS[kind]) for kind in EngagementKind],
        error_messages={"required": "Choose what it was."},
    )
    happened_on = forms.ChoiceField(
        label="Day",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the day.", "invalid_choice": "Choose today or yesterday."},
    )
    happened_at = time_field("Time", "For instance 10:30.", "Write when it was.")
    words = forms.CharField(
        label="What was said",
        widget=forms.Textarea(attrs={"rows": 4}),
        min_length=MIN_SHORT_REASON,
        max_length=2_000,
        help_text=f"What people asked or said, and what they were told. {NAME_NOBODY} Describe nobody.",
        error_messages={"required": "Write what was said."},
    )

    def __init__(self, *args: Any, now: datetime, opened_at: datetime | None, **kwargs: Any) -> None:
        """An entry is of today, or of yesterday where the log was open then."""
        super().__init__(*args, **kwargs)
        here = london(now)
        self._now, self._today = now, here.date()
        if opened_at is None or london(opened_at).date() == self._today:
            # Nothing to choose: one control less on a phone.
            del self.fields["happened_on"]
            return
        self.fields["happened_on"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (day.date().isoformat(), f"{said}, {full_date(day)}")
            for day, said in ((here, "Today"), (here - ONE_DAY, "Yesterday"))
        ]
        self.fields["happened_on"].initial = self._today.isoformat()

    def clean(self) -> dict[str, Any]:
        """`instant` is when it happened, where that can be said."""
        cleaned = super().clean() or {}
        day, clock = cleaned.get("happened_on", self._today.isoformat()), cleaned.get("happened_at")
        if not day or clock is None or "happened_on" in self.errors:
            return cleaned
        try:
            instant = instant_of(date.fromisoformat(day), clock, fold=FIRST)
        except NoSuchTime as never:
            self.add_error("happened_at", never.message)
            return cleaned
        if instant > self._now:
            self.add_error("happened_at", "This time is still to come. Write when it happened.")
        return {**cleaned, "instant": instant}


class FindForm(forms.Form):
    words = forms.CharField(
        label="Name or reference",
        max_length=100,
        help_text="The whole reference, or at least three letters of the name.",
        error_messages={"required": "Write a name or a reference."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RemoveForm(forms.Form):
    """Which of those found, and why."""

    person = forms.ChoiceField(
        label="Who comes off the list",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the person.", "invalid_choice": "Look for the person again."},
    )
    reason = forms.CharField(
        label="Why",
        min_length=MIN_SHORT_REASON,
        max_length=300,
        help_text="A few words are enough, for instance “arrested this morning”. Do not repeat the name.",
        error_messages={"required": "Write in a few words why."},
    )

    def __init__(self, *args: Any, found: Collection[FoundPerson], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (str(person.subject_id), f"{person.display_name} ({person.reference})") for person in found
        ]

    def subject(self) -> UUID:
        return UUID(self.cleaned_data["person"])
