"""Reads. The public ones need no force context: row-level security lets anybody see what is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from apps.core.errors import NotFound
from apps.core.paging import Position, cut
from apps.core.tenancy import current_force_id
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices.attached import Attached
from apps.notices.data import (
    DeletionStep,
    HistoryEntry,
    Listing,
    NoticeContent,
    NoticeData,
    NoticeStatus,
    OldResults,
    OldVersion,
    ResultsData,
)
from apps.notices.models import Notice
from apps.notices.states import CALLED_OFF, OVER, RUNNING, UNDER_WAY

PAGE = 20
CALLED_OFF_PAGE = 10


def as_data(row: Notice) -> NoticeData:
    return NoticeData(
        id=row.id,
        force_id=row.force_id,
        deployment_id=row.deployment_id,
        slug=row.slug,
        status=NoticeStatus(row.status),
        content=NoticeContent.from_snapshot(row.content) if row.content else None,
        digest=row.digest,
        publish_at=row.publish_at,
        published_at=row.published_at,
        verified_at=row.verified_at,
        history=tuple(HistoryEntry(datetime.fromisoformat(e["at"]), e["text"]) for e in row.history),
        results=ResultsData.from_snapshot(row.results) if row.results else None,
        deletions=tuple(DeletionStep.from_snapshot(step) for step in row.deletions),
        versions=tuple(OldVersion.from_snapshot(version) for version in row.versions),
        attached=Attached.from_snapshot(row.attached),
        first_seen_at=row.first_seen_at,
        old_results=tuple(OldResults.from_snapshot(each) for each in row.old_results),
    )


def get_for_deployment(*, deployment_id: UUID) -> NoticeData:
    """The open force's notice of a deployment, published or not. Raises NotFound."""
    row = Notice.objects.filter(force_id=current_force_id(), deployment_id=deployment_id).first()
    if row is None:
        raise NotFound("there is no notice for this deployment")
    return as_data(row)


def awaiting_verification() -> list[UUID]:
    """Deployments of the open force whose published page was never seen from outside."""
    waiting = Notice.objects.filter(
        force_id=current_force_id(), status=NoticeStatus.PUBLISHED, verified_at__isnull=True
    )
    return list(waiting.values_list("deployment_id", flat=True))


def public_notice(*, force_slug: str, slug: str) -> NoticeData:
    """A published notice, for anybody. Raises NotFound."""
    return public_notice_of(force=forces.get_force_by_slug(slug=force_slug), slug=slug)


def public_notice_of(*, force: ForceData, slug: str) -> NoticeData:
    """A published notice of this force, for anybody. Raises NotFound."""
    row = Notice.objects.filter(force_id=force.id, slug=slug, published_at__isnull=False).first()
    if row is None:
        raise NotFound("there is no such notice")
    return as_data(row)


def public_listing(
    *,
    now: datetime,
    force_id: UUID | None = None,
    past_before: Position | None = None,
    called_off_before: Position | None = None,
) -> Listing:
    """Published notices, for anybody, of one force or of all: four queries however many there are.

    A page may be read before the sweep has noticed that a window is over: by the clock it is past then.
    """
    shown = Notice.objects.filter(published_at__isnull=False)
    if force_id is not None:
        shown = shown.filter(force_id=force_id)
    open_window = shown.filter(window_end__gt=now).order_by("window_start", "id")
    # What was stopped after it had begun has results: it took place.
    stopped = Q(status=NoticeStatus.REVOKED, results__isnull=False)
    over = Q(status__in=sorted(OVER)) | Q(status__in=sorted(UNDER_WAY), window_end__lte=now) | stopped
    past, more_past = cut(shown.filter(over), field="window_start", before=past_before, size=PAGE)
    called_off, more_called_off = cut(
        shown.filter(status__in=sorted(CALLED_OFF)).exclude(stopped),
        field="window_start",
        before=called_off_before,
        size=CALLED_OFF_PAGE,
    )
    return Listing(
        taking_place=_all(open_window.filter(status__in=sorted(RUNNING))),
        coming=_all(open_window.filter(status=NoticeStatus.PUBLISHED)),
        past=_all(past),
        more_past=more_past,
        called_off=_all(called_off),
        more_called_off=more_called_off,
    )


def _all(rows: Iterable[Notice]) -> tuple[NoticeData, ...]:
    return tuple(as_data(row) for row in rows)


def published_page(
    *,
    force_id: UUID,
    before: Position | None,
    limit: int,
    status: NoticeStatus | None = None,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> tuple[tuple[NoticeData, ...], Position | None]:
    """Published notices of one force, the latest window first, and where the next page begins. One query."""
    shown = Notice.objects.filter(force_id=force_id, published_at__isnull=False)
    if status is not None:
        shown = shown.filter(status=status)
    if starts_from is not None:
        shown = shown.filter(window_start__gte=starts_from)
    if starts_before is not None:
        shown = shown.filter(window_start__lt=starts_before)
    found, more = cut(shown, field="window_start", before=before, size=limit)
    return _all(found), more


def published_by_deployment(*, deployment_id: UUID) -> NoticeData:
    """A published notice, for anybody. Raises NotFound."""
    row = Notice.objects.filter(deployment_id=deployment_id, published_at__isnull=False).first()
    if row is None:
        raise NotFound("there is no published notice for this deployment")
    return as_data(row)


def deletions_of(*, deployment_ids: Collection[UUID]) -> dict[UUID, tuple[DeletionStep, ...]]:
    """The public deletion clocks of many deployments of the open force, in one query."""
    rows = Notice.objects.filter(force_id=current_force_id(), deployment_id__in=deployment_ids)
    return {
        deployment_id: tuple(DeletionStep.from_snapshot(step) for step in steps)
        for deployment_id, steps in rows.values_list("deployment_id", "deletions")
    }
