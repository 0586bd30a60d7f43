"""Webhooks: which events a force's own systems are told of, and in what form. No face, name or score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

# After a rotation both keys sign for so long, so that no receiver has to change at one instant.
KEYS_OVERLAP = timedelta(hours=24)
# Ten seconds after a failure, twice as long after each further one, an hour at most; then a person looks.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
MOST_ATTEMPTS = 15
# What nobody took for so long tells a control room nothing; and no outbox grows for ever.
GIVEN_UP_AFTER = timedelta(days=3)
MOST_WEBHOOKS = 10


class Event(StrEnum):
    RAISED = "alert.raised"
    DISPATCHED = "alert.dispatched"
    ENGAGED = "alert.engaged"
    OUTCOME = "alert.outcome"
    CLOSED = "alert.closed"
    ESCALATED = "alert.escalated"
    SUSPENDED = "deployment.suspended"
    RESUMED = "deployment.resumed"


# Sent by a press of a button only, to try a receiver.
PING = "ping"
EVENT_WORDS: Mapping[Event, str] = MappingProxyType(
    {
        Event.RAISED: "An alert was raised",
        Event.DISPATCHED: "An operator said match",
        Event.ENGAGED: "An engagement officer engages",
        Event.OUTCOME: "An outcome was recorded",
        Event.CLOSED: "It ended without a stop: no match, time over, not engaged",
        Event.ESCALATED: "An alert waits and nobody is there, or an engagement lasts long",
        Event.SUSPENDED: "Recognition was suspended",
        Event.RESUMED: "Recognition was resumed",
    }
)
# By the verb of the record. Decoys have verbs of their own and are told to nobody.
EVENT_OF: Mapping[str, Event] = MappingProxyType(
    {
        "alert.raised": Event.RAISED,
        "alert.operator_match": Event.DISPATCHED,
        "alert.engaged": Event.ENGAGED,
        "alert.outcome_recorded": Event.OUTCOME,
        "alert.identity_contradicted": Event.OUTCOME,
        "alert.operator_not_a_match": Event.CLOSED,
        "alert.second_operator_unsure": Event.CLOSED,
        "alert.unsure_lapsed": Event.CLOSED,
        "alert.expired": Event.CLOSED,
        "alert.not_engaged": Event.CLOSED,
        "alert.escalated": Event.ESCALATED,
        "alert.engagement_overdue": Event.ESCALATED,
        "deployment.suspended": Event.SUSPENDED,
        "deployment.resumed": Event.RESUMED,
    }
)


@dataclass(frozen=True)
class WebhookWish:
    name: str
    url: str
    events: frozenset[Event]
    reason: str


@dataclass(frozen=True)
class WebhookData:
    """A webhook without its secret. `waiting` and `dead` count what is not delivered."""

    id: UUID
    name: str
    url: str
    events: tuple[Event, ...]
    created_at: datetime
    created_by: str
    key_number: int
    failing_since: datetime | None
    last_problem: str
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    waiting: int = 0
    dead: int = 0
    last_delivered_at: datetime | None = None

    @property
    def state(self) -> str:
        if self.ended_at is not None:
            return "ended"
        return "failing" if self.failing_since is not None or self.dead else "valid"

    @property
    def words(self) -> list[str]:
        return [EVENT_WORDS[event] for event in self.events]


@dataclass(frozen=True)
class LastTest:
    """The latest test of a receiver. `ended_at` None: it is on its way. `problem` is why it was not
    acknowledged, empty otherwise."""

    sent_at: datetime
    ended_at: datetime | None
    problem: str


@dataclass(frozen=True)
class DeadLetter:
    """What was given up after the last attempt, or refused by the receiver."""

    id: UUID
    event: str
    created_at: datetime
    attempts: int
    last_problem: str


def wait_after(failures: int) -> timedelta:
    """How long the next attempt waits after so many failures in a row (1 or more)."""
    return min(FIRST_WAIT * 2 ** min(failures - 1, 12), LONGEST_WAIT)
