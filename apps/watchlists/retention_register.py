"""The membership register's row of the retention table: it goes by the force's years (domain.md §6)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.forces import api as forces
from apps.watchlists.models import MembershipRegister

DATA_CLASS = "register"
SHOWN = 20


def keep() -> timedelta:
    """How long the open force keeps an entry after somebody's time on a list has ended.

    By the years in force now, not by those of the deployment's settings version: years of the schedule bind
    no deployment and apply at once (ADR 11), so that a force that shortens them deletes what is older, and
    one that is told to keep longer keeps what it still has. The row stores when that time ended.
    """
    return length(forces.get_force(force_id=current_force_id()).register_years)


def length(years: int) -> timedelta:
    """As for the audit: never a day short of the years."""
    return timedelta(days=math.ceil(years * 365.25))


def covers_from(now: datetime) -> datetime:
    """The register has everybody whose time on a list of this force ended after this instant.

    Not just the years from now: what was deleted while they were fewer does not come back. Nor from before
    the force came here, by its first settings or its oldest entry, whichever is earlier.
    """
    versions = sorted(forces.history(force_id=current_force_id()), key=lambda version: version.number)
    until = [version.at for version in versions[1:]] + [now]
    deleted = [
        end - length(version.values["register_years"]) for version, end in zip(versions, until, strict=True)
    ]
    oldest = MembershipRegister.objects.order_by("ends_at").values_list("listed_at", flat=True)[:1]
    came = min([*oldest, now, *(version.at for version in versions[:1])])
    return max([*deleted, came])


def _due(now: datetime) -> QuerySet[MembershipRegister]:
    return MembershipRegister.objects.filter(ends_at__lte=now - keep())


def due_count(now: datetime) -> int:
    return _due(now).count()


@transaction.atomic
def purge_due(now: datetime) -> list[PurgeResult]:
    """Delete every entry whose years are over; a result for each deployment. Locked first, so that of two
    schedulers at once only one counts and deletes a row."""
    kept_for = keep()
    due = list(_due(now).select_for_update().order_by("id").values_list("id", "deployment_id", "ends_at"))
    if not due:
        return []
    MembershipRegister.objects.filter(id__in=[row_id for row_id, _deployment, _ended in due]).delete()
    ended: dict[UUID, list[datetime]] = {}
    for _row, deployment_id, ends_at in due:
        ended.setdefault(deployment_id, []).append(ends_at)
    results = [
        PurgeResult(DATA_CLASS, deployment_id, {"entries": len(times)}, min(times) + kept_for)
        for deployment_id, times in ended.items()
    ]
    _record(len(due), len(results), now)
    return results


def _record(entries: int, deployments: int, now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="register purge"),
        verb="watchlist.register_deleted",
        object_type="register",
        object_id=current_force_id(),
        payload={"entries": entries, "deployments": deployments},
        now=now,
    )


def verify(now: datetime) -> list[str]:
    """One line for each of the first entries that should be gone and are not, without its reference."""
    return [
        f"register entry {row_id} of {deployment_id}: past its years and not deleted"
        for row_id, deployment_id in _due(now).values_list("id", "deployment_id")[:SHOWN]
    ]


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_(
                "Who was on which list: a reference number and the group, without picture, measurements or"
                " name"
            ),
            kept=_("By the schedule of the force: %(span)s. It answers the question “was I on a list?”"),
            setting="register_years",
            source="docs/domain.md §6 (Bridges: SWP did so); the force's setting register_years",
            models=("watchlists.MembershipRegister",),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="no entry of the register past its years is left",
            counted_from="The end of somebody's time on the list.",
            destroyed_how="The entries are deleted.",
            elsewhere=retention.READABLE,
        )
    )
