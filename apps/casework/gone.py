"""What the schedule has deleted of casework, by the time that it was about: the audit says it in counts and
days and by nobody's name, as long as the force keeps the contents of its audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.audit import api as audit
from apps.casework.data import CaseKind
from apps.casework.models import (
    ArrestResult,
    Complaint,
    DataBreach,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
from apps.core.clock import london
from apps.core.tenancy import current_force_id

DELETED = "casework.deleted"
# Of which days, in the event above: a list of (class, first, last, "case" or "statement").
ABOUT = "about"
# Of which deployments.
HOURS_OF, RESULTS_OF = "hours_of", "results_of"


@dataclass(frozen=True, slots=True)
class Gone:
    """`cases` came in during a time, `statements` that there were none are about a day of it, by class.
    `hours_of` and `results_of`: deployments, of any time, whose hours or some of whose results of arrests."""

    cases: Mapping[CaseKind, int]
    statements: Mapping[CaseKind, int]
    hours_of: Collection[UUID]
    results_of: Collection[UUID]


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


def deployments_of(hours: Collection[Any], results: Collection[Any]) -> dict[str, list[str]]:
    """The same of these (by their ids)."""
    return {
        HOURS_OF: _deployments(HoursVersion.objects.filter(id__in=hours)),
        RESULTS_OF: _deployments(ArrestResult.objects.filter(id__in=results)),
    }


def _deployments(rows: QuerySet[Any]) -> list[str]:
    return sorted({str(each) for each in rows.values_list("deployment_id", flat=True)})


def deleted_of_period(*, first: date, last: date) -> Gone:
    """Of the open force. One query."""
    force_id = current_force_id()
    events = audit.events_of_each(object_ids=[force_id], verbs=(DELETED,)).get(force_id, [])
    told = [event.payload or {} for event in events]
    about = [
        (CaseKind(kind), what)
        for payload in told
        for kind, begin, end, what in payload.get(ABOUT, ())
        if date.fromisoformat(begin) <= last and date.fromisoformat(end) >= first
    ]
    of = {
        name: {UUID(each) for payload in told for each in payload.get(name, ())}
        for name in (HOURS_OF, RESULTS_OF)
    }
    return Gone(
        cases=Counter(kind for kind, what in about if what == "case"),
        statements=Counter(kind for kind, what in about if what == "statement"),
        **of,
    )
