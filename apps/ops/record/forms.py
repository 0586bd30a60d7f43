from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from apps.audit import api as audit
from apps.core.clock import LONDON
from apps.core.plain_forms import PlainForm
from apps.ops.record.words import no_such_person

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
YEARS = "Choose a day from 2000 to 2100."


def _day(label: str) -> forms.DateField:
    # Beyond these no event can be, and the day after the last one of the calendar does not exist.
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "min": str(FIRST_DAY), "max": str(LAST_DAY)}),
        validators=[MinValueValidator(FIRST_DAY, YEARS), MaxValueValidator(LAST_DAY, YEARS)],
    )


def _word(label: str, *, hint: str = "", length: int = 80) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=hint)


class FilterForm(forms.Form):
    """What of the record is looked for. Days are of the London calendar, both included.

    `named` adds what only somebody may search who reads names.
    """

    since = _day("From")
    until = _day("To")
    person = _word("Person who did it", hint="A name or part of one, or the code beside a role.")
    verb = _word(
        "What was done",
        hint="The code, or how it begins: sign_in. finds every sign-in that failed or was unlocked, "
        "deployment. everything done to deployments.",
    )
    object_type = _word("Kind of thing", hint="Exactly: for example deployment, alert or user.")
    object_id = _word("Its id", hint="All of it, or the code of a person: what was done to them.")
    reason = _word("Words in the reason", length=200)

    def __init__(self, *args: Any, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not named:
            del self.fields["reason"]
            self.fields["person"].label = "Code of a person"
            self.fields["person"].help_text = "The code beside a role, for example P-67E162CD. All of it."
        self.named = named

    def clean_person(self) -> str:
        person: str = self.cleaned_data["person"]
        if person and not self.named and (wrong := no_such_person(person)):
            raise forms.ValidationError(wrong)
        return person

    def clean_verb(self) -> str:
        return str(self.cleaned_data["verb"]).strip().lower()

    def clean_object_id(self) -> UUID | None:
        text: str = self.cleaned_data["object_id"]
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            people = audit.people_behind(text)
        if not people:
            raise forms.ValidationError(
                "Type an id of 32 digits and letters a to f, or the code of a person."
            )
        return people[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first one.")
        return cleaned

    def filters(self) -> audit.Filters:
        """Of a valid form."""
        found = self.cleaned_data
        until = found["until"]
        return audit.Filters(
            since=_midnight(found["since"]),
            to=_midnight(until + timedelta(days=1) if until else None),
            person=found["person"],
            verb=found["verb"],
            object_type=found["object_type"],
            object_id=found["object_id"],
            reason=found.get("reason", ""),
        )

    def as_query(self) -> dict[str, str]:
        """What was filled in, for links and for the form of an export."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=LONDON) if day else None


class ExportForm(PlainForm):
    kind = forms.ChoiceField(
        label="What to download",
        widget=forms.RadioSelect,
        initial="csv",
        choices=[
            ("csv", "What the search found, as a table (CSV)"),
            ("json", "What the search found, for a program (JSON)"),
            ("chain", "The whole record with its anchors, for somebody outside to verify"),
        ],
    )
    export_reason = forms.CharField(
        label="Why is the record exported?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="At least 10 characters. It goes on record with your name.",
    )
