"""What happened on the day, as the decision log and the audit tell it: pauses, and Blue List passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from apps.deployments.data import DecisionData
from apps.notices.data import Pause
from apps.scrutiny.texts import Event, reason_field

SUSPEND = "suspend"
GOES_ON = frozenset({"resume", "end", "end_at_window_close", "revoke"})


def pauses(
    decisions: Iterable[DecisionData], *, texts: Mapping[str, str], ended_at: datetime | None
) -> tuple[Pause, ...]:
    """From each suspension to what ended it, oldest first, with the reasons of `texts`: without names."""
    found: list[Pause] = []
    since: DecisionData | None = None
    for decision in decisions:
        if decision.kind == SUSPEND:
            since = decision
        elif since is not None and decision.kind in GOES_ON:
            until = decision.decided_at
            # Noticed later by the sweep: the window had ended it.
            found.append(_pause(since, min(until, ended_at) if ended_at else until, texts))
            since = None
    if since is not None:
        found.append(_pause(since, None, texts))
    return tuple(found)


def _pause(since: DecisionData, until: datetime | None, texts: Mapping[str, str]) -> Pause:
    return Pause(since.decided_at, until, texts[reason_field(since.reasons)])


def passes_of(events: Iterable[Event]) -> int | None:
    """How often people of the Blue List walked past a camera, by the review; None where nobody counted."""
    reviews = [event.payload for event in events if event.verb == "deployment.reviewed"]
    passes: int | None = reviews[-1].get("blue_list_passes") if reviews else None
    return passes
