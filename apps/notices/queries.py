"""Reads. The public ones need no force context: row-level security lets anybody see what is published."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.forces import api as forces
from apps.notices.data import HistoryEntry, NoticeContent, NoticeData, NoticeStatus
from apps.notices.models import Notice


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
    force = forces.get_force_by_slug(slug=force_slug)
    row = Notice.objects.filter(force_id=force.id, slug=slug, published_at__isnull=False).first()
    if row is None:
        raise NotFound("there is no such notice")
    return as_data(row)


def public_notices() -> list[NoticeData]:
    """Every published notice of every force, for anybody; the latest window first."""
    published = [as_data(row) for row in Notice.objects.filter(published_at__isnull=False)]
    return sorted(published, key=_window_start, reverse=True)


def _window_start(notice: NoticeData) -> tuple[datetime, str]:
    if notice.content is None:  # a published row has content: see operations.publish
        raise AssertionError(f"published notice {notice.id} has no content")
    return (notice.content.window_start, notice.slug)


def published_by_deployment(*, deployment_id: UUID) -> NoticeData:
    """A published notice, for anybody. Raises NotFound."""
    row = Notice.objects.filter(deployment_id=deployment_id, published_at__isnull=False).first()
    if row is None:
        raise NotFound("there is no published notice for this deployment")
    return as_data(row)
