"""Who is on this deployment, and who of them has the console open now. Plain; no number of anybody's work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.alerts import api as alerts
from apps.deployments.data import DutyData


@dataclass(frozen=True)
class OnDuty:
    """`there_since`: the console is open since then; None where it is not, or nobody can say."""

    duty: DutyData
    lapsed: bool
    there_since: datetime | None


def people_on_duty(
    duties: Sequence[DutyData],
    *,
    lapsed: Collection[DutyData],
    there: Sequence[alerts.Present] | None,
) -> tuple[OnDuty, ...]:
    """Whoever went off duty comes last."""
    since = {person.person_id: person.since for person in there or ()}
    people = [OnDuty(duty, duty in lapsed, since.get(duty.actor_id)) for duty in duties]
    return tuple(sorted(people, key=lambda person: person.duty.laid_down_at is not None))
