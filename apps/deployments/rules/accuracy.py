"""When confirmed false alerts stop recognition (domain.md §2). Plain: what was counted comes in as values."""

from __future__ import annotations

from apps.deployments.rules.estimate import CEILING, lower_bound, one_in
from apps.deployments.rules.suspensions import Cause

# Two confirmed false alerts since the start, or since an officer looked into the earlier ones.
MOST_FALSE_ALERTS = 2
# One false alert among the first hundred people proves nothing.
FEWEST_TRACKS = 100

# The same in words, for whoever commands.
STOPS_AT = (
    f"At {MOST_FALSE_ALERTS} alerts found false by an officer; or at one, where at least {FEWEST_TRACKS} "
    "tracks were counted and with 95% confidence (exact, one-sided) more than one track in "
    f"{one_in(CEILING)} led to such an alert."
)


def judge(*, fresh: int, total: int, tracks: int) -> tuple[Cause, str] | None:
    """Why it must stop, with the reason in words; None while it may go on.

    `fresh` false alerts were confirmed since the start, or since an officer resumed after false alerts;
    `total` of `tracks` since the start (alerts.api.false_alert_rates, as the board and the record have it):
    the rate is over the whole deployment, and is looked at where a fresh one was confirmed.
    """
    if fresh >= MOST_FALSE_ALERTS:
        return (
            Cause.FALSE_ALERTS,
            f"{fresh} alerts were confirmed as false: the people were not those they were taken for.",
        )
    if not fresh or not above_ceiling(false=total, tracks=tracks):
        return None
    return (
        Cause.FALSE_ALERT_RATE,
        f"{total} of {tracks:,} tracks caused an alert that an officer found to be false. With 95% "
        f"confidence (exact, one-sided) that is more than one in {one_in(CEILING)}, the ceiling.",
    )


def above_ceiling(*, false: int, tracks: int) -> bool:
    """Whether the exact one-sided lower 95% bound of `false` in `tracks` is above the ceiling; never among
    few tracks. The board says "above" by this too, so that it never says less than what stops."""
    return tracks >= FEWEST_TRACKS and lower_bound(false, tracks) > CEILING
