"""A list measured again with another model: its stored pictures become an import like any other.

Nothing is uploaded and no picture is copied: the import reads the list's own, encrypted as they are. Every
rule is checked anew, and the planner reads the report. Only when they confirm it is the old list destroyed,
with its templates, its gallery and its key, and the new one stored: two models never share a list.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, RuleViolated
from apps.core.tenancy import force_context
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyDestroyed, KeyPurpose
from apps.watchlists import decisions, operations_purge, policies
from apps.watchlists.data import (
    OPEN_STATES,
    Claim,
    EntryRow,
    ImportJobData,
    ImportState,
    LeaseLost,
    WatchlistState,
)
from apps.watchlists.models import (
    FaceDecision,
    ImportJob,
    Picture,
    PictureDecision,
    StagedPicture,
    Subject,
    Watchlist,
)
from apps.watchlists.reader import COLUMNS, MAX_CSV_BYTES, read_rows
from apps.watchlists.staging import LEASE, as_data, fail_import, note
from apps.watchlists.steps import locked

FILES_A_BATCH = 1_000
LONGEST_PART = 60
REPLACED = "Measured again with another model: the new list takes its place."
PICTURES_GONE = "The stored pictures of the earlier list are deleted. Import the list again."
TOO_LONG = "The earlier list is too long to be read again. Import the list again."
NOBODY_LEFT = "Everybody on the earlier list was taken off it meanwhile."
THERE = frozenset({WatchlistState.IMPORTED.value, WatchlistState.SEALED.value})


def _free(watchlist_id: UUID) -> Watchlist:
    """The list, locked: its pictures are there, and no import of its deployment is open."""
    watchlist = locked(watchlist_id)
    if watchlist.state not in THERE:
        raise InvalidTransition(PICTURES_GONE)
    opened = ImportJob.objects.filter(deployment_id=watchlist.deployment_id, state__in=sorted(OPEN_STATES))
    if opened.exists():
        raise RuleViolated(["An upload is already here. Discard it first."], code="import_running")
    return watchlist


@transaction.atomic
def stage_remake(*, watchlist_id: UUID, purge_due_at: datetime, actor: Actor, now: datetime) -> ImportJobData:
    """Have the pictures of a list measured again. The list stays as it is until the import is confirmed.

    Whether its deployment wants that is the caller's to know. Raises RuleViolated, InvalidTransition,
    NotFound.
    """
    policies.check_import(actor)
    watchlist = _free(watchlist_id)
    pictures = _pictures(watchlist)
    job_id = uuid.uuid4()
    key_id = vault.create_key(purpose=KeyPurpose.STAGING, owner_id=job_id, now=now)
    job = ImportJob.objects.create(
        id=job_id,
        deployment_id=watchlist.deployment_id,
        remakes=watchlist,
        state=ImportState.UPLOADED,
        key_id=key_id,
        csv_blob_id=vault.store(key_id=key_id, kind=BlobKind.UPLOAD, plaintext=_csv(pictures), now=now),
        rows=len(pictures),
        pictures=len(pictures),
        attend_at=now + LEASE,
        started_at=now,
        started_by_id=actor.id,
        started_by_label=actor.label,
        updated_at=now,
        purge_due_at=purge_due_at,
    )
    StagedPicture.objects.bulk_create(_files(job, pictures), batch_size=FILES_A_BATCH)
    note(
        job,
        "watchlist.remake_staged",
        actor=actor,
        now=now,
        payload={
            "watchlist_id": str(watchlist.id),
            "pictures": len(pictures),
            "from_pack": f"{watchlist.pack_id} {watchlist.pack_version}",
        },
    )
    return as_data(job)


def _pictures(watchlist: Watchlist) -> list[Picture]:
    """Of everybody who is still on the list. Raises RuleViolated when one of them is not stored any more."""
    listed = Subject.objects.filter(watchlist=watchlist, removed_at__isnull=True)
    pictures = list(
        Picture.objects.filter(subject__in=listed)
        .select_related("subject")
        .order_by("subject__reference", "captured_date", "id")
    )
    whole = all(each.picture_blob_id is not None for each in pictures)
    if not pictures or not whole or not vault.key_exists(key_id=watchlist.key_id):
        raise RuleViolated([PICTURES_GONE], code="pictures_gone")
    return pictures


def _files(job: ImportJob, pictures: Iterable[Picture]) -> Iterable[StagedPicture]:
    return (
        StagedPicture(
            job=job,
            position=number,
            name=_name(number, picture),
            sha256="",
            upload_blob_id=picture.picture_blob_id,
            kept_by_list=True,
        )
        for number, picture in enumerate(pictures, start=1)
    )


def _name(number: int, picture: Picture) -> str:
    """A file name that tells the planner whose picture it is, and which."""
    parts = (picture.subject.reference, picture.source_record)
    words = [re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:LONGEST_PART] for part in parts]
    return "_".join([f"{number:05}", *filter(None, words)]) + ".jpg"


def _csv(pictures: Iterable[Picture]) -> bytes:
    """The list as the file that would import it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, picture in enumerate(pictures, start=1):
        row = _entry(picture, _name(number, picture))
        writer.writerow(_cell(getattr(row, column)) for column in COLUMNS)
    return _small_enough(out)


