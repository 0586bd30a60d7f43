"""From counted comparisons to false alerts on a day, and to the threshold that keeps them rare.

A list of n templates (each picture of each person is one) compares everybody who passes n times for each
view of them that may alert. Of comparisons between different people so many came out alike at a threshold;
the exact bounds of that share are carried over to everybody who passes. One track for each passer-by is
assumed: broken tracks mean more comparisons, never fewer.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from apps.recognition.engine.evidence import ImpostorCount
from apps.recognition.engine.shots import ShotPolicy

from .intervals import CONFIDENCE, lower_bound, upper_bound

# domain.md §7: false alerts per passer-by that may not be exceeded.
CEILING = 1 / 1000
# How often one track is compared with the list when it may alert: the views before that cannot.
VIEWS_A_TRACK = ShotPolicy().max_shots - ShotPolicy().views_to_alert + 1


@dataclass(frozen=True)
class AlertShare:
    """Of people who pass, between ``low`` and ``high`` cause a false alert; ``basis`` bounds from above."""

    low: float
    high: float
    basis: ImpostorCount


@dataclass(frozen=True)
class Calibration:
    """The lowest recorded ``threshold`` that the evidence shows to keep the ceiling; None where none does.

    ``fewest`` to ``most`` false alerts are expected among ``footfall`` people at it, or, without an answer,
    at ``tried``, the highest threshold that was counted. ``needed`` comparisons without an error would do.
    """

    list_size: int
    footfall: int
    at_most: float
    threshold: float | None
    tried: float | None
    fewest: float | None
    most: float | None
    basis: ImpostorCount | None
    needed: int


def false_alert_share(
    counts: Collection[ImpostorCount], *, list_size: int, threshold: float, views: int = 1
) -> AlertShare | None:
    """Bounds, each with 95 % confidence; None where nothing was counted at the threshold or below it.

    ``list_size`` is in templates, ``views`` is how often each passer-by is compared with all of them: between
    once, which the lower bound takes, and so often.
    """
    # A higher threshold never lets more pass: what was counted below bounds from above, and vice versa.
    below = max((c for c in counts if c.threshold <= threshold), key=lambda c: c.threshold, default=None)
    above = min((c for c in counts if c.threshold >= threshold), key=lambda c: c.threshold, default=None)
    if below is None:
        return None
    low = 0.0 if above is None else lower_bound(*above.independent)
    high = upper_bound(*below.independent)
    return AlertShare(at_least_one(low, list_size), at_least_one(high, list_size * views), below)


def calibrate(
    counts: Collection[ImpostorCount], *, list_size: int, footfall: int, at_most: float = CEILING
) -> Calibration:
    """The threshold for at most ``at_most`` false alerts for each person who passes, in live recognition.

    Thresholds are tried from the highest down, and the first that fails ends the search, so that trying many
    does not weaken the 95 %. Raises ValueError for numbers that make no question.
    """
    if list_size < 1 or footfall < 1 or not 0 < at_most < 1:
        raise ValueError("a list and a footfall of one or more are needed, and a share between 0 and 1")
    needed = comparisons_needed(list_size=list_size * VIEWS_A_TRACK, ceiling=at_most)
    tried = sorted({count.threshold for count in counts}, reverse=True)
    shares = [false_alert_share(counts, list_size=list_size, threshold=t, views=VIEWS_A_TRACK) for t in tried]
    passed = 0
    for share in shares:
        if share is None or share.high > at_most:
            break
        passed += 1
    chosen = tried[passed - 1] if passed else None
    said = shares[max(0, passed - 1)] if shares else None
    return Calibration(
        list_size=list_size,
        footfall=footfall,
        at_most=at_most,
        threshold=chosen,
        tried=tried[0] if tried else None,
        fewest=None if said is None else said.low * footfall,
        most=None if said is None else said.high * footfall,
        basis=None if said is None else said.basis,
        needed=needed,
    )


def at_least_one(share: float, comparisons: int) -> float:
    """The chance of one false match or more in so many comparisons, precise for the smallest shares.

    Comparisons of one passer-by are alike (some people resemble many others). For a given share that makes
    somebody who resembles anybody rarer, never more frequent: as an upper bound this holds all the same.
    """
    return 1.0 if share >= 1 else -math.expm1(comparisons * math.log1p(-share))


def comparisons_needed(*, list_size: int, ceiling: float = CEILING) -> int:
    """How many comparisons without an error show that fewer than ``ceiling`` of passers-by cause an alert."""
    share = -math.expm1(math.log1p(-ceiling) / list_size)
    return math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-share))
