"""What the oversight app gives to others and to its pages: frozen values (domain.md §8, question 25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    QUESTION = "question"
    RECOMMENDATION = "recommendation"


class QuestionState(StrEnum):
    PUT = "put"
    ANSWERED = "answered"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class RecommendationState(StrEnum):
    MADE = "made"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    NOT_ACCEPTED = "not_accepted"
    # The force says so; the body has not looked yet.
    REPORTED_DONE = "reported_done"
    DONE = "done"
    NOT_DONE = "not_done"
    WITHDRAWN = "withdrawn"


class Publication(StrEnum):
    """Of a recommendation: beside its state, since it goes on after it was published."""

    INSIDE = "inside"
    PUBLIC = "public"


@dataclass(frozen=True)
class EntryData:
    """One step of the history, never changed. `by` is a name, or rank and pseudonym (ADR 14)."""

    step: str
    words: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class MatterData:
    """A question or a recommendation of the oversight body, with everything that became of it.

    `number` runs within its kind and force. `deployment_id` is None where it is about no one deployment;
    `first` and `last` are the days that a recommendation is about, or None. `text` is what the body wrote;
    `reply` the latest of the force, empty before it. `entries` are in order.
    """

    id: UUID
    kind: Kind
    number: int
    state: QuestionState | RecommendationState
    state_words: str
    text: str
    due_on: date
    put_at: datetime
    reply: str
    replied_at: datetime | None
    deployment_id: UUID | None
    reference: str
    first: date | None
    last: date | None
    published_at: datetime | None
    waits_for_force: bool
    waits_for_body: bool
    entries: tuple[EntryData, ...]

    @property
    def name(self) -> str:
        return f"{self.kind.capitalize()} {self.number}"

    @property
    def is_open(self) -> bool:
        return self.waits_for_force or self.waits_for_body

    def is_late(self, today: date) -> bool:
        """The force has not answered, and the day that was proposed for it is over (London days)."""
        return self.waits_for_force and not self.reply and today > self.due_on
