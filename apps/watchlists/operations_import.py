"""Importing a list: checked, enrolled and stored as a whole, or not at all (domain.md §4)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.recognition import api as recognition
from apps.recognition.engine.errors import PackError
from apps.recognition.engine.packs import Pack, PackManifest
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists import consents, policies, register, seals, special
from apps.watchlists.comparing import Candidate
from apps.watchlists.data import Criteria, EntryRow, ImportReport, PictureSource, WatchlistState
from apps.watchlists.faces import EnrolledNow
from apps.watchlists.intake import Examination, examine
from apps.watchlists.models import Picture, Refusal, Subject, Watchlist
from apps.watchlists.steps import record

# The most that any force may set (forces.settings), so that a list is judged by its own deployment's hours
# and not by what the force has changed since.
LONGEST_WINDOW_HOURS = MOST_HOURS_BEFORE = MOST_HOURS_AFTER = 24
PEOPLE_A_BATCH = 200
T = TypeVar("T")


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` (itertools has this from Python 3.12 on)."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


@transaction.atomic
def import_entries(
    *,
    deployment_id: UUID,
    criteria: Criteria,
    rows: Sequence[EntryRow],
    pictures: PictureSource,
    purge_due_at: datetime,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    accept_refusals: bool = False,
    accept_warnings: bool = False,
) -> ImportReport:
    """Check, enrol and store a list, or say why not.

    All or nothing: with any refused row nothing is stored (`committed` False) unless `accept_refusals`, and
    then each refusal is stored with its reason. A list over the maximum is never cut for the planner. A
    picture with a warning is refused unless `accept_warnings`. `pictures` returns the bytes of a picture by
    its name and raises OSError or LookupError when there is none. Raises RuleViolated for what concerns the
    list as a whole.
    """
    policies.check_import(actor)
    check_new_list(deployment_id, purge_due_at=purge_due_at, now=now)
    pack = usable_pack(criteria.pack_id)
    found = examine(
        rows,
        faces=EnrolledNow(pictures, pack),
        criteria=criteria,
        same_face=lambda pairs: recognition.same_face(pack.manifest, pairs=pairs),
        now=now,
        accept_warnings=accept_warnings,
    )
    watchlist_id = None
    if not dry_run and may_commit(found, accept_refusals=accept_refusals):
        watchlist_id = store_list(
            deployment_id, criteria, found, purge_due_at=purge_due_at, actor=actor, now=now
        )
    elif not dry_run:
        _record_refusal(deployment_id, found, actor=actor, now=now)
    return report_of(found, watchlist_id)


def may_commit(found: Examination, *, accept_refusals: bool) -> bool:
    """Whether these findings may become a list; never while a face with two identities, or a picture that is
    there twice, waits for a person."""
    acceptable = not found.refused or (accept_refusals and not found.over_maximum)
    return acceptable and not found.waits_for_person and bool(found.subjects)


def store_list(
    deployment_id: UUID,
    criteria: Criteria,
    found: Examination,
    *,
    purge_due_at: datetime,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Store what was found as the deployment's list; the id of the list."""
    manifest = recognition.manifest(criteria.pack_id)
    watchlist = _create_list(
        deployment_id, criteria, manifest, purge_due_at=purge_due_at, actor=actor, now=now
    )
    _store(watchlist, found, criteria, actor=actor, now=now)
    # Last: a withdrawal in between waits for this commit only, and then finds the list.
    consents.hold()
    consents.check_not_withdrawn(people[0].row.consent_reference or "" for people in found.subjects.values())
    return watchlist.id


def report_of(found: Examination, watchlist_id: UUID | None) -> ImportReport:
    return ImportReport(
        watchlist_id=watchlist_id,
        accepted_subjects=len(found.subjects),
        accepted_pictures=found.pictures,
        refused=found.refused,
        committed=watchlist_id is not None,
        warnings=found.warnings,
        conflicts=found.conflicts,
        repeats=found.repeats,
        same_face=found.same_face,
    )


def usable_pack(pack_id: str) -> Pack:
    """Raises RuleViolated when it is not installed or damaged."""
    try:
        return recognition.get_pack(pack_id)
    except PackError as problem:
        raise RuleViolated([f"the model pack cannot be used: {problem}"], code="pack_unusable") from problem


def _record_refusal(deployment_id: UUID, found: Examination, *, actor: Actor, now: datetime) -> None:
    """Nothing of a refused import is kept but that it was tried, and why it failed."""
    audit.record(
        actor=actor,
        verb="watchlist.import_refused",
        object_type="deployment",
        object_id=deployment_id,
        payload={"refused": Counter(refusal.code for refusal in found.refused), "accepted": found.pictures},
        now=now,
    )


def check_new_list(deployment_id: UUID, *, purge_due_at: datetime, now: datetime) -> None:
    """The deadline is set at import and depends on no button (domain.md §6), so it must be one."""
    longest = timedelta(hours=MOST_HOURS_BEFORE + LONGEST_WINDOW_HOURS + MOST_HOURS_AFTER)
    reasons = []
    if not now < purge_due_at <= now + longest:
        reasons.append(f"the deletion deadline must be within {longest} of the import")
    if Watchlist.objects.filter(deployment_id=deployment_id).exclude(state=WatchlistState.PURGED).exists():
        reasons.append("this deployment already has a list: discard that first")
    if reasons:
        raise RuleViolated(reasons, code="watchlist_import")


