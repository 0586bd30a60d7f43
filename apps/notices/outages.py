"""What the looks from outside add up to: outages, and the notice clock that stops for them.

The rule in full, with its edge cases: docs/explanation/notice-rule.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.core.wording import say_duration, say_moment
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.notices.models import Notice, NoticeOutage
from apps.notices.people_models import PROBLEM_LENGTH
from apps.notices.states import UNDER_WAY

# The task looks every minute. Where it did not for so long, nobody knows: that is recorded apart.
UNWATCHED = timedelta(minutes=10)
NOBODY_LOOKED = "Nobody looked"
# Announced and not begun: the notice runs.
RUNS = frozenset({DeploymentState.NOTICE_PUBLISHED, DeploymentState.LIST_SEALED, DeploymentState.READY})


@dataclass(frozen=True)
class Outage:
    """`ended_at` None while it lasts; `stopped` is for how long the notice clock stood still for it."""

    began_at: datetime
    ended_at: datetime | None
    was_looked_at: bool
    problem: str
    stopped: timedelta

    @property
    def stopped_s(self) -> float:
        return self.stopped.total_seconds()

    @property
    def words(self) -> str:
        if self.ended_at is None:
            said = f"Since {say_moment(self.began_at)}"
        else:
            length = say_duration(self.ended_at - self.began_at)
            said = f"From {say_moment(self.began_at)}, for {length}"
        if not self.was_looked_at:
            return f"{said}: nobody looked whether the page was there."
        stopped = " The notice clock stopped for that time." if self.stopped else ""
        return f"{said} ({self.problem}).{stopped}"


def to_watch(*, now: datetime) -> list[UUID]:
    """Deployments of the open force whose public page is looked at: until their window is over."""
    shown = Notice.objects.filter(
        force_id=current_force_id(), status__in=sorted(UNDER_WAY), window_end__gt=now
    )
    return list(shown.order_by("window_start").values_list("deployment_id", flat=True))


def of_deployment(*, deployment_id: UUID) -> tuple[Outage, ...]:
    """Of the open force, the first one first."""
    return tuple(_as_data(row) for row in NoticeOutage.objects.filter(notice__deployment_id=deployment_id))


def of_deployments(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[Outage, ...]]:
    """The same of many, in one query; a deployment without any is left out."""
    found: dict[UUID, list[Outage]] = {}
    rows = NoticeOutage.objects.filter(
        force_id=current_force_id(), notice__deployment_id__in=deployment_ids
    ).select_related("notice")
    for row in rows:
        found.setdefault(row.notice.deployment_id, []).append(_as_data(row))
    return {deployment_id: tuple(outages) for deployment_id, outages in found.items()}


def _as_data(row: NoticeOutage) -> Outage:
    return Outage(
        row.began_at, row.ended_at, row.was_looked_at, row.problem, timedelta(seconds=row.stopped_s)
    )


def note_look(row: Notice, *, problem: str, actor: Actor, now: datetime) -> None:
    """Before a look is stored on `row`: begin, continue or end an outage, and set the clock back for it.

    Nothing is an outage before the page was seen once: until then the clock does not run at all. Changes
    `row.verified_at` and does not save the row. Returns nothing: what happened is in the rows and the audit.
    """
    if row.verified_at is None:
        NoticeOutage.objects.filter(notice=row, ended_at__isnull=True).update(ended_at=now)
        return
    before = row.checked_at
    unwatched = before is not None and now - before > UNWATCHED
    outage = NoticeOutage.objects.select_for_update().filter(notice=row, ended_at__isnull=True).first()
    if before is not None and unwatched and outage is None:
        NoticeOutage.objects.create(
            notice=row, was_looked_at=False, began_at=before, ended_at=now, problem=NOBODY_LOOKED
        )
    if problem and outage is None:
        # It may have gone right after the last good look: that is what the public gets the benefit of.
        began_at = now if before is None or unwatched else before
        outage = NoticeOutage.objects.create(
            notice=row, was_looked_at=True, began_at=began_at, problem=problem[:PROBLEM_LENGTH]
        )
    if outage is None:
        return
    if not problem:
        outage.ended_at = now
    _stop_clock(row, outage, actor=actor, now=now)
    outage.save()


def _stop_clock(row: Notice, outage: NoticeOutage, *, actor: Actor, now: datetime) -> None:
    """An outage longer than the tolerance stops the clock for the whole of it, while it lasts already."""
    deployment = deployments.get(deployment_id=row.deployment_id)
    tolerance = timedelta(minutes=deployments.rules_of(deployment).notice_outage_tolerance_minutes)
    length = (outage.ended_at or now) - outage.began_at
    further = length - timedelta(seconds=outage.stopped_s)
    runs = deployment.state in RUNS and deployment.notice_verified_at is not None
    if not runs or length <= tolerance or further < timedelta(seconds=1):
        return
    further = timedelta(seconds=int(further.total_seconds()))
    moved = deployments.set_notice_back(deployment_id=row.deployment_id, by=further, actor=actor, now=now)
    outage.stopped_s += int(further.total_seconds())
    row.verified_at = moved.notice_verified_at
