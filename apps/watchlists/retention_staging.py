"""Staged uploads in the retention table (domain.md §6): the deadline of the list, and sooner as a rule.

What is imported, discarded or failed is destroyed in that moment; the next run looks again and certifies it.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.core import retention
from apps.core.retention import PurgeResult, RetentionRule
from apps.vault import api as vault
from apps.watchlists.data import OPEN_STATES
from apps.watchlists.models import FaceDecision, ImportJob, PictureDecision, StagedPicture
from apps.watchlists.retention import LOOK_AGAIN_FOR
from apps.watchlists.staging import fail_import

DATA_CLASS = "watchlist_staging"
TOO_LATE = "The time for this upload is over, so it was deleted. Nothing of it is on a list."


def _late(now: datetime) -> Q:
    return Q(state__in=OPEN_STATES, purge_due_at__lte=now)


def _due(now: datetime) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(_late(now) | Q(destroyed_at__lte=now, certificate_begun_at__isnull=True))


def due_count(now: datetime) -> int:
    return _due(now).count()


def purge_due(now: datetime) -> list[PurgeResult]:
    """Destroy what is left past its deadline, and account for what was destroyed since the last run."""
    results = []
    for job in _due(now).select_for_update().order_by("started_at"):
        due_at = job.destroyed_at or job.purge_due_at
        if job.destroyed_at is None:
            fail_import(job_id=job.id, problem=TOO_LATE, code="deadline", now=now)
            job.refresh_from_db()
        ImportJob.objects.filter(id=job.id).update(certificate_begun_at=now)
        results.append(PurgeResult(DATA_CLASS, job.deployment_id, dict(job.destroyed), due_at))
    return results


def verify(now: datetime) -> list[str]:
    """One line for each thing that should be gone and is not."""
    problems = [
        f"upload of {job.deployment_id}: not destroyed" for job in ImportJob.objects.filter(_late(now))
    ]
    for job in ImportJob.objects.filter(
        certificate_begun_at__isnull=False, certificate_begun_at__gt=now - LOOK_AGAIN_FOR
    ):
        left = {
            "staged pictures": StagedPicture.objects.filter(job=job).count(),
            "decisions about faces": FaceDecision.objects.filter(job=job).count(),
            "decisions about pictures": PictureDecision.objects.filter(job=job).count(),
            "encrypted blobs": vault.blob_count(key_id=job.key_id),
            "keys": int(vault.key_exists(key_id=job.key_id)),
        }
        problems += [
            f"upload of {job.deployment_id}: {count} {what} still there"
            for what, count in left.items()
            if count
        ]
    return problems


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("Uploaded files from which the list is made"),
            kept=_("Until the list is made or the upload is given up, and never longer than the list itself"),
            source="docs/domain.md §6 (“staging, refused pictures”)",
            models=("watchlists.StagedPicture", "watchlists.FaceDecision", "watchlists.PictureDecision"),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="no uploaded picture is left, the encryption key is gone",
            counted_from=(
                "The moment at which the list is made or the upload is given up; at the latest the"
                " deadline of the list."
            ),
            destroyed_how=(
                "The encryption key of the upload is overwritten and deleted; its pictures, their"
                " file names and what was decided about them are deleted."
            ),
            elsewhere=retention.UNREADABLE
            + " File names and what was decided are in the same copies, readable.",
        )
    )
    retention.exempt(
        "watchlists.ImportJob",
        "That an upload was made, by whom and when, and counts: no name, no biometric, no file name.",
    )
