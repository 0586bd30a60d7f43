"""How far a share that was counted may be from the truth.

Two cases are kept apart, and every ``Rates`` says which it is:

*Exact*: independent trials, as when each of many people passes once. Clopper and Pearson's bounds, from the
binomial distribution itself, no approximation.

*By people*: comparisons that share a person are alike. Then as many independent trials are looked for as
would scatter as much as these comparisons do, and the exact bounds are taken for that many (Korn and
Graubard's interval, with their correction for few people). Never more trials than were counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

Numbers = NDArray[np.float64]

CONFIDENCE = 0.95
# Each end of a two-sided interval leaves out this much.
TAIL = (1 - CONFIDENCE) / 2
# Fewer errors (or successes) than this do not show how alike comparisons of one person are.
ENOUGH = 10


class Method(StrEnum):
    EXACT = "exact binomial"
    BY_PEOPLE = "by people"


@dataclass(frozen=True)
class Rate:
    """``value`` = ``errors`` / ``trials``, with the two-sided 95 % interval from ``low`` to ``high``.

    ``effective`` is how many independent trials say as much. ``value`` is None where nothing was tried; the
    interval is then everything, 0 to 1.
    """

    errors: float
    trials: int
    value: float | None
    low: float
    high: float
    effective: float
    method: Method


@dataclass(frozen=True, eq=False)
class Rates:
    """One ``Rate`` for each threshold, as arrays; ``trials`` is the same for all."""

    errors: Numbers
    trials: int
    low: Numbers
    high: Numbers
    effective: Numbers
    method: Method

    @property
    def values(self) -> Numbers:
        """NaN where nothing was tried."""
        return self.errors / self.trials if self.trials else np.full(len(self.errors), np.nan)

    def at(self, row: int) -> Rate:
        errors = float(self.errors[row])
        return Rate(
            errors=errors,
            trials=self.trials,
            value=errors / self.trials if self.trials else None,
            low=float(self.low[row]),
            high=float(self.high[row]),
            effective=float(self.effective[row]),
            method=self.method,
        )


def upper_bound(errors: float, of: float) -> float:
    """The exact one-sided upper 95 % bound of a share of which ``errors`` in ``of`` independent trials were
    seen; 1 without trials. Numbers need not be whole (see ``effective``)."""
    if of <= 0 or errors >= of:
        return 1.0
    return float(betaincinv(errors + 1, of - errors, CONFIDENCE))


def lower_bound(errors: float, of: float) -> float:
    """The exact one-sided lower 95 % bound; 0 without errors or trials."""
    if of <= 0 or errors <= 0:
        return 0.0
    return float(betaincinv(errors, of - errors + 1, 1 - CONFIDENCE))


def exact_rate(errors: int, trials: int) -> Rate:
    """Independent trials, two-sided. Raises ValueError unless 0 <= errors <= trials."""
    if not 0 <= errors <= trials:
        raise ValueError(f"expected 0 <= errors <= trials, got {errors} of {trials}")
    low, high = _both_ends(np.array([float(errors)]), np.array([float(trials)]))
    value = errors / trials if trials else None
    return Rate(errors, trials, value, float(low[0]), float(high[0]), trials, Method.EXACT)


def true_recognition_rate(passes: int, recognised: int) -> Rate:
    """TRR of a day: of so many passes of consenting staff (the Blue List), so many were alerted rightly.

    The exact interval takes each pass for independent: the same person passing again and again says less.
    Raises ValueError unless 0 <= recognised <= passes; without passes there is no value.
    """
    return exact_rate(recognised, passes)


def rates_by_people(
    errors: Numbers, *, trials: int, variance: Numbers, people: int, units: float, always_capped: bool
) -> Rates:
    """Of comparisons that share people; arrays over thresholds.

    ``variance`` is that of the share, with what people have in common; ``people`` took part; ``units`` is how
    many of the comparisons share nothing that shows (one for each person, or for each pair of people): the
    most that counts while errors are too few to show how alike comparisons are, or always if
    ``always_capped``.
    """
    effective = np.zeros_like(errors)
    if trials and people > 1:
        share = errors / trials
        plain = share * (1 - share)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(variance > 0, plain / variance, np.inf)
        effective = np.minimum(found * _few_people(people), trials)
        few = np.minimum(errors, trials - errors) < ENOUGH
        effective = np.where(few | always_capped, np.minimum(effective, units), effective)
    share = errors / trials if trials else np.zeros_like(errors)
    low, high = _both_ends(share * effective, effective)
    return Rates(errors, trials, low, high, effective, Method.BY_PEOPLE)


def _few_people(people: int) -> float:
    """How much less a variance says that was itself estimated from few people, two at least (Korn and
    Graubard's ratio of t quantiles)."""
    return float((stdtrit(np.inf, 1 - TAIL) / stdtrit(people - 1, 1 - TAIL)) ** 2)


def _both_ends(errors: Numbers, of: Numbers) -> tuple[Numbers, Numbers]:
    """Two-sided bounds; everything from 0 to 1 where there were no trials."""
    some, right = of > 0, of - errors
    low, high = np.zeros_like(of), np.ones_like(of)
    above, below = some & (errors > 0), some & (right > 0)
    low[above] = betaincinv(errors[above], right[above] + 1, TAIL)
    high[below] = betaincinv(errors[below] + 1, right[below], 1 - TAIL)
    return low, high
