"""What the schedule has deleted of casework, by the time that it was about: the audit says it for good, in
counts and days and by nobody's name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.audit import api as audit
from apps.casework.data import CaseKind
from apps.casework.models import Complaint, DataBreach, NoneStatement, RightsRequest
from apps.core.clock import london
from apps.core.tenancy import current_force_id

DELETED = "casework.deleted"
# Of which days, in the event above: a list of (class, first, last, "case" or "statement").
ABOUT = "about"


@dataclass(frozen=True, slots=True)
class Gone:
    """Of one class over a time: cases that came in during it, and statements about any day of it that there
    were none."""

    cases: int = 0
    statements: int = 0


def days_of(statements: Collection[Any], cases: Mapping[str, Collection[Any]]) -> list[list[str]]:
    """What is written down as these (by their ids) are deleted. A statement about one deployment is not."""
    complaints = Complaint.objects.filter(id__in=cases["complaints"]).values_list("received_on", flat=True)
    breaches = DataBreach.objects.filter(id__in=cases["breaches"]).values_list("became_aware_at", flat=True)
    requests = RightsRequest.objects.filter(id__in=cases["requests"]).values_list("received_on", flat=True)
    days = [(CaseKind.COMPLAINT, day) for day in complaints]
    days += [(CaseKind.BREACH, london(at).date()) for at in breaches]
    days += [(CaseKind.REQUEST, day) for day in requests]
    stated = NoneStatement.objects.filter(id__in=statements, deployment_id__isnull=True)
    found = [[kind.value, str(day), str(day), "case"] for kind, day in days]
    found += [
        [str(kind), str(first), str(last), "statement"]
        for kind, first, last in stated.values_list("kind", "first", "last")
    ]
    return sorted(found)


def deleted_of_period(*, first: date, last: date) -> Mapping[CaseKind, Gone]:
    """Of the open force; a class of which nothing was deleted is left out. One query."""
    force_id = current_force_id()
    events = audit.events_of_each(object_ids=[force_id], verbs=(DELETED,)).get(force_id, [])
    found: dict[CaseKind, Gone] = {}
    for event in events:
        for kind, begin, end, what in (event.payload or {}).get(ABOUT, ()):
            if date.fromisoformat(begin) <= last and date.fromisoformat(end) >= first:
                so_far, case = found.get(CaseKind(kind), Gone()), what == "case"
                found[CaseKind(kind)] = Gone(so_far.cases + case, so_far.statements + (not case))
    return found
