"""Conditions of an approval (domain.md §2): each is tracked until it is met, and no start before that."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.errors import RuleViolated

MOST_CONDITIONS = 20
MIN_CONDITION = 10
MOST_CONDITION = 500


@dataclass(frozen=True)
class ConditionData:
    """One condition. It is open until somebody says when and how it was met, or its approval lapsed."""

    id: UUID
    deployment_id: UUID
    number: int
    text: str
    set_by: str
    set_at: datetime
    met_by: str = ""
    met_at: datetime | None = None
    note: str = ""
    lapsed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.lapsed_at is None

    @property
    def is_unmet(self) -> bool:
        """Open, or lapsed with its approval before anybody met it."""
        return self.met_at is None


def cleaned(texts: Iterable[str]) -> tuple[str, ...]:
    """One line each, without empty ones. Raises RuleViolated for too many, too short or too long ones."""
    found = tuple(words for words in (" ".join(text.split()) for text in texts) if words)
    reasons = []
    if len(found) > MOST_CONDITIONS:
        reasons.append(f"Give at most {MOST_CONDITIONS} conditions.")
    if len(set(found)) != len(found):
        reasons.append("A condition is there twice. Give each once.")
    reasons += [
        f"Say in at least {MIN_CONDITION} characters what has to be done: “{text}” says too little."
        for text in found
        if len(text) < MIN_CONDITION
    ]
    if any(len(text) > MOST_CONDITION for text in found):
        reasons.append(f"A condition has at most {MOST_CONDITION} characters. Make two of it.")
    if reasons:
        raise RuleViolated(reasons, code="conditions")
    return found


def open_conditions(conditions: Collection[ConditionData]) -> list[str]:
    """What keeps recognition from starting, in words."""
    return [
        f"Condition {each.number} of the approval is not met yet: {each.text.rstrip('.')}."
        for each in conditions
        if each.is_open
    ]
