"""Import jobs: what was uploaded, encrypted under a key of its own, on its way to becoming a list.

Everything here needs an open force context. What the authority allows is the caller's to know.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, RuleViolated
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists import operations_import, policies, reports
from apps.watchlists.data import (
    OPEN_STATES,
    WORKING_STATES,
    ImportJobData,
    ImportState,
    RefusedRow,
    UploadedList,
)
from apps.watchlists.models import FaceDecision, ImportJob, PictureDecision, Refusal, StagedPicture
from apps.watchlists.reader import read_rows
from apps.watchlists.uploads import is_picture_name, read_pictures, read_upload

# Longer than the largest picture takes; after it the sweep gives the job to another worker.
LEASE = timedelta(seconds=60)
# An upload that a person has to decide on first, as a rule's code.
WAITS_FOR_PERSON = "waits_for_person"


def as_data(job: ImportJob, *, with_report: bool = False) -> ImportJobData:
    return ImportJobData(
        id=job.id,
        deployment_id=job.deployment_id,
        state=ImportState(job.state),
        done=job.done,
        total=job.total,
        report=reports.read(job) if with_report else None,
        problem=job.problem,
        started_at=job.started_at,
        updated_at=job.updated_at,
        started_by_label=job.started_by_label,
        started_by_id=job.started_by_id,
        rows=job.rows,
        unused_pictures=job.unused_pictures,
    )


def locked(job_id: UUID) -> ImportJob:
    """The row, locked until the transaction ends. Raises NotFound."""
    job = ImportJob.objects.select_for_update().filter(id=job_id).first()
    if job is None:
        raise NotFound("there is no such upload")
    return job


def get_import(*, job_id: UUID, with_report: bool = False) -> ImportJobData:
    """Raises NotFound."""
    job = ImportJob.objects.filter(id=job_id).first()
    if job is None:
        raise NotFound("there is no such upload")
    return as_data(job, with_report=with_report)


def latest_import(*, deployment_id: UUID, with_report: bool = False) -> ImportJobData | None:
    """The last import of a deployment, also a closed one."""
    job = ImportJob.objects.filter(deployment_id=deployment_id).order_by("-started_at").first()
    return None if job is None else as_data(job, with_report=with_report)


def left_out(*, watchlist_id: UUID) -> tuple[RefusedRow, ...]:
    """The rows that a planner knowingly left out of a list, while the list is there."""
    rows = Refusal.objects.filter(watchlist_id=watchlist_id).order_by("line", "id")
    return tuple(RefusedRow(row.line, row.reference, row.picture_name, row.code, row.reason) for row in rows)


def open_imports() -> list[ImportJobData]:
    return [as_data(job) for job in ImportJob.objects.filter(state__in=OPEN_STATES).order_by("started_at")]


@transaction.atomic
def stage_import(
    *, deployment_id: UUID, upload: UploadedList, purge_due_at: datetime, actor: Actor, now: datetime
) -> ImportJobData:
    """Encrypt and keep what was uploaded. Nothing of it is examined but that it can be read.

    Pictures that no row names are not kept. Raises RuleViolated with everything that is wrong with the files.
    """
    policies.check_import(actor)
    operations_import.check_new_list(deployment_id, purge_due_at=purge_due_at, now=now)
    if ImportJob.objects.filter(deployment_id=deployment_id, state__in=OPEN_STATES).exists():
        raise RuleViolated(["An upload is already here. Discard it first."], code="import_running")
    read = read_upload(upload)
    job_id = uuid.uuid4()
    key_id = vault.create_key(purpose=KeyPurpose.STAGING, owner_id=job_id, now=now)
    job = ImportJob.objects.create(
        id=job_id,
        deployment_id=deployment_id,
        state=ImportState.UPLOADED,
        key_id=key_id,
        csv_blob_id=vault.store(key_id=key_id, kind=BlobKind.UPLOAD, plaintext=read.csv, now=now),
        rows=len(read.rows),
        pictures=0,
        unused_pictures=read.unused,
        attend_at=now + LEASE,
        started_at=now,
        started_by_id=actor.id,
        started_by_label=actor.label,
        updated_at=now,
        purge_due_at=purge_due_at,
    )
    job.pictures = _keep_pictures(job, read.pictures, now=now)
    job.save(update_fields=["pictures"])
    counts = {"rows": job.rows, "pictures": job.pictures, "unused_pictures": job.unused_pictures}
    due = {"purge_due_at": purge_due_at.isoformat()}
    note(job, "watchlist.import_staged", actor=actor, now=now, payload=counts | due)
    return as_data(job)


@transaction.atomic
def add_pictures(*, job_id: UUID, upload: UploadedList, actor: Actor, now: datetime) -> ImportJobData:
    """Further pictures for an upload that is not confirmed yet: those that rows name and that are missing, or
    were refused. So a list of many thousands arrives in parts. The upload is checked again; what was looked
    at before is not looked at again. Raises RuleViolated, InvalidTransition.
    """
    policies.check_import(actor)
    job = locked(job_id)
    if job.state not in OPEN_STATES - {ImportState.IMPORTING}:
        raise InvalidTransition(
            f"Pictures are added before the import is confirmed: this one is {job.state}."
        )
    staged = dict(job.files.values_list("name", "refused_code"))
    rows = read_rows(vault.read(blob_id=job.csv_blob_id))
    named = {row.picture_name for row in rows if is_picture_name(row.picture_name)}
    wanted = {name for name in named if staged.get(name, "missing")}
    pictures, unused = read_pictures(upload, wanted=wanted)
    kept = _keep_pictures(job, pictures, now=now)
    if not kept:
        raise RuleViolated(
            ["No row needs any of these pictures: their names are in no row, or they are here already."],
            code="import_file",
        )
    job.pictures = job.files.count()
    job.unused_pictures += unused
    # Whoever holds it finds out with the next step, and what they have done stays done.
    job.state, job.holder, job.attempts, job.attend_at = ImportState.UPLOADED, None, 0, now + LEASE
    job.updated_at = now
    job.save()
    note(job, "watchlist.import_pictures_added", actor=actor, now=now, payload={"pictures": kept})
    return as_data(job)


def _keep_pictures(job: ImportJob, pictures: Iterable[tuple[str, bytes]], *, now: datetime) -> int:
    """Each takes the place of a refused one of its name. Returns how many."""
    kept = 0
    first = 1 + (job.files.aggregate(last=Max("position"))["last"] or 0)
    for kept, (name, raw) in enumerate(pictures, start=1):
        job.files.filter(name=name).delete()
        StagedPicture.objects.create(
            job=job,
            position=first + kept - 1,
            name=name,
            sha256=reports.sha256(raw),
            upload_blob_id=vault.store(key_id=job.key_id, kind=BlobKind.UPLOAD, plaintext=raw, now=now),
        )
    return kept


def note(
    job: ImportJob, verb: str, *, actor: Actor, now: datetime, payload: dict[str, Any], reason: str = ""
) -> None:
    """An audit event about a job: counts only, never a name or a reason that holds one."""
    audit.record(
        actor=actor,
        verb=verb,
        object_type="deployment",
        object_id=job.deployment_id,
        payload={"job_id": str(job.id), **payload},
        now=now,
        reason=reason,
    )


@transaction.atomic
def confirm_import(
    *, job_id: UUID, accept_refusals: bool, accept_warnings: bool, actor: Actor, now: datetime
) -> ImportJobData:
    """The planner's word on a checked upload: from here on a worker imports it.

    Raises RuleViolated where the report does not allow the choice, and InvalidTransition when the job is not
    waiting for it.
    """
    policies.check_import(actor)
    job = locked(job_id)
    if job.state != ImportState.CHECKED:
        raise InvalidTransition(f"An upload is confirmed once it is checked: this one is {job.state}.")
    report = reports.read(job)
    if report is None:
        raise RuleViolated(["The report of the check is missing. Upload the list again."], code="no_report")
    reasons = reports.objections(report, accept_refusals=accept_refusals, accept_warnings=accept_warnings)
    if report.warnings and accept_warnings and not policies.can_look(actor, uploader_id=job.started_by_id):
        reasons.append(policies.ONLY_THE_UPLOADER)
    if reasons:
        code = WAITS_FOR_PERSON if report.waits_for_person else "import_not_confirmed"
        raise RuleViolated(reasons, code=code)
    job.state, job.problem = ImportState.IMPORTING, ""
    job.accept_refusals, job.accept_warnings = accept_refusals, accept_warnings
    job.confirmed_by_id, job.confirmed_by_label = actor.id, actor.label
    job.holder, job.attempts, job.attend_at, job.updated_at = None, 0, now + LEASE, now
    job.save()
    payload = {"refused": len(report.refused), "warnings": len(report.warnings)}
    choice = {"accept_refusals": accept_refusals, "accept_warnings": accept_warnings}
    note(job, "watchlist.import_confirmed", actor=actor, now=now, payload=payload | choice)
    return as_data(job)


@transaction.atomic
def discard_import(*, job_id: UUID, actor: Actor, now: datetime) -> ImportJobData:
    """The planner does not want it: everything that was uploaded is destroyed now.

    Raises InvalidTransition for a job that is closed already.
    """
    policies.check_import(actor)
    job = locked(job_id)
    _check_open(job)
    close(job, ImportState.DISCARDED, now=now)
    note(job, "watchlist.import_discarded", actor=actor, now=now, payload=dict(job.destroyed))
    return as_data(job)


@transaction.atomic
def fail_import(*, job_id: UUID, problem: str, code: str, now: datetime) -> ImportJobData:
    """It can go no further; everything that was uploaded is destroyed now. `problem` is for the planner."""
    job = locked(job_id)
    _check_open(job)
    job.problem = problem
    close(job, ImportState.FAILED, now=now)
    actor = Actor.system(force_id=job.force_id, label="list import")
    note(job, "watchlist.import_failed", actor=actor, now=now, payload={"code": code, **job.destroyed})
    return as_data(job)


def _check_open(job: ImportJob) -> None:
    if job.state not in OPEN_STATES:
        raise InvalidTransition(f"This upload is closed already: it is {job.state}.")


def close(job: ImportJob, state: ImportState, *, now: datetime) -> None:
    """Destroy what was uploaded and what was made of it, and say so on the row."""
    job.destroyed = {
        "pictures": job.files.count(),
        "keys": int(vault.key_exists(key_id=job.key_id)),
        "blobs": vault.destroy_key(key_id=job.key_id, now=now),
    }
    StagedPicture.objects.filter(job=job).delete()
    FaceDecision.objects.filter(job=job).delete()
    PictureDecision.objects.filter(job=job).delete()
    job.state, job.holder, job.report_blob_id = state, None, None
    job.destroyed_at = job.updated_at = now
    job.save()


def shorten(*, deployment_id: UUID, purge_due_at: datetime) -> int:
    """Bring the deadline of what is staged forward with that of the list. Returns how many jobs."""
    open_for = ImportJob.objects.filter(deployment_id=deployment_id, state__in=OPEN_STATES)
    return open_for.filter(purge_due_at__gt=purge_due_at).update(purge_due_at=purge_due_at)


def take_lapsed_imports(*, now: datetime) -> list[UUID]:
    """The jobs that no worker attends to: taken from whoever held them, to be sent out again."""
    lapsed = ImportJob.objects.select_for_update(skip_locked=True).filter(
        state__in=WORKING_STATES, attend_at__lte=now
    )
    ids: Collection[UUID] = list(lapsed.order_by("started_at").values_list("id", flat=True))
    ImportJob.objects.filter(id__in=ids).update(holder=None, attend_at=now + LEASE)
    return list(ids)


def refusal_counts(codes: Collection[str]) -> dict[str, int]:
    return dict(Counter(codes))
