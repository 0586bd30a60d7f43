from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A reason not to start. `code` is stable; `message` says what is wrong and what to do."""

    code: str
    message: str
