"""Values of a notice as JSON, which is how its row keeps them, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def json_values(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(dict(values), default=_iso))
    return found


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be part of a notice")
