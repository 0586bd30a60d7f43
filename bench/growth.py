"""Whether a series of measurements grows: robust lines, so that one sample at a bad moment says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

# Pairs of a long series grow with its square: it is thinned to so many points first.
MOST_POINTS = 200


@dataclass(frozen=True)
class Series:
    """`at` seconds since the start, `values` in `unit`, both of the same length."""

    name: str
    unit: str
    at: tuple[float, ...]
    values: tuple[float, ...]

    def after(self, seconds: float) -> Series:
        """Without what was measured before then: caches fill and connections open in the first minutes."""
        kept = [(at, value) for at, value in zip(self.at, self.values, strict=True) if at >= seconds]
        return Series(self.name, self.unit, tuple(a for a, _ in kept), tuple(v for _, v in kept))

    @property
    def slope(self) -> float:
        """Units a second: the median of the slopes between all pairs (Theil and Sen)."""
        step = max(1, -(-len(self.at) // MOST_POINTS))
        points = list(zip(self.at[::step], self.values[::step], strict=True))
        slopes = [(b - a) / (t - s) for (s, a), (t, b) in combinations(points, 2) if t > s]
        return median(slopes) if slopes else 0.0

    @property
    def growth(self) -> float:
        """What the line gained from the first to the last measurement."""
        return self.slope * (self.at[-1] - self.at[0]) if self.at else 0.0

    @property
    def ratio(self) -> float:
        """Median of the last third ÷ median of the first third; 1.0 for fewer than three values."""
        third = len(self.values) // 3
        if not third:
            return 1.0
        first, last = median(self.values[:third]), median(self.values[-third:])
        return last / first if first else (1.0 if not last else float("inf"))


@dataclass(frozen=True)
class Tolerance:
    """A series grows when it gained more than `absolute` (in its unit) and more than `share` of its middle,
    and its last third lies above its first by more than `share`."""

    absolute: float
    share: float

    def exceeded_by(self, series: Series) -> bool:
        if len(series.values) < 3:
            return False
        middle = median(series.values)
        gained = series.growth > max(self.absolute, self.share * middle)
        return gained and series.ratio > 1 + self.share


def too_short(series: Sequence[Series], least: int) -> list[str]:
    """Names of series with fewer than `least` values: nothing can be said of them."""
    return [one.name for one in series if len(one.values) < least]