def _create_list(
    deployment_id: UUID,
    criteria: Criteria,
    manifest: PackManifest,
    *,
    purge_due_at: datetime,
    actor: Actor,
    now: datetime,
) -> Watchlist:
    watchlist_id = uuid.uuid4()
    return Watchlist.objects.create(
        id=watchlist_id,
        deployment_id=deployment_id,
        state=WatchlistState.IMPORTED,
        blue_list_only=criteria.blue_list_only,
        max_subjects=criteria.max_subjects,
        pack_id=manifest.id,
        pack_version=manifest.edition,
        dimension=manifest.dimension,
        key_id=vault.create_key(purpose=KeyPurpose.WATCHLIST, owner_id=watchlist_id, now=now),
        imported_at=now,
        imported_by_id=actor.id,
        imported_by_label=actor.label,
        purge_due_at=purge_due_at,
    )


def _store(
    watchlist: Watchlist, found: Examination, criteria: Criteria, *, actor: Actor, now: datetime
) -> None:
    for people in batched(found.subjects.values(), PEOPLE_A_BATCH):
        _store_people(watchlist, people, criteria, now=now)
    Refusal.objects.bulk_create(
        Refusal(
            watchlist=watchlist,
            line=refusal.line,
            reference=refusal.reference[:64].replace("\x00", ""),
            picture_name=refusal.picture_name[:255].replace("\x00", ""),
            code=refusal.code,
            reason=refusal.reason.replace("\x00", ""),
        )
        for refusal in found.refused
    )
    watchlist.refused_count = len(found.refused)
    watchlist.save(update_fields=["refused_count"])
    record(
        watchlist,
        actor=actor,
        verb="watchlist.imported",
        now=now,
        subjects=len(found.subjects),
        pictures=found.pictures,
        refused=len(found.refused),
        accepted_warnings=sum(bool(c.warnings) for each in found.subjects.values() for c in each),
        purge_due_at=watchlist.purge_due_at.isoformat(),
        pack_id=watchlist.pack_id,
    )


def _store_people(
    watchlist: Watchlist, people: Sequence[list[Candidate]], criteria: Criteria, *, now: datetime
) -> None:
    """A few hundred people in a handful of statements: one by one, twenty thousand would hold the transaction
    for minutes."""
    subjects = [_subject(watchlist, candidates, criteria) for candidates in people]
    Subject.objects.bulk_create(subjects)
    for subject, candidates in zip(subjects, people, strict=True):
        # One person's pictures at a time are in memory.
        _store_pictures(watchlist, subject, candidates, now=now)
    register.enter(watchlist, subjects, now=now)


def _subject(watchlist: Watchlist, candidates: Sequence[Candidate], criteria: Criteria) -> Subject:
    row = candidates[0].row
    return Subject(
        watchlist=watchlist,
        reference=candidates[0].reference,
        display_name=row.display_name.strip(),
        category=row.category,
        offence=row.offence.strip(),
        legal_basis=row.legal_basis.strip(),
        selected_by=row.selected_by.strip(),
        selected_reason=row.selected_reason.strip(),
        # A clock that is ahead makes no word newer than whatever is heard after it.
        status_checked_at=row.status_checked_at and min(row.status_checked_at, watchlist.imported_at),
        date_of_birth=row.date_of_birth,
        consent_reference=(row.consent_reference or "").strip(),
        expires_at=policies.entry_ends_at(row, criteria, watchlist.imported_at),
        disability=row.disability,
        special_reason=row.special_reason.strip(),
        approach_plan=row.approach_plan.strip(),
        special_groups=special.joined(policies.groups_of(row, watchlist.imported_at)),
    )


def _store_pictures(
    watchlist: Watchlist, subject: Subject, candidates: Sequence[Candidate], *, now: datetime
) -> None:
    blobs = vault.store_many(
        key_id=watchlist.key_id,
        plaintexts=[
            blob
            for each in candidates
            for blob in (
                (BlobKind.PICTURE, each.picture()),
                (BlobKind.TEMPLATE, seals.template_bytes(each.template)),
            )
        ],
        now=now,
    )
    Picture.objects.bulk_create(
        Picture(
            subject=subject,
            source_system=each.row.source_system.strip(),
            source_record=each.row.source_record.strip(),
            captured_date=each.captured_date,
            custody_disposal=each.row.custody_disposal.strip(),
            picture_blob_id=picture_id,
            template_blob_id=template_id,
            template_sha256=seals.template_sha256(each.template),
            pack_id=watchlist.pack_id,
            pack_version=watchlist.pack_version,
            quality_score=each.quality_score,
            warnings=list(each.warnings),
        )
        for each, picture_id, template_id in zip(candidates, blobs[::2], blobs[1::2], strict=True)
    )
