from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms

from apps.audit import api as audit
from apps.core.clock import LONDON


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _word(label: str, *, hint: str = "", length: int = 80) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=length, help_text=hint)


class FilterForm(forms.Form):
    """What of the record is looked for. Days are of the London calendar, both included.

    `named` adds what only somebody may search who reads names.
    """

    since = _day("From")
    until = _day("To")
    person = _word("Person", hint="A name or part of one.")
    verb = _word("What was done", hint="For example deployment.approved.")
    object_type = _word("Kind of thing", hint="For example deployment, alert or user.")
    object_id = forms.UUIDField(
        label="Its id", required=False, error_messages={"invalid": "An id has 32 digits and letters a to f."}
    )
    reason = _word("Words in the reason", length=200)

    def __init__(self, *args: Any, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not named:
            del self.fields["reason"]
            self.fields["person"].label = "Id of a person"
            self.fields["person"].help_text = "The code beside a role. Names are not shown."

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


class ExportForm(forms.Form):
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
