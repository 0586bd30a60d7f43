"""How people looked at what recognition asked: "not this person" by how similar it was, and decoys.

Numbers of a deployment, without a face, a template or a person: what a threshold is judged by later
(pitfalls: "not this person" feeds calibration).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from apps.alerts.data import AlertState, Outcome
from apps.alerts.decoys import DecoySummary, decoy_summary
from apps.alerts.models import Alert, AlertOutcome
from apps.alerts.queries import Counted

BAND = 0.05


@dataclass(frozen=True)
class Band:
    """Alerts whose cosine similarity is from `low` to below `high`; what is not in the three is undecided,
    expired or without an outcome."""

    low: float
    high: float
    alerts: int
    not_this_person: int
    confirmed_false: int
    confirmed_true: int


@dataclass(frozen=True)
class Looking:
    """`bands` from the threshold upwards, only those with an alert."""

    threshold: float | None = None
    bands: tuple[Band, ...] = ()
    decoys: DecoySummary = field(default_factory=lambda: DecoySummary(0, 0, 0, 0, 0))


def looking(*, deployment_id: UUID) -> Looking:
    """In four queries. Volunteers of an operational day and decoys are in no band."""
    rows = Alert.objects.filter(deployment_id=deployment_id, decoy=False, counted_apart=False)
    found = list(rows.values_list("id", "state", "cosine_similarity", "threshold"))
    outcomes: dict[UUID, set[Outcome]] = defaultdict(set)
    for alert_id, outcome in AlertOutcome.objects.filter(alert__deployment_id=deployment_id).values_list(
        "alert_id", "outcome"
    ):
        outcomes[alert_id].add(Outcome(outcome))
    by_band: dict[int, list[Counted]] = defaultdict(list)
    for alert_id, state, similarity, over in found:
        # A hair more, so that 0.50 above 0.45 is not in the band below because of its binary digits.
        number = math.floor((similarity - over) / BAND + 1e-9)
        by_band[number].append(Counted(AlertState(state), outcomes[alert_id], apart=False, purged=False))
    threshold = found[0][3] if found else None
    return Looking(
        threshold=threshold,
        bands=tuple(_band(threshold or 0.0, number, by_band[number]) for number in sorted(by_band)),
        decoys=decoy_summary(deployment_id=deployment_id),
    )


def _band(threshold: float, number: int, alerts: list[Counted]) -> Band:
    return Band(
        low=round(threshold + number * BAND, 4),
        high=round(threshold + (number + 1) * BAND, 4),
        alerts=len(alerts),
        not_this_person=sum(each.state is AlertState.NOT_A_MATCH for each in alerts),
        confirmed_false=sum(Outcome.RELEASED_IDENTITY_WRONG in each.outcomes for each in alerts),
        confirmed_true=sum(each.is_true for each in alerts),
    )
