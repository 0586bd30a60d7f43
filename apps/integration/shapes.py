"""The form of frozen values of other apps, for the API's description: a serializer made from a dataclass.

Only the description is made from it; what is sent is what those apps themselves write as JSON. A test
compares.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import EnumType
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from rest_framework import serializers

SIMPLE: dict[Any, type[serializers.Field]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    bool: serializers.BooleanField,
    UUID: serializers.UUIDField,
    datetime: serializers.DateTimeField,
    date: serializers.DateField,
}


@cache
def shape_of(kind: type, *, or_null: tuple[str, ...] = ()) -> type[serializers.Serializer]:
    """A serializer with the fields of a dataclass, nested ones included. Those of `or_null` may be null where
    the dataclass always has them."""
    hints = get_type_hints(kind)
    names = [each.name for each in dataclasses.fields(kind)]
    fields = {name: field_of(hints[name] | None if name in or_null else hints[name]) for name in names}
    return type(f"{kind.__name__}Serializer", (serializers.Serializer,), fields)


def field_of(hint: Any, **options: Any) -> serializers.Field:
    """Raises TypeError for what has no form in JSON here."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (only,) = [each for each in inner if each is not type(None)]
        return field_of(only, allow_null=True, **options)
    if origin in (tuple, list, Sequence):
        if len(inner) == 2 and inner[1] is not Ellipsis:  # a pair
            return serializers.ListField(child=field_of(inner[0]), min_length=2, max_length=2, **options)
        return _many(inner[0], options)
    if origin in (dict, Mapping):
        return serializers.DictField(child=field_of(inner[1]), **options)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return SHAPES.get(hint, shape_of)(hint)(**options)
    if isinstance(hint, EnumType):
        return serializers.CharField(**options)
    if hint is str:
        return serializers.CharField(allow_blank=True, **options)
    if hint in SIMPLE:
        return SIMPLE[hint](**options)
    raise TypeError(f"{hint} has no form in the API's description")


def _many(hint: Any, options: dict[str, Any]) -> serializers.Field:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return SHAPES.get(hint, shape_of)(hint)(many=True, **options)
    return serializers.ListField(child=field_of(hint), **options)


# Values that write themselves in another form than their fields.
SHAPES: dict[type, Any] = {}
