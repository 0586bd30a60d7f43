"""What a worker does with a staged upload: claim it, look at its pictures one by one, check or import it.

Each picture is a step of its own that commits, so that another worker goes on where a killed one stopped.
Between the steps no transaction is open: enrolling takes long and would hold everybody else up.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import F

from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.recognition import api as recognition
from apps.recognition.engine.errors import EnrolmentRefused, RefusalCode
from apps.recognition.engine.packs import PackManifest
from apps.vault import api as vault
from apps.vault.data import BlobKind
from apps.watchlists import decisions, operations_import, remaking, reports, seals
from apps.watchlists.data import (
    WORKING_STATES,
    Claim,
    Criteria,
    EntryRow,
    ImportReport,
    ImportState,
    LeaseLost,
    NotLookedAt,
)
from apps.watchlists.faces import Face, enrol
from apps.watchlists.intake import Examination, examine, wanted_pictures
from apps.watchlists.models import ImportJob, StagedPicture
from apps.watchlists.reader import read_rows
from apps.watchlists.resolving import applied
from apps.watchlists.staging import LEASE, close, note, refusal_counts

log = logging.getLogger(__name__)

# So many workers may die over one picture before it is refused instead of tried again.
MAX_ATTEMPTS = 3
TEMPLATES_A_BATCH = 1_000
CHANGED = "Since you looked, something changed. Read the report again before you decide."
STOPPED_TOO_OFTEN = (
    "The work on this upload stopped several times for a reason of the platform. Tell whoever runs it, then"
    " upload the list again."
)
OTHER_MODEL = (
    "The pictures of this upload were measured with another model, or with other files of it, than the plan"
    " has now. Upload the list again, or have the pictures of the earlier list measured again."
)
NOT_AS_CHOSEN = "With this choice nobody would be on the list. Read the report again before you decide."


def claim_import(*, job_id: UUID, now: datetime) -> Claim | None:
    """Take a job that nobody holds; None when there is nothing to do for this worker."""
    holder = uuid.uuid4()
    free = ImportJob.objects.filter(id=job_id, holder__isnull=True)
    free.filter(state=ImportState.UPLOADED).update(state=ImportState.CHECKING)
    taken = free.filter(state__in=[ImportState.CHECKING, ImportState.IMPORTING]).update(
        holder=holder, attempts=F("attempts") + 1, attend_at=now + LEASE, updated_at=now
    )
    if taken != 1:
        return None
    job = ImportJob.objects.get(id=job_id)
    return Claim(job.id, job.deployment_id, ImportState(job.state), holder, job.attempts)


def release_import(held: Claim, *, now: datetime) -> None:
    """Give the job back unfinished, for instance because this worker is being stopped; the next sweep sends
    it out again."""
    mine = ImportJob.objects.filter(id=held.job_id, holder=held.holder)
    mine.update(holder=None, attend_at=now, attempts=0)


def _held(held: Claim, *, now: datetime) -> ImportJob:
    """The job, locked and its lease renewed. Raises LeaseLost."""
    found = ImportJob.objects.select_for_update().filter(id=held.job_id, holder=held.holder)
    job = found.filter(state__in=WORKING_STATES).first()
    if job is None:
        raise LeaseLost("this import is no longer in these hands")
    job.attend_at, job.updated_at = now + LEASE, now
    job.save(update_fields=["attend_at", "updated_at"])
    return job


def _rows(job: ImportJob) -> list[EntryRow]:
    return read_rows(vault.read(blob_id=job.csv_blob_id))


@transaction.atomic
def prepare_import(held: Claim, *, criteria: Criteria, now: datetime) -> list[UUID]:
    """The staged pictures still to be looked at: of rows that may be listed, and no others."""
    job = _held(held, now=now)
    decided = decisions.decided(job)
    rows = applied(_rows(job), decided)
    names = set(wanted_pictures(rows, criteria=criteria, now=now, decided=decided))
    files = job.files.order_by("position").values_list("id", "name", "template_blob_id", "refused_code")
    wanted = [file for file in files.iterator(chunk_size=TEMPLATES_A_BATCH) if file[1] in names]
    pending = [file_id for file_id, _, template, refused in wanted if template is None and not refused]
    if job.remakes_id is not None and held.state is ImportState.IMPORTING:
        _faces(job, criteria)  # of this model, or the earlier list is not destroyed for them
    job.total, job.done = len(wanted), len(wanted) - len(pending)
    job.save(update_fields=["total", "done"])
    if held.attempts > MAX_ATTEMPTS:
        if not pending:
            raise RuleViolated([STOPPED_TOO_OFTEN], code="stopped_too_often")
        log.error("import %s: picture %s stopped %s workers; refused", job.id, pending[0], MAX_ATTEMPTS)
        refusal = EnrolmentRefused(
            RefusalCode.UNDECODABLE, "this picture stopped the check several times: send another copy of it"
        )
        _keep(job, StagedPicture.objects.get(id=pending.pop(0)), refusal, now=now)
    return pending


def look_at_picture(
    held: Claim, file_id: UUID, *, force_id: UUID, pack_id: str, clock: Callable[[], datetime]
) -> None:
    """Enrol one picture, in memory, and keep the face or the reason. Opens its own contexts.

    Raises LeaseLost, and RuleViolated when the pack cannot be used.
    """
    pack = operations_import.usable_pack(pack_id)
    with force_context(force_id):
        _held(held, now=clock())
        file = StagedPicture.objects.get(id=file_id)
        if file.upload_blob_id is None:
            return
        raw = remaking.read_staged(file)
        if file.kept_by_list:
            file.sha256 = reports.sha256(raw)
    try:
        outcome: Face | EnrolmentRefused = enrol(pack, raw)
    except EnrolmentRefused as refusal:
        outcome = refusal
    with force_context(force_id):
        job = _held(held, now=clock())
        _keep(job, file, outcome, mark=_mark(recognition.manifest(pack_id)), now=clock())


def _mark(manifest: PackManifest) -> bytes:
    """What a staged template begins with: templates of two models, or of other files of one, never mix."""
    return hashlib.sha256(f"{manifest.id} {manifest.edition}".encode()).digest()


def _keep(
    job: ImportJob,
    file: StagedPicture,
    outcome: Face | EnrolmentRefused,
    *,
    mark: bytes = b"",
    now: datetime,
) -> None:
    if file.upload_blob_id is not None:
        if not file.kept_by_list:
            vault.delete_blob(blob_id=file.upload_blob_id)
        file.upload_blob_id = None
    if isinstance(outcome, Face):
        template = mark + seals.template_bytes(outcome.template)
        file.template_blob_id = vault.store(
            key_id=job.key_id, kind=BlobKind.TEMPLATE, plaintext=template, now=now
        )
        file.picture_blob_id = vault.store(
            key_id=job.key_id, kind=BlobKind.PICTURE, plaintext=outcome.picture(), now=now
        )
        file.quality_score, file.warnings = outcome.quality_score, list(outcome.warnings)
        file.weak_points = list(outcome.weak_points)
    else:
        file.refused_code, file.refused_reason = str(outcome.reason_code), outcome.message
    file.save()
    ImportJob.objects.filter(id=job.id).update(done=F("done") + 1, attempts=0)


class _Kept(NamedTuple):
    """A staged picture, as far as a check needs it: of tens of thousands, models would weigh most."""

    sha256: str
    template_blob_id: UUID | None
    picture_blob_id: UUID | None
    quality_score: float
    warnings: list[str]
    weak_points: list[str]
    refused_code: str
    refused_reason: str


class StagedFaces:
    """The faces that were made of a job's pictures. Templates are read in batches, into one array of float32
    (N, D); a picture is decrypted when it is asked for. Raises RuleViolated when another model than that of
    `manifest` made one of them."""

    def __init__(self, job: ImportJob, manifest: PackManifest) -> None:
        columns = job.files.order_by("position").values_list("name", *_Kept._fields)
        self._files = {name: _Kept(*rest) for name, *rest in columns.iterator(chunk_size=TEMPLATES_A_BATCH)}
        held = [file.template_blob_id for file in self._files.values() if file.template_blob_id is not None]
        self._places: dict[UUID, int] = {}
        self._templates = np.empty((len(held), manifest.dimension), np.float32)
        mark = _mark(manifest)
        for ids in operations_import.batched(held, TEMPLATES_A_BATCH):
            for blob_id, raw in vault.read_many(key_id=job.key_id, blob_ids=ids).items():
                if not raw.startswith(mark):
                    raise RuleViolated([OTHER_MODEL], code="other_model")
                place = self._places[blob_id] = len(self._places)
                self._templates[place] = seals.template_from_bytes(
                    raw[len(mark) :], dimension=manifest.dimension
                )

    def digest(self, name: str) -> str:
        return self._files[name].sha256

    def face(self, name: str) -> Face:
        """Raises EnrolmentRefused, and NotLookedAt for a picture that was left out before."""
        file = self._files[name]
        if file.refused_code:
            raise EnrolmentRefused(RefusalCode(file.refused_code), file.refused_reason)
        if file.template_blob_id is None or file.picture_blob_id is None:
            raise NotLookedAt("a picture that is needed now was not looked at")
        return Face(
            quality_score=file.quality_score,
            warnings=tuple(file.warnings),
            template=self._templates[self._places[file.template_blob_id]],
            picture=StoredPicture(file.picture_blob_id),
            weak_points=tuple(file.weak_points),
        )


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """Decrypted when it is called."""

    blob_id: UUID

    def __call__(self) -> bytes:
        return vault.read(blob_id=self.blob_id)


def _faces(job: ImportJob, criteria: Criteria) -> StagedFaces:
    return StagedFaces(job, recognition.manifest(criteria.pack_id))


def _examiner(job: ImportJob, criteria: Criteria, *, now: datetime) -> Callable[[bool], Examination]:
    """Examine the upload with (True) or without the pictures that have warnings."""
    manifest = operations_import.usable_pack(criteria.pack_id).manifest
    decided = decisions.decided(job)
    rows: Sequence[EntryRow] = applied(_rows(job), decided)
    faces = _faces(job, criteria)
    return lambda accept_warnings: examine(
        rows,
        faces=faces,
        criteria=criteria,
        same_face=lambda pairs: recognition.same_face(manifest, pairs=pairs),
        now=now,
        accept_warnings=accept_warnings,
        decided=decided,
    )


@transaction.atomic
def finish_check(held: Claim, *, criteria: Criteria, now: datetime) -> ImportReport:
    """Write the report that the planner decides on. Nothing is committed to a list."""
    job = _held(held, now=now)
    report = operations_import.report_of(_examiner(job, criteria, now=now)(True), None)
    _back_to_planner(job, report, problem="", now=now)
    return report


def _back_to_planner(job: ImportJob, report: ImportReport, *, problem: str, now: datetime) -> None:
    reports.write(job, report, now=now)
    job.state, job.problem, job.holder, job.attempts, job.updated_at = (
        ImportState.CHECKED, problem, None, 0, now,
    )  # fmt: skip
    job.save()
    note(
        job,
        "watchlist.import_checked",
        actor=Actor.system(force_id=job.force_id, label="list import"),
        now=now,
        payload={
            "subjects": report.accepted_subjects,
            "pictures": report.accepted_pictures,
            "refused": refusal_counts([row.code for row in report.refused]),
            "warnings": len(report.warnings),
            "conflicts": len(report.conflicts),
            "repeats": len(report.repeats),
            "same_face_threshold": None if report.same_face is None else report.same_face.threshold,
            "again": bool(problem),
        },
    )


def confirmed_by(*, job_id: UUID) -> Actor:
    """The planner whose word the import is, as they were when they gave it."""
    job = ImportJob.objects.get(id=job_id)
    return Actor(
        id=job.confirmed_by_id,
        label=job.confirmed_by_label,
        force_id=job.force_id,
        roles=frozenset({Role.PLANNER}),
        origin="list import",
    )


@transaction.atomic
def finish_import(
    held: Claim, *, criteria: Criteria, purge_due_at: datetime, actor: Actor, now: datetime
) -> ImportReport:
    """Make the confirmed upload the deployment's list and destroy what was staged.

    Everything is checked again. Where the outcome is not the one that the planner read, nothing is stored
    (`committed` False) and the new report waits for the planner.
    """
    job = _held(held, now=now)
    operations_import.check_new_list(job.deployment_id, purge_due_at=purge_due_at, now=now)
    examined = _examiner(job, criteria, now=now)
    found = examined(True)
    present, read = operations_import.report_of(found, None), reports.read(job)
    if read is None or not reports.same_findings(read, present):
        _back_to_planner(job, present, problem=CHANGED, now=now)
        return present
    if present.warnings and not job.accept_warnings:
        found = examined(False)
    if not operations_import.may_commit(found, accept_refusals=job.accept_refusals):
        _back_to_planner(job, present, problem=NOT_AS_CHOSEN, now=now)
        return present
    watchlist_id = operations_import.store_list(
        job.deployment_id, criteria, found, purge_due_at=purge_due_at, actor=actor, now=now
    )
    close(job, ImportState.IMPORTED, now=now)
    return operations_import.report_of(found, watchlist_id)
