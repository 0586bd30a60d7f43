"""Settings as a form: one field a setting. What is allowed is for settings.py to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from apps.forces import settings
from apps.forces.settings import Kind, Setting


class LinesField(forms.CharField):
    """A list, one thing a line; empty lines do not count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]


class DocumentsField(LinesField):
    """One a line: a title, a space, an address."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return "\n".join(f"{title} {address}" for title, address in value)
        return value

    def clean(self, value: Any) -> Any:
        found = []
        for line in super().clean(value):
            title, _, address = line.rpartition(" ")
            found.append([title.strip(), address])
        return found


def _field(setting: Setting) -> forms.Field:
    common: dict[str, Any] = {"label": setting.label, "help_text": setting.help, "required": False}
    match setting.kind:
        case Kind.NUMBER:
            words = settings.number_words(setting)
            return forms.IntegerField(
                **{**common, "label": f"{setting.label} ({setting.unit})", "required": True},
                widget=forms.NumberInput(attrs={"min": setting.low, "max": setting.high}),
                error_messages={"required": words, "invalid": words},
            )
        case Kind.FLAG:
            return forms.BooleanField(**common)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                **common,
                widget=forms.CheckboxSelectMultiple,
                choices=[(code, words) for code, words in (setting.choices or {}).items()],
                error_messages={"invalid_choice": f"{setting.label}: choose from the list only."},
            )
        case Kind.LINES:
            return LinesField(**common)
        case Kind.DOCUMENTS:
            return DocumentsField(**common)
        case Kind.TEXT:
            return forms.CharField(**common)


class SettingsForm(forms.Form):
    """`chosen` are the settings on it; `values` what they are now."""

    def __init__(
        self, data: Any, *, chosen: Iterable[Setting], values: Mapping[str, Any], **options: Any
    ) -> None:
        self.chosen = tuple(chosen)
        super().__init__(data, initial={each.key: values[each.key] for each in self.chosen}, **options)
        for setting in self.chosen:
            self.fields[setting.key] = _field(setting)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for setting in self.chosen:
            if setting.key in cleaned and (found := settings.problems({setting.key: cleaned[setting.key]})):
                for reason in found[setting.key]:
                    self.add_error(setting.key, reason)
        return cleaned

    @property
    def typed(self) -> dict[str, Any]:
        """What stands in the fields of a form that was sent, right or wrong; cleaned where it is right."""
        right = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return {each.key: right.get(each.key, self[each.key].value()) for each in self.chosen}

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, of the settings on this form. Only on a valid one."""
        return {setting.key: self.cleaned_data[setting.key] for setting in self.chosen}
