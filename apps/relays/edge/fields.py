"""Reading JSON messages of the relay's socket, whoever wrote them: every value of a known kind and range."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

MAX_SEQUENCE: Final = 2**63 - 1  # what a bigint of the database holds
MAX_CAPTURED_AT_US: Final = 253_402_300_799_999_999  # the end of the year 9999: what a datetime holds
MAX_CONTROL_BYTES: Final = 4096
MAX_REASON_CHARS: Final = 300
Word = TypeVar("Word", bound=StrEnum)


class WireError(ValueError):
    """A message not of this form. `code` is one word for counters; the text quotes nothing but numbers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def in_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise WireError("field", f"{name} must be within {low} and {high}, got {value}")


def read_word(kind: type[Word], value: object) -> Word:
    for word in kind:
        if word == value:
            return word
    raise WireError("field", f"not a word of {kind.__name__}")


def read_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise WireError("field", "a camera must be named by its UUID") from error


def read_object(text: str) -> dict[str, object]:
    if len(text) > MAX_CONTROL_BYTES:
        raise WireError("too_large", f"message over {MAX_CONTROL_BYTES} characters")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError("json", "message is not JSON") from error
    if not isinstance(values, dict):
        raise WireError("json", "message is no JSON object")
    return values


def read_integer_or_none(values: Mapping[str, object], name: str, low: int, high: int) -> int | None:
    return None if values.get(name) is None else read_integer(values, name, low, high)


def read_real(values: Mapping[str, object], name: str, low: float, high: float) -> float:
    value = values.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WireError("field", f"{name} must be a number")
    real_in_range(name, value, low, high)
    return float(value)


def real_in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # no comparison holds for NaN
        raise WireError("field", f"{name} must be within {low} and {high}")


def read_integer(values: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError("field", f"{name} must be a whole number")
    in_range(name, value, low, high)
    return value


def printable(text: str) -> str:
    """Return text from the other end as one line without control characters, cut to MAX_REASON_CHARS.

    It ends on an officer's terminal and in logs.
    """
    line = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * MAX_REASON_CHARS])
    return " ".join(line.split())[:MAX_REASON_CHARS]
