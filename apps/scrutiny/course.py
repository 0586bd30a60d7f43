"""What happened on the day, as the decision log and the audit tell it: pauses, passes, old words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import zip_longest

from apps.deployments.api import CHECKED_AGAIN, ENDS_A_SUSPENSION, GREW_OLD
from apps.deployments.data import DecisionData
from apps.notices.data import Pause
from apps.scrutiny.data import StatusOld
from apps.scrutiny.texts import Event, reason_field

SUSPEND = "suspend"


def pauses(
    decisions: Iterable[DecisionData],
    *,
    texts: Mapping[str, str],
    causes: Mapping[datetime, str],
    ended_at: datetime | None,
) -> tuple[Pause, ...]:
    """From each suspension to what ended it, oldest first, with the reasons of `texts`: without names.

    `causes` are the kinds of reason by the moment of the suspension.
    """
    decided = tuple(decisions)
    suspensions = [decision for decision in decided if decision.kind == SUSPEND]
    going_on = [decision.decided_at for decision in decided if decision.kind in ENDS_A_SUSPENSION]
    found: list[Pause] = []
    for since in suspensions:
        until = next((at for at in going_on if at >= since.decided_at), None)
        # Noticed later by the sweep: the window had ended it.
        ended = min(until, ended_at) if until and ended_at else until
        cause = causes.get(since.decided_at, "")
        found.append(Pause(since.decided_at, ended, texts[reason_field(since.reasons)], cause))
    return tuple(found)


def causes_of(events: Iterable[Event]) -> dict[datetime, str]:
    """The kind of reason of each suspension, by its moment; without those from before kinds were kept."""
    suspended = [event for event in events if event.verb == "deployment.suspended"]
    return {event.at: event.payload["cause"] for event in suspended if "cause" in (event.payload or {})}


def old_status_of(events: Iterable[Event], *, ended_at: datetime | None) -> tuple[StatusOld, ...]:
    """When recognition ran while somebody's status had not been checked in time, oldest first."""
    noted = [event for event in events if event.verb in (GREW_OLD, CHECKED_AGAIN)]
    found = []
    for event, after in zip_longest(noted, noted[1:]):
        if event.verb == GREW_OLD:
            until = after.at if after is not None else ended_at
            # Noticed later by the sweep: the window had ended it.
            until = min(until, ended_at) if until and ended_at else until
            found.append(StatusOld(event.at, until, (event.payload or {})["people"]))
    return tuple(found)


def passes_of(events: Iterable[Event]) -> int | None:
    """How often people of the Blue List walked past a camera, by the review; None where nobody counted."""
    reviews = [event.payload for event in events if event.verb == "deployment.reviewed"]
    passes: int | None = reviews[-1].get("blue_list_passes") if reviews else None
    return passes
