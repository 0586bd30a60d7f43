"""When confirmed false alerts stop recognition (domain.md §2). Plain: what was counted comes in as values."""

from __future__ import annotations

from apps.deployments.rules.estimate import CEILING, lower_bound, one_in
from apps.deployments.rules.suspensions import Cause

# Two confirmed false alerts since the start, or since an officer looked into the earlier ones.
MOST_FALSE_ALERTS = 2
# One false alert among the first hundred people proves nothing.
FEWEST_TRACKS = 100


def judge(*, fresh: int, total: int, tracks: int) -> tuple[Cause, str] | None:
    """Why it must stop, with the reason in words; None while it may go on.

    `fresh` false alerts were confirmed since the start, or since an officer resumed after false alerts;
    `total` since the start; `tracks` is how many people passed. The lower 95 % bound of false alerts per
    track (Clopper-Pearson) is over the whole deployment, and is looked at where a fresh one was confirmed.
    """
    if fresh >= MOST_FALSE_ALERTS:
        return (
            Cause.FALSE_ALERTS,
            f"{fresh} alerts were confirmed as false: the people were not those they were taken for.",
        )
    if not fresh or tracks < FEWEST_TRACKS:
        return None
    low = lower_bound(total, tracks)
    if low <= CEILING:
        return None
    return (
        Cause.FALSE_ALERT_RATE,
        f"{total} of {tracks:,} people caused a false alert. With 95 % confidence that is more than one "
        f"person in {one_in(CEILING)}, the ceiling.",
    )
