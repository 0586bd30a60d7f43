"""How the casework of one deployment stands, for its own page: a line each, in four queries."""

from __future__ import annotations

from uuid import UUID

from apps.alerts import api as alerts
from apps.casework.models import Complaint, HoursVersion
from apps.casework.page_data import Afterwards
from apps.casework.states import OPEN_COMPLAINTS
from apps.casework.summaries import latest_results


def afterwards(*, deployment_id: UUID) -> Afterwards:
    hours = HoursVersion.objects.filter(deployment_id=deployment_id).exists()
    arrests = alerts.arrests(deployment_ids=[deployment_id])[deployment_id]
    results = latest_results([deployment_id])[deployment_id]
    states = list(Complaint.objects.filter(deployment_id=deployment_id).values_list("state", flat=True))
    return Afterwards(
        hours="recorded" if hours else "not recorded yet",
        arrests=_arrests(len(arrests), sum(number not in results for number in arrests)),
        complaints=_complaints(len(states), sum(state in OPEN_COMPLAINTS for state in states)),
    )


def _arrests(total: int, without: int) -> str:
    if not total:
        return "no arrest"
    if not without:
        return f"{total} recorded"
    return f"{without} of {total} not recorded yet"


def _complaints(total: int, still_open: int) -> str:
    if not total:
        return "none recorded"
    if not still_open:
        return f"{total}, none open"
    return f"{total}, of which {still_open} {'is' if still_open == 1 else 'are'} open"
