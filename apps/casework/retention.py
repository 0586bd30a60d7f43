"""Casework's row of the retention table: it goes by the force's years, like the records it belongs to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.casework.models import (
    ArrestResult,
    Case,
    CaseStep,
    Complaint,
    DataBreach,
    HoursLine,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.forces import api as forces

DATA_CLASS = "casework"
SHOWN = 20
CASES: dict[str, type[Case]] = {"complaints": Complaint, "breaches": DataBreach, "requests": RightsRequest}


def keep() -> timedelta:
    """By the years in force now, as for the membership register (ADR 11); never a day short of them."""
    years = forces.get_force(force_id=current_force_id()).authority_years
    return timedelta(days=-(-years * 1461 // 4))


def _hours(until: datetime) -> QuerySet[HoursVersion]:
    """Versions of a deployment whose latest is as old: what was corrected stays as long as its correction."""
    newer = HoursVersion.objects.filter(deployment_id=OuterRef("deployment_id"), recorded_at__gt=until)
    return HoursVersion.objects.filter(~Exists(newer), recorded_at__lte=until)


def _results(until: datetime) -> QuerySet[ArrestResult]:
    newer = ArrestResult.objects.filter(
        deployment_id=OuterRef("deployment_id"),
        alert_number=OuterRef("alert_number"),
        recorded_at__gt=until,
    )
    return ArrestResult.objects.filter(~Exists(newer), recorded_at__lte=until)


def _statements(until: datetime) -> QuerySet[NoneStatement]:
    return NoneStatement.objects.filter(recorded_at__lte=until)


def _closed(model: type[Case], until: datetime) -> QuerySet[Case]:
    return model._default_manager.filter(closed_at__lte=until)


def due_count(now: datetime) -> int:
    until = now - keep()
    records = (_hours(until), _results(until), _statements(until))
    return sum(each.count() for each in records) + sum(
        _closed(model, until).count() for model in CASES.values()
    )


@transaction.atomic
def purge_due(now: datetime) -> list[PurgeResult]:
    """Delete what is past its years. A case that is open is kept: its years begin when it is closed."""
    kept_for = keep()
    until = now - kept_for
    hours = dict(_hours(until).values_list("id", "recorded_at"))
    results = dict(_results(until).values_list("id", "recorded_at"))
    statements = dict(_statements(until).values_list("id", "recorded_at"))
    cases: dict[str, dict[UUID, datetime]] = {
        name: {row.id: row.closed_at for row in _closed(model, until) if row.closed_at is not None}
        for name, model in CASES.items()
    }
    times = [at for found in (hours, results, statements, *cases.values()) for at in found.values()]
    if not times:
        return []
    HoursLine.objects.filter(version_id__in=hours).delete()
    counts = {
        "hours": _delete(HoursVersion.objects.filter(id__in=hours)),
        "arrests": _delete(ArrestResult.objects.filter(id__in=results)),
        "statements": _delete(NoneStatement.objects.filter(id__in=statements)),
    }
    for name, model in CASES.items():
        CaseStep.objects.filter(case_id__in=cases[name]).delete()
        counts[name] = _delete(model._default_manager.filter(id__in=cases[name]))
    _record(counts, now)
    return [PurgeResult(DATA_CLASS, current_force_id(), counts, min(times) + kept_for)]


def _delete(rows: QuerySet) -> int:  # type: ignore[type-arg]  # of any of the models above
    return int(rows.delete()[0])


def _record(counts: dict[str, int], now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="casework purge"),
        verb="casework.deleted",
        object_type="casework",
        object_id=current_force_id(),
        payload=counts,
        now=now,
    )


def verify(now: datetime) -> list[str]:
    """One line for each of the first rows that should be gone and are not; and for steps of no case."""
    until = now - keep()
    left = [f"hours {row}: past their years" for row in _ids(_hours(until))]
    left += [f"result of an arrest {row}: past its years" for row in _ids(_results(until))]
    left += [f"statement {row}: past its years" for row in _ids(_statements(until))]
    for name, model in CASES.items():
        left += [f"{name}: {row} is past its years" for row in _ids(_closed(model, until))]
    orphans = CaseStep.objects.all()
    for model in CASES.values():
        orphans = orphans.exclude(Exists(model._default_manager.filter(id=OuterRef("case_id"))))
    return left + [f"step {row} of no case" for row in _ids(orphans)]


def _ids(rows: QuerySet) -> list[object]:  # type: ignore[type-arg]  # of any of the models above
    return list(rows.values_list("id", flat=True)[:SHOWN])


def held(ids: Collection[UUID]) -> set[UUID]:
    """Deployments that something here is about: their record stays until it has gone (ADR 23)."""
    found: set[UUID] = set()
    models: tuple[type[Model], ...] = (HoursVersion, ArrestResult, NoneStatement, *CASES.values())
    for model in models:
        rows = model._default_manager.filter(deployment_id__in=ids)
        found |= set(rows.order_by().values_list("deployment_id", flat=True))
    return found


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_(
                "Hours and cost of a deployment, what came of arrests, complaints, breaches and requests:"
                " by number, without anybody's name"
            ),
            kept=_("By the schedule of the force: %(span)s, from the day on which it was entered or closed"),
            setting="authority_years",
            source="docs/domain.md §8 (16, 21, 23); the force's setting authority_years",
            models=tuple(
                f"casework.{name}"
                for name in (
                    "HoursVersion", "HoursLine", "ArrestResult", "Complaint", "DataBreach", "RightsRequest",
                    "CaseStep", "NoneStatement",
                )
            ),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="nothing of casework past its years is left, and no step of a case that is gone",
            counted_from="The last entry about it, or the closing of a case. A case that is open stays.",
            destroyed_how="The rows are deleted, with every earlier version.",
            elsewhere=retention.READABLE,
        )
    )  # fmt: skip
    retention.exempt("casework.CaseCounter", "The last number of each class, so that none is given twice.")
    deployments.goes_along(deployments.Companion(name="casework", forget=lambda ids, now: {}, held=held))
