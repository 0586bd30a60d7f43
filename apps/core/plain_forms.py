"""Forms whose errors name the field: in the summary above a form, "This field is required" says nothing."""

from __future__ import annotations

from typing import Any

from django import forms

# Of Django's field classes, before any form had words of its own.
KINDS: tuple[tuple[type[forms.Field], str], ...] = (
    (forms.EmailField, "“{label}” is no e-mail address. Write it like name@force.example."),
    (forms.DateTimeField, "“{label}” is no date and time."),
    (forms.DateField, "“{label}” is no date of the calendar."),
    (forms.TimeField, "“{label}” is no time. Write it like 14:30."),
    (forms.IntegerField, "“{label}” must be a whole number."),
)
LIMITS = {
    "min_length": "“{label}” needs at least %(limit_value)d characters; it has %(show_value)d.",
    "max_length": "“{label}” may have at most %(limit_value)d characters; it has %(show_value)d.",
    "min_value": "“{label}” must be %(limit_value)s or more.",
    "max_value": "“{label}” must be %(limit_value)s or less.",
}


def name_the_fields(form: forms.BaseForm) -> None:
    """Words that name the field, wherever a field still has Django's own."""
    for name, field in form.fields.items():
        label = str(field.label or name.replace("_", " ").capitalize()).replace("%", "%%")
        plain = {code: words.format(label=label) for code, words in LIMITS.items()}
        plain["required"] = _missing(field).format(label=label)
        plain["invalid_choice"] = f"“{label}”: choose from the list."
        kind = next((words for kind, words in KINDS if isinstance(field, kind)), "")
        if kind:
            plain["invalid"] = kind.format(label=label)
        for code, words in plain.items():
            if field.error_messages.get(code) == _djangos(field, code):
                # "%%" is undone only where a message has parameters.
                has_parameters = code in LIMITS or code == "invalid_choice"
                field.error_messages[code] = words if has_parameters else words.replace("%%", "%")


def _missing(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return "Tick “{label}”."
    return "Choose “{label}”." if isinstance(field, forms.ChoiceField) else "Fill in “{label}”."


def _djangos(field: forms.Field, code: str) -> Any:
    """None for a limit: Django keeps its words in the validator, and the field's come first."""
    for kind in type(field).__mro__:
        words = getattr(kind, "default_error_messages", {}).get(code)
        if words is not None:
            return words
    return None


class PlainForm(forms.Form):
    def full_clean(self) -> None:
        # As late as this: by now a form has changed the labels that it changes.
        name_the_fields(self)
        super().full_clean()
