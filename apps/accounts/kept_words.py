"""What somebody typed, in the words of the form that they typed it into: labels of its fields and choices.

Looked up when it is shown, in the module of the page's view: of the forms there, the one that fits best.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import Resolver404, resolve

from apps.accounts.kept import Kept


@dataclass(frozen=True, slots=True)
class Said:
    """One field: `name` and `value` are sent again, `label` and `words` are read."""

    name: str
    value: str
    label: str
    words: str


def in_words(kept: Kept) -> list[Said]:
    """As the form names it; without a form that knows the field, the name of the field as words."""
    fields = _fields_of(kept.path, {name for name, _ in kept.fields})
    return [
        Said(name, value, _label(name, fields), _words(value, fields.get(name)))
        for name, value in kept.fields
    ]


def _fields_of(path: str, names: Collection[str]) -> dict[str, forms.Field]:
    best: dict[str, forms.Field] = {}
    fits = 0
    for form in _forms_of(path):
        found = form.base_fields
        # Much in common, and little that was not sent: the fields of a form are mostly all sent.
        fit = 2 * len(names & found.keys()) - len(found.keys() - names)
        if fit > fits:
            best, fits = dict(found), fit
    return best


def _forms_of(path: str) -> Iterator[type[forms.Form]]:
    try:
        view = inspect.unwrap(resolve(path.partition("?")[0]).func)
    except Resolver404:
        return
    module = sys.modules.get(view.__module__)
    for found in vars(module).values() if module else ():
        if isinstance(found, type) and issubclass(found, forms.Form):
            yield found


def _label(name: str, fields: dict[str, forms.Field]) -> str:
    field = fields.get(name)
    return str((field and field.label) or name.replace("_", " ").capitalize())


def _words(value: str, field: forms.Field | None) -> str:
    if isinstance(field, forms.BooleanField):
        return "yes"
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices  # groups of choices are not used on our pages
        return str(dict(choices).get(value, value))
    return value