def _small_enough(out: io.StringIO) -> bytes:
    content = out.getvalue().encode()
    if len(content) > MAX_CSV_BYTES:
        raise RuleViolated([TOO_LONG], code="pictures_gone")
    return content


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _entry(picture: Picture, name: str) -> EntryRow:
    subject = picture.subject
    return EntryRow(
        reference=subject.reference,
        display_name=subject.display_name,
        category=subject.category,
        offence=subject.offence,
        legal_basis=subject.legal_basis,
        source_system=picture.source_system,
        source_record=picture.source_record,
        captured_date=picture.captured_date,
        lawfully_held=True,  # no other picture is ever on a list
        selected_by=subject.selected_by,
        selected_reason=subject.selected_reason,
        status_checked_at=subject.status_checked_at,
        date_of_birth=subject.date_of_birth,
        consent_reference=subject.consent_reference or None,
        picture_name=name,
        expires_at=subject.expires_at,
        custody_disposal=picture.custody_disposal,
        disability=subject.disability,
        special_reason=subject.special_reason,
        approach_plan=subject.approach_plan,
    )


def read_staged(file: StagedPicture) -> bytes:
    """The picture that is to be looked at. Raises RuleViolated when it was its list's and went with it."""
    if file.upload_blob_id is None:
        raise NotFound("there is no such picture or template")
    try:
        return vault.read(blob_id=file.upload_blob_id)
    except (NotFound, KeyDestroyed) as gone:
        if not file.kept_by_list:
            raise
        raise RuleViolated([PICTURES_GONE], code="pictures_gone") from gone


def retire_source(held: Claim, *, force_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Destroy the list that a confirmed import takes the place of; True once nothing of it is left.

    Opens its own contexts. Repeating it is harmless; False while readers of the gallery leave no gap. Raises
    LeaseLost.
    """
    with force_context(force_id):
        source_id = ImportJob.objects.values_list("remakes_id", flat=True).get(id=held.job_id)
        if source_id is None:
            return True
        _retire(held, source_id, now=clock())
    # It was dropped as that committed, or is tried once more.
    return operations_purge.finish_purge(force_id=force_id, watchlist_id=source_id, now=clock())


@transaction.atomic
def _retire(held: Claim, source_id: UUID, *, now: datetime) -> None:
    # The list before the job, as a removal locks them.
    source = locked(source_id)
    found = ImportJob.objects.select_for_update().filter(id=held.job_id, holder=held.holder)
    if not found.filter(state=ImportState.IMPORTING).exists():
        raise LeaseLost("this import is no longer in these hands")
    if source.state in THERE:
        actor = Actor.system(force_id=source.force_id, label="list import")
        operations_purge.destroy_replaced(source, actor=actor, now=now, reason=REPLACED)


def take_out_of_remakes(watchlist: Watchlist, reference: str, *, now: datetime) -> int:
    """Somebody was taken off a list while it is measured again: they are not on the new one either.

    Nor is whoever was said to be the same person. The caller holds the list's row. The import is checked
    again; returns how many pictures went.
    """
    job = (
        ImportJob.objects.select_for_update().filter(remakes=watchlist, state__in=sorted(OPEN_STATES)).first()
    )
    if job is None:
        return 0
    final = decisions.decided(job).final
    rows = read_rows(vault.read(blob_id=job.csv_blob_id))
    gone = [row for row in rows if final(row.reference.strip()) == final(reference)]
    references = {row.reference.strip() for row in gone}
    kept = [row for row in rows if row.reference.strip() not in references]
    system = Actor.system(force_id=job.force_id, label="list import")
    if not kept:
        fail_import(job_id=job.id, problem=NOBODY_LEFT, code="nobody_left", now=now)
        return len(gone)
    _drop_files(job, [row.picture_name for row in gone])
    for pair in FaceDecision.objects.filter(job=job):
        if references & {pair.first, pair.second}:
            pair.delete()
    _write_rows(job, kept, now=now)
    _move_decisions(job, kept)
    note(job, "watchlist.remake_shortened", actor=system, now=now, payload={"pictures": len(gone)})
    return len(gone)


def _move_decisions(job: ImportJob, before: Iterable[EntryRow]) -> None:
    """The rows have other lines now, and what was said about a line is not to hold for another person's."""
    after = read_rows(vault.read(blob_id=job.csv_blob_id))
    lines = {old.line: new.line for old, new in zip(before, after, strict=True)}
    said = list(PictureDecision.objects.filter(job=job))
    PictureDecision.objects.filter(job=job).delete()
    for each in said:
        first, second = lines.get(each.first_line), lines.get(each.second_line)
        if first is not None and second is not None:
            each.first_line, each.second_line = first, second
            each.save(force_insert=True)


def _drop_files(job: ImportJob, names: Iterable[str]) -> None:
    for file in StagedPicture.objects.filter(job=job, name__in=list(names)):
        own = [file.template_blob_id, file.picture_blob_id]
        if not file.kept_by_list:
            own.append(file.upload_blob_id)
        for blob_id in own:
            if blob_id is not None:
                vault.delete_blob(blob_id=blob_id)
        file.delete()


def _write_rows(job: ImportJob, rows: Collection[EntryRow], *, now: datetime) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_cell(getattr(row, column)) for column in COLUMNS)
    vault.delete_blob(blob_id=job.csv_blob_id)
    job.csv_blob_id = vault.store(
        key_id=job.key_id, kind=BlobKind.UPLOAD, plaintext=_small_enough(out), now=now
    )
    job.rows, job.pictures = len(rows), job.files.count()
    # Whoever holds it finds out with the next step, and a report that was read counts no more.
    job.state, job.holder, job.attempts, job.attend_at = ImportState.UPLOADED, None, 0, now
    job.updated_at = now
    job.save()
