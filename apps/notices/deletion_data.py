"""The public deletion clock: what is due to be deleted when, and what is proven to be gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from apps.notices.snapshots import instant, json_values


class DeletionState(StrEnum):
    NOTHING = "none"
    DONE = "done"
    DONE_LATE = "done-late"
    WAITING = "waiting"
    OVERDUE = "late"


# The purge runs every minute and looks again: what is proven within this is on time.
PUNCTUAL = timedelta(minutes=5)


@dataclass(frozen=True)
class DeletionStep:
    """One class of data on the public deletion clock: what, due when, done when.

    `due_at` None means that there was nothing of it. `done_at` is the time of the certificate, after somebody
    looked again; `simulated` when the clock of that purge was not the real one.
    """

    data_class: str
    title: str
    due_at: datetime | None
    done_at: datetime | None
    simulated: bool

    def state(self, now: datetime) -> DeletionState:
        if self.due_at is None:
            return DeletionState.NOTHING
        late = (self.done_at or now) > self.due_at + PUNCTUAL
        if self.done_at is None:
            return DeletionState.OVERDUE if late else DeletionState.WAITING
        return DeletionState.DONE_LATE if late else DeletionState.DONE

    def snapshot(self) -> dict[str, Any]:
        """JSON values only."""
        return json_values(asdict(self))

    @classmethod
    def from_snapshot(cls, values: Mapping[str, Any]) -> DeletionStep:
        return cls(**{**values, **{name: instant(values[name]) for name in ("due_at", "done_at")}})
