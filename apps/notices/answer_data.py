"""What the public reads of the oversight body's questions and recommendations: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AnswerKind(StrEnum):
    QUESTION = "question"
    RECOMMENDATION = "recommendation"


class Standing(StrEnum):
    """What the force said to a recommendation, then what the oversight body found."""

    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    NOT_ACCEPTED = "not_accepted"
    DONE = "done"
    NOT_DONE = "not_done"


@dataclass(frozen=True)
class AnswerData:
    """`number` runs within its kind and force. `reference` and `slug` are empty where no public notice is
    meant; `standing` is None for a question."""

    kind: AnswerKind
    number: int
    text: str
    reply: str
    asked_at: datetime
    replied_at: datetime
    standing: Standing | None = None
    reference: str = ""
    slug: str = ""
