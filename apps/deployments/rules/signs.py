"""When a sign has to be looked at again (domain.md §2: "re-checked on a timer"). No database, no clock.

The interval is a setting of the force. A look that is older keeps recognition from starting and from going on
after a suspension; while it runs, everybody is told, and after twice the interval it stops by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.core.wording import say_duration, say_list
from apps.deployments.data_day import SignData
from apps.forces.data import ForceData


def interval(force: ForceData) -> timedelta:
    return timedelta(minutes=force.sign_check_minutes)


def overdue(looks: Iterable[SignData], *, now: datetime) -> tuple[str, ...]:
    """The approaches at which nobody has looked within the interval. One that failed is another matter."""
    return tuple(look.approach for look in looks if look.due_at is not None and look.due_at <= now)


def abandoned(looks: Iterable[SignData], *, every: timedelta, now: datetime) -> tuple[str, ...]:
    """Those overdue for as long again: recognition stops by itself."""
    return tuple(look.approach for look in looks if look.due_at is not None and look.due_at + every <= now)


def reasons(late: Iterable[str], *, every: timedelta) -> list[str]:
    """Why it cannot start or go on, one sentence for each sign."""
    within = say_duration(every)
    return [f"Nobody has looked at the sign at {name} within {within}. Look at it again." for name in late]


def due_words(late: Iterable[str], *, every: timedelta) -> str:
    """A sentence for everybody while recognition runs; empty when every sign was looked at in time."""
    names = list(late)
    if not names:
        return ""
    return (
        f"Look at the signs again: nobody has within {say_duration(every)} at {say_list(names)}. After "
        f"{say_duration(2 * every)} recognition stops by itself."
    )


def stopped_words(names: Iterable[str], *, every: timedelta) -> str:
    """The reason of the suspension."""
    return f"Nobody has looked at the signs within {say_duration(2 * every)}: {say_list(list(names))}."
