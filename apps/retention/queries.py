"""Reads of retention. All but `overdue`, which opens its own context, need an open one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from apps.core import retention as registry
from apps.core.tenancy import force_context
from apps.retention.data import CertificateData, Overdue, certificate_sha256
from apps.retention.models import DeletionCertificate

# The sweep runs every minute: what has just fallen due is not late yet.
GRACE = timedelta(minutes=5)


def as_data(row: DeletionCertificate) -> CertificateData:
    if row.finished_at is None:
        raise ValueError("an unfinished certificate proves nothing and is not given out")
    return CertificateData(
        id=row.id,
        force_id=row.force_id,
        data_class=row.data_class,
        title=row.title,
        subject_id=row.subject_id,
        counts=dict(row.counts),
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        verified_how=row.verified_how,
        simulated=row.simulated,
        sha256=row.sha256,
    )


def content_sha256(row: DeletionCertificate, finished_at: datetime) -> str:
    """What the hash of this row should be; differs from `row.sha256` when it was tampered with."""
    return certificate_sha256(
        certificate_id=row.id,
        force_id=row.force_id,
        data_class=row.data_class,
        subject_id=row.subject_id,
        counts=row.counts,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=finished_at,
        verified_how=row.verified_how,
        simulated=row.simulated,
    )


def certificates(*, subject_id: UUID | None = None) -> tuple[CertificateData, ...]:
    """Finished certificates of the open force, oldest first; of one subject if given."""
    rows = DeletionCertificate.objects.filter(finished_at__isnull=False)
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    return tuple(as_data(row) for row in rows)


def overdue(
    *, force_id: UUID, now: datetime, grace: timedelta = GRACE, but: Collection[str] = ()
) -> tuple[Overdue, ...]:
    """What should have been deleted by `now - grace` and is not, and what is deleted but not proven to be.
    `but`: classes that are left out."""
    found = []
    with force_context(force_id):
        for rule in (each for each in registry.rules() if each.data_class not in but):
            unproven = DeletionCertificate.objects.filter(
                data_class=rule.data_class, finished_at__isnull=True, started_at__lte=now - grace
            ).count()
            late = rule.due_count(now - grace)
            if late or unproven:
                found.append(Overdue(rule.data_class, rule.title, late, unproven))
    return tuple(found)
