"""How often it was wrong (domain.md §7). The board, the record, the published results, their exports and the
suspension by the rate all take their figures from here, so that there is one answer.

Plain: what was counted comes in as values. Rates are of the deployment, never of a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.alerts.data import AlertSummary
from apps.recognition import api as recognition


@dataclass(frozen=True)
class Rate:
    """`numerator` of `denominator`. Published with both numbers, since a share without its n proves
    nothing. Raises ValueError unless 0 <= numerator <= denominator.
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(
                f"expected 0 <= numerator <= denominator, got {self.numerator} of {self.denominator}"
            )

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None when there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval95(self) -> tuple[float, float] | None:
        """The exact two-sided 95% interval of the share (Clopper-Pearson): honest also for few trials and
        for none that failed."""
        if not self.denominator:
            return None
        found = recognition.exact_rate(self.numerator, self.denominator)
        return found.low, found.high

    @property
    def words(self) -> str:
        """For a page: both numbers, the share and its interval, never more precise than the numbers allow."""
        if self.share is None or self.interval95 is None:
            return "none to count"
        low, high = self.interval95
        return (
            f"{self.numerator:,} of {self.denominator:,} ({_percent(self.share)}; "
            f"exact 95% interval {_percent(low)} to {_percent(high)})"
        )


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if 0 < share < 0.995 else f"{100 * share:.0f}%"


@dataclass(frozen=True)
class FalseAlerts:
    """`of_alerts` is the rate to lead with: of the alerts of which somebody found out whether they were
    right, so many were wrong. Whatever was not resolved is in no part of it, for counted as "not wrong" it
    would make the platform look better than anybody knows. `of_tracks` is the one usually quoted.

    False is what an operator called not a match, or an officer found to be somebody else;
    `confirmed_of_tracks` has the latter alone, which recognition is stopped by. Those of tracks are None
    where no tracks were counted, or fewer than false alerts: a fault of the counters is no rate.
    """

    of_alerts: Rate
    of_tracks: Rate | None
    confirmed_of_tracks: Rate | None


def false_alert_rates(summary: AlertSummary, *, tracks: int) -> FalseAlerts:
    """`tracks`: one person passing one camera, a broken track twice. Decoys and alerts about the Blue List of
    an operational day are in no number of `summary`."""
    return FalseAlerts(
        of_alerts=Rate(summary.false, summary.resolved),
        of_tracks=_of_tracks(summary.false, tracks),
        confirmed_of_tracks=_of_tracks(summary.confirmed_false, tracks),
    )


def say_left_out(*, unresolved: int, alerts: int) -> str:
    """For a page, beside `of_alerts`; empty where nothing is left out."""
    if not unresolved:
        return ""
    are, they = ("is", "it was") if unresolved == 1 else ("are", "they were")
    return (
        f"{unresolved:,} of all {alerts:,} alerts {are} not in this rate: "
        f"nobody has found out whether {they} right."
    )


def _of_tracks(false: int, tracks: int) -> Rate | None:
    return Rate(false, tracks) if tracks and false <= tracks else None
