"""Whose years are over, and what goes with a deployment (ADR 23). Needs an open force context.

A deployment is over when nothing of it can happen any more; its years count from the last thing that did. The
database counts them, by its own clock and the settings of the force as they are now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from apps.core.tenancy import current_force_id, rows_of_force
from apps.deployments.models import DeletedDeployment, Deployment
from apps.watchlists import api as watchlists

# So many deployments go in one transaction.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Over:
    """A deployment whose years are over, since when, and from when they counted."""

    id: UUID
    closed_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Companion:
    """What an app above keeps of a deployment. It knows the deployment by its id, and goes with it.

    `held` are those of the deployments of which something is not deleted yet that must go first. `forget`
    deletes what the app has of them, in the transaction that deletes them, and says how much: by deployment,
    what and how many.
    """

    name: str
    forget: Callable[[Collection[UUID], datetime], Mapping[UUID, Mapping[str, int]]]
    held: Callable[[Collection[UUID]], Collection[UUID]] = lambda ids: ()


_companions: dict[str, Companion] = {}


def goes_along(companion: Companion) -> None:
    """Called by an app above from its `ready`. What has no companion stays, and keeps no deployment here."""
    if companion.name in _companions:
        raise ValueError(f"two companions called {companion.name}")
    _companions[companion.name] = companion


def companions() -> tuple[Companion, ...]:
    return tuple(_companions[name] for name in sorted(_companions))


def logs_over(now: datetime) -> list[Over]:
    """Deployments whose decision log may go, the earliest first, whether or not anything of it is left."""
    return _over("log_ends", now)


def records_over(now: datetime) -> list[Over]:
    """Deployments that are due and not held by anything that must go first."""
    found = _over("record_ends", now)
    held = held_of([each.id for each in found])
    return [each for each in found if each.id not in held]


def _over(ends: str, now: datetime) -> list[Over]:
    found = rows_of_force(
        f"SELECT id, closed_at, {ends} FROM deployments_over(%s, %s)"  # noqa: S608 - one of two constants
        f" WHERE {ends} <= deployments_schedule_clock(%s) ORDER BY {ends}, id",
        now,
        now,
    )
    return [Over(*row) for row in found]


def held_of(ids: Collection[UUID]) -> set[UUID]:
    """Pictures and lists have deadlines of hours: whatever kept one keeps the record that tells of it."""
    if not ids:
        return set()
    held = watchlists.not_purged(deployment_ids=ids)
    for companion in companions():
        held |= set(companion.held(ids))
    return held


def lock_over(found: Iterable[Over]) -> list[Over]:
    """Those that are still here, once every other scheduler has committed."""
    wanted = list(found)
    here = set(
        Deployment.objects.filter(id__in=[each.id for each in wanted])
        .select_for_update()
        .order_by("id")
        .values_list("id", flat=True)
    )
    return [each for each in wanted if each.id in here]


def delete_rows(function: str, ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """By a function of the owner, which counts the years once more: what went, by deployment."""
    if not function.isidentifier():
        raise ValueError("not the name of a function")
    found = rows_of_force(f"SELECT deployment_id, counts FROM {function}(%s, %s)", list(ids))  # noqa: S608 - a name
    return {row[0]: json.loads(row[1]) for row in found}


def told(counts: Mapping[str, int]) -> dict[str, int]:
    """Without what there was none of."""
    return {name: number for name, number in counts.items() if number}


def logs_deleted() -> list[UUID]:
    """Deployments that are here without their decision log."""
    current_force_id()
    found = Deployment.objects.filter(log_deleted_at__isnull=False)
    return list(found.values_list("id", flat=True))


def back_again() -> list[UUID]:
    """Deployments that were deleted and are here: a backup was restored."""
    current_force_id()
    found = Deployment.objects.filter(Exists(DeletedDeployment.objects.filter(id=OuterRef("id"))))
    return list(found.values_list("id", flat=True))


def forget_companions(ids: Collection[UUID], now: datetime) -> dict[UUID, dict[str, int]]:
    """Everything that the apps above have of these, and how much of each it was."""
    counts: dict[UUID, dict[str, int]] = {each: {} for each in ids}
    for companion in companions():
        for deployment_id, found in companion.forget(ids, now).items():
            counts[deployment_id] |= found
    return counts


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a sum over a time lacks: deployments that an officer had decided on. `began` of them had begun."""

    deployments: int = 0
    began: int = 0

    def __bool__(self) -> bool:
        return self.deployments > 0


def deleted_between(*, start: datetime, end: datetime, rehearsals: bool | None = None) -> Deleted:
    """By the start of the window, as periods are; of operations, of rehearsals, or of both. One query."""
    current_force_id()
    rows = DeletedDeployment.objects.filter(decided=True, window_start__gte=start, window_start__lt=end)
    if rehearsals is not None:
        rows = rows.filter(rehearsal=rehearsals)
    began = list(rows.values_list("began", flat=True))
    return Deleted(len(began), sum(began))


def deleted_page(*, force_id: UUID, reference: str) -> datetime | None:
    """When the public page of this reference was deleted, for anybody; None where there was none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deployments_deleted_page(%s, %s)", [force_id, reference])
        row = cursor.fetchone()
    return None if row is None else row[0]


def deleted_results(*, force_id: UUID) -> int:
    """How many uses with published results were deleted, for anybody: what sums of the others lack."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deployments_deleted_results(%s)", [force_id])
        (number,) = cursor.fetchone()
    return int(number)


def was_deleted(*, reference: str) -> datetime | None:
    """When the record of this reference was deleted; None where there was none."""
    current_force_id()
    rows = DeletedDeployment.objects.filter(reference=reference.upper())
    found: datetime | None = rows.values_list("deleted_at", flat=True).first()
    return found
