"""What the serializers share: a field that is not known is refused by name, an instant needs its offset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

NOT_KNOWN = "This field is not known."
# Outside these years somebody has mistyped, and a database cannot hold everything that a text can say.
YEARS = range(2000, 2101)


class StrictSerializer(serializers.Serializer):
    """Refuses what it does not know: a field with a slip in its name would otherwise count as not sent."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                raise serializers.ValidationError({name: [NOT_KNOWN] for name in unknown})
        return super().to_internal_value(data)


class InstantField(serializers.DateTimeField):
    """An instant as ISO 8601 text with its offset from UTC; given out in UTC."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", "ISO 8601 with its offset from UTC, in the years 2000 to 2100: 2026-12-10T10:00:00Z."
        )
        super().__init__(default_timezone=UTC, **options)

    def to_internal_value(self, value: Any) -> datetime:
        try:
            instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            instant = None
        if instant is None or "T" not in str(value).upper():
            raise serializers.ValidationError("Write a date and a time, such as 2026-12-10T10:00:00Z.")
        if instant.tzinfo is None:
            raise serializers.ValidationError("The offset from UTC is missing: end it with Z or +01:00.")
        if instant.year not in YEARS:
            raise serializers.ValidationError("The year must be from 2000 to 2100.")
        return instant.astimezone(UTC)


class TextField(serializers.CharField):
    """Words as they are, with the line ends of one kind: equal words must have an equal hash."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, "max_length": 10_000} | options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data)).replace("\r\n", "\n")


class BooleanField(serializers.BooleanField):
    """true or false, and none of the words that a form may send for it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumberField(serializers.IntegerField):
    """A number without a fraction, not the text of one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class NumberField(serializers.FloatField):
    """A number, not the text of one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(super().to_internal_value(data))
