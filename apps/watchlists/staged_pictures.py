"""The pictures that somebody has to look at before deciding on an upload: those with a warning, as they will
be used. They are encrypted under the key of the upload and go with it (`staging.close`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.vault import api as vault
from apps.vault.data import KeyDestroyed
from apps.watchlists import policies, reports
from apps.watchlists.data import ImportState, StagedPictureGone
from apps.watchlists.models import ImportJob, StagedPicture
from apps.watchlists.staging import locked, note

GONE = "This upload was decided on: its pictures are not shown any more."
BEFORE_THE_REPORT = frozenset({ImportState.UPLOADED, ImportState.CHECKING})


@transaction.atomic
def view_staged_picture(*, deployment_id: UUID, line: int, actor: Actor, now: datetime) -> bytes:
    """The picture of a row with a warning, as JPEG: upright, cut out, without metadata. Each look is audited.

    Raises NotPermitted for everybody but the planner who uploaded it, NotFound for a row without a warning,
    StagedPictureGone once the upload was confirmed, discarded or failed.
    """
    policies.check_import(actor)
    latest = ImportJob.objects.filter(deployment_id=deployment_id).order_by("-started_at").first()
    if latest is None:
        raise NotFound("there is no upload of this deployment")
    # Locked, so that no look comes after the decision.
    job = locked(latest.id)
    policies.check_look(actor, uploader_id=job.started_by_id)
    if job.state not in BEFORE_THE_REPORT | {ImportState.CHECKED}:
        raise StagedPictureGone(GONE)
    picture = _read(job, _name_of(job, line))
    note(job, "watchlist.staged_picture_viewed", actor=actor, now=now, payload={"line": line})
    return picture


def _name_of(job: ImportJob, line: int) -> str:
    report = None if job.state in BEFORE_THE_REPORT else reports.read(job)
    warnings = () if report is None else report.warnings
    for warning in warnings:
        if warning.line == line:
            return warning.picture_name
    raise NotFound("there is no picture to look at in this line")


def _read(job: ImportJob, name: str) -> bytes:
    file = StagedPicture.objects.filter(job=job, name=name).first()
    if file is None or file.picture_blob_id is None:
        raise NotFound("there is no picture to look at in this line")
    try:
        return vault.read(blob_id=file.picture_blob_id)
    except (NotFound, KeyDestroyed) as problem:
        raise StagedPictureGone(GONE) from problem
