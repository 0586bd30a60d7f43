"""The alerts of one deployment in numbers and times, for the record: no face, no person, no free text."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.alerts.data import OPEN_STATES, UNBLINDED, AlertState, Outcome
from apps.alerts.models import Alert, AlertOutcome
from apps.core.tenancy import current_force_id


@dataclass(frozen=True)
class PastAlert:
    """One alert; decoys are none. `similarity` is None as long as an operator may still have to decide
    without knowing it (domain.md §5). `counted_apart`: about a volunteer of an operational day."""

    id: UUID
    number: int
    camera_id: UUID
    captured_at: datetime
    raised_at: datetime
    first_shown_at: datetime | None
    state: AlertState
    similarity: float | None
    threshold: float
    counted_apart: bool
    outcomes: tuple[Outcome, ...]
    identity_established_at: datetime | None
    purge_due_at: datetime
    purged_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def called_false_by(self) -> str:
        """Who found that it was false: "operator" or "officer"; empty where nobody did."""
        if self.state is AlertState.NOT_A_MATCH:
            return "operator"
        return "officer" if Outcome.RELEASED_IDENTITY_WRONG in self.outcomes else ""


def past_alerts(*, deployment_id: UUID) -> tuple[PastAlert, ...]:
    """By number, in two queries."""
    current_force_id()
    outcomes: defaultdict[UUID, list[Outcome]] = defaultdict(list)
    of_it = AlertOutcome.objects.filter(alert__deployment_id=deployment_id).order_by("recorded_at", "outcome")
    for alert_id, outcome in of_it.values_list("alert_id", "outcome"):
        outcomes[alert_id].append(Outcome(outcome))
    rows = Alert.objects.filter(deployment_id=deployment_id, decoy=False).order_by("number")
    return tuple(_past(row, tuple(outcomes[row.id])) for row in rows)


def _past(row: Alert, outcomes: tuple[Outcome, ...]) -> PastAlert:
    state = AlertState(row.state)
    told = state in UNBLINDED | {AlertState.EXPIRED}
    return PastAlert(
        id=row.id,
        number=row.number,
        camera_id=row.camera_id,
        captured_at=row.captured_at,
        raised_at=row.raised_at,
        first_shown_at=row.first_shown_at,
        state=state,
        similarity=row.cosine_similarity if told else None,
        threshold=row.threshold,
        counted_apart=row.counted_apart,
        outcomes=outcomes,
        identity_established_at=row.identity_established_at,
        purge_due_at=row.purge_due_at,
        purged_at=row.purged_at,
    )
