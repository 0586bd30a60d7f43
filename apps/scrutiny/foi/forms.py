"""Which fields are withheld: one choice and one reason for each section of the Act that is used."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.core.plain_forms import PlainForm
from apps.scrutiny.exports import files
from apps.scrutiny.exports.report import Report
from apps.scrutiny.foi.withholding import EXEMPTIONS, LEAST_REASON, SUGGESTED, WEIGHED, Withheld, fields_of

GIVEN = "given"
CHOICES = [(GIVEN, "Given"), *EXEMPTIONS.items()]


class FoiForm(PlainForm):
    """`why_N` is the reason for all fields withheld under section N."""

    def __init__(self, report: Report, data: Any = None) -> None:
        super().__init__(data)
        self.of = fields_of(report)
        for field in self.of:
            self.fields[_name(field.key)] = forms.ChoiceField(
                label=field.words, choices=CHOICES, initial=SUGGESTED.get(field.key, GIVEN)
            )
        for section, words in EXEMPTIONS.items():
            weighed = " How was the public interest weighed?" if section in WEIGHED else ""
            self.fields[f"why_{section}"] = forms.CharField(
                label=f"{words}: why",
                help_text=f"If a field is withheld under it. It is given out with the answer.{weighed}",
                required=False,
                max_length=2_000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        self.fields["reference"] = forms.CharField(
            label="The force's own reference of the request", max_length=60
        )
        self.fields["form"] = forms.ChoiceField(
            label="Kind of file", choices=[(name, name.upper()) for name in files.TYPES]
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for section in {cleaned.get(_name(field.key)) for field in self.of} - {GIVEN, None}:
            if len(str(cleaned.get(f"why_{section}") or "").strip()) < LEAST_REASON:
                self.add_error(
                    f"why_{section}",
                    f"Say why fields are withheld under section {section}, in {LEAST_REASON} "
                    "letters at least.",
                )
        return cleaned

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """Of a valid form."""
        chosen = ((field.key, self.cleaned_data[_name(field.key)]) for field in self.of)
        return tuple(
            Withheld(key, section, self.cleaned_data[f"why_{section}"])
            for key, section in chosen
            if section != GIVEN
        )

    @property
    def groups(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The choices by answer, for the page."""
        found: dict[int, list[forms.BoundField]] = {}
        for field in self.of:
            found.setdefault(int(field.key.partition(".")[0]), []).append(self[_name(field.key)])
        return list(found.items())

    @property
    def reasons(self) -> list[forms.BoundField]:
        return [self[f"why_{section}"] for section in EXEMPTIONS]


def _name(key: str) -> str:
    return f"field_{key.replace('.', '_')}"
