"""One face under two identities: a person decides who it is, and the upload is checked again (domain.md §4).

Until every pair is decided nothing of the upload can be imported. That two people have one face is believed
only when a second person says so too. Everything here needs an open force context.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.recognition.api import SameFace
from apps.vault import api as vault
from apps.watchlists import policies, reports
from apps.watchlists.data import (
    EntryRow,
    FaceConflict,
    ImportState,
    Keep,
    PictureRepeat,
    Settlement,
    StagedPictureGone,
)
from apps.watchlists.models import FaceDecision, ImportJob, PictureDecision, StagedPicture
from apps.watchlists.reader import read_rows
from apps.watchlists.resolving import Kept, Resolution, Settled, resolution
from apps.watchlists.staging import locked, note

GONE = "This upload was decided on: nothing is left to compare."
ONE_PICTURE = "The two rows name the same picture. One picture of one face cannot show two people."
SECOND_PERSON = "That these are two people is confirmed by somebody else than the person who said so."
SIMILARITY_PLACES = 3


@dataclass(frozen=True)
class Side:
    """One of the two identities, by the row of its nearest picture."""

    line: int
    reference: str
    display_name: str
    category: str
    offence: str
    date_of_birth: date | None
    selected_by: str
    selected_reason: str
    source: str
    captured_date: date | None
    pictures: int


@dataclass(frozen=True)
class Decided:
    first: str
    second: str
    choice: Settlement
    reason: str
    decided_at: datetime
    decided_by_id: UUID
    decided_by_label: str
    confirmed_by_label: str

    @property
    def waits(self) -> bool:
        return self.choice is Settlement.TWO_PEOPLE and not self.confirmed_by_label


@dataclass(frozen=True)
class Case:
    """A pair that is still open; with `decided` it waits for a second person."""

    conflict: FaceConflict
    first: Side
    second: Side
    decided: Decided | None


@dataclass(frozen=True)
class Cases:
    """`open` are in the order of the file; `decided` is everything said so far about this upload."""

    job_id: UUID
    uploader_label: str
    open: tuple[Case, ...]
    decided: tuple[Decided, ...]
    same_face: SameFace | None


def decided(job: ImportJob) -> Resolution:
    """What follows from the decisions on a job."""
    faces = [
        Settled(row.first, row.second, Settlement(row.choice), confirmed=row.confirmed_at is not None)
        for row in FaceDecision.objects.filter(job=job)
    ]
    pictures = [
        Kept(row.first_line, row.second_line, Keep(row.choice))
        for row in PictureDecision.objects.filter(job=job)
    ]
    return resolution(faces, pictures)


def open_conflicts(job: ImportJob) -> tuple[FaceConflict, ...]:
    """The pairs of the report that no decision settles."""
    known = decided(job)
    return tuple(each for each in _conflicts(job) if known.leaves_open(each))


def open_repeats(job: ImportJob) -> tuple[PictureRepeat, ...]:
    """The repeated pictures of the report that no decision settles."""
    report, known = reports.read(job), decided(job)
    return tuple(each for each in (report.repeats if report else ()) if known.leaves_repeated(each))


def job_to_decide(deployment_id: UUID) -> ImportJob:
    """The upload that waits for a person, locked. Raises NotFound, StagedPictureGone."""
    latest = ImportJob.objects.filter(deployment_id=deployment_id).order_by("-started_at").first()
    if latest is None:
        raise NotFound("there is no upload of this deployment")
    job = locked(latest.id)
    if job.state != ImportState.CHECKED:
        raise StagedPictureGone(GONE)
    return job


def _conflicts(job: ImportJob) -> tuple[FaceConflict, ...]:
    report = reports.read(job)
    return () if report is None else report.conflicts


@transaction.atomic
def face_cases(*, deployment_id: UUID, actor: Actor, now: datetime) -> Cases:
    """Whom this upload has twice. The look is audited: rows are names.

    Raises NotPermitted, NotFound, StagedPictureGone when no upload waits for a person.
    """
    policies.check_compare(actor)
    job = job_to_decide(deployment_id)
    said = {(row.first, row.second): _as_data(row) for row in FaceDecision.objects.filter(job=job)}
    conflicts = open_conflicts(job)
    found = sides(read_rows(vault.read(blob_id=job.csv_blob_id))) if conflicts else {}
    cases = tuple(
        Case(each, found[each.first_line], found[each.second_line], _standing(said.get(each.pair), each))
        for each in conflicts
    )
    if cases:
        note(job, "watchlist.face_conflicts_viewed", actor=actor, now=now, payload={"open": len(cases)})
    report = reports.read(job)
    rule = None if report is None else report.same_face
    return Cases(job.id, job.started_by_label, cases, tuple(said.values()), rule)


def _standing(said: Decided | None, conflict: FaceConflict) -> Decided | None:
    """What was said, unless the pictures that came since show that it cannot be true."""
    return None if conflict.same_picture else said


def _as_data(row: FaceDecision) -> Decided:
    return Decided(
        row.first, row.second, Settlement(row.choice), row.reason, row.decided_at, row.decided_by_id,
        row.decided_by_label, row.confirmed_by_label,
    )  # fmt: skip


def sides(rows: Iterable[EntryRow]) -> Mapping[int, Side]:
    rows = list(rows)
    pictures: dict[str, int] = {}
    for row in rows:
        pictures[row.reference.strip()] = pictures.get(row.reference.strip(), 0) + 1
    return {
        row.line: Side(
            line=row.line,
            reference=row.reference.strip(),
            display_name=row.display_name,
            category=row.category,
            offence=row.offence,
            date_of_birth=row.date_of_birth,
            selected_by=row.selected_by,
            selected_reason=row.selected_reason,
            source=f"{row.source_system}, {row.source_record}",
            captured_date=row.captured_date,
            pictures=pictures[row.reference.strip()],
        )
        for row in rows
        if row.line is not None
    }


def waiting_for_second(*, job_id: UUID) -> int:
    """How many pairs of an upload wait for a second person."""
    said = FaceDecision.objects.filter(job_id=job_id, choice=Settlement.TWO_PEOPLE.value)
    return said.filter(confirmed_at__isnull=True).count()


def undecided(*, job_id: UUID) -> tuple[int, int]:
    """Of how many pairs of identities, and of how many repeated pictures, nobody has said anything yet."""
    job = ImportJob.objects.get(id=job_id)
    said = {(row.first, row.second): _as_data(row) for row in FaceDecision.objects.filter(job=job)}
    pairs = sum(_standing(said.get(each.pair), each) is None for each in open_conflicts(job))
    return pairs, len(open_repeats(job))


@transaction.atomic
def view_conflict_picture(*, deployment_id: UUID, line: int, actor: Actor, now: datetime) -> bytes:
    """The picture of one side of an open pair, as JPEG. Each look is audited.

    Raises NotPermitted, NotFound for every other line, StagedPictureGone once it is decided.
    """
    policies.check_compare(actor)
    job = job_to_decide(deployment_id)
    faces = {number for each in open_conflicts(job) for number in (each.first_line, each.second_line)}
    if line not in faces | {number for each in open_repeats(job) for number in each.lines}:
        raise NotFound("there is no picture to compare in this line")
    rows = read_rows(vault.read(blob_id=job.csv_blob_id))
    name = next(row.picture_name for row in rows if row.line == line)
    file = StagedPicture.objects.filter(job=job, name=name).first()
    if file is None or file.picture_blob_id is None:
        raise NotFound("there is no picture to compare in this line")
    note(job, "watchlist.staged_picture_viewed", actor=actor, now=now, payload={"line": line})
    return vault.read(blob_id=file.picture_blob_id)


@transaction.atomic
def settle_faces(
    *,
    deployment_id: UUID,
    job_id: UUID,
    pair: tuple[str, str],
    choice: Settlement,
    reason: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say who two identities with one face are. True when that was the last: the upload is checked again.

    Raises RuleViolated where the pair was decided already, or the choice cannot be true.
    """
    policies.check_import(actor)
    if actor.id is None:
        raise NotPermitted("who somebody is, is decided by a person")
    job = the_job(deployment_id, job_id)
    conflict = _open_pair(job, pair)
    said = FaceDecision.objects.filter(job=job, first=pair[0], second=pair[1])
    if conflict.same_picture:
        said.delete()  # a word from before this picture came says nothing any more
    if said.exists():
        raise RuleViolated(
            ["This pair waits for a second person. Take the decision back first."], code="twice"
        )
    if choice is Settlement.TWO_PEOPLE and conflict.same_picture:
        raise RuleViolated([ONE_PICTURE], code="one_picture")
    if not reason.strip():
        raise RuleViolated(["Write why."], code="reason_missing")
    FaceDecision.objects.create(
        job=job, first=pair[0], second=pair[1], choice=choice.value, reason=reason.strip(), decided_at=now,
        decided_by_id=actor.id, decided_by_label=actor.label,
    )  # fmt: skip
    _record(job, "watchlist.face_conflict_settled", conflict, choice, actor=actor, now=now, reason=reason)
    return check_again_when_settled(job, now=now)


@transaction.atomic
def confirm_faces(
    *, deployment_id: UUID, job_id: UUID, pair: tuple[str, str], agrees: bool, actor: Actor, now: datetime
) -> bool:
    """A second person on "these are two people". Without their agreement the pair is open again.

    True when the upload is checked again. Raises NotPermitted for whoever decided it.
    """
    policies.check_compare(actor)
    job = the_job(deployment_id, job_id)
    conflict = _open_pair(job, pair)
    row = FaceDecision.objects.filter(job=job, first=pair[0], second=pair[1]).first()
    if row is None or row.choice != Settlement.TWO_PEOPLE or conflict.same_picture:
        raise NotFound("nothing waits for a second person here")
    if actor.id is None or actor.id == row.decided_by_id:
        raise NotPermitted(SECOND_PERSON)
    if agrees:
        row.confirmed_at, row.confirmed_by_id, row.confirmed_by_label = now, actor.id, actor.label
        row.save(update_fields=["confirmed_at", "confirmed_by_id", "confirmed_by_label"])
    else:
        row.delete()
    verb = "watchlist.face_conflict_confirmed" if agrees else "watchlist.face_conflict_not_confirmed"
    _record(job, verb, conflict, Settlement.TWO_PEOPLE, actor=actor, now=now)
    return check_again_when_settled(job, now=now)


@transaction.atomic
def take_back_faces(
    *, deployment_id: UUID, job_id: UUID, pair: tuple[str, str], actor: Actor, now: datetime
) -> bool:
    """The pair is open again. True when the upload is checked again for it."""
    policies.check_import(actor)
    job = the_job(deployment_id, job_id)
    row = FaceDecision.objects.filter(job=job, first=pair[0], second=pair[1]).first()
    if row is None:
        raise NotFound("nothing was decided about these two")
    known = next((each for each in _conflicts(job) if each.pair == pair), None)
    choice = Settlement(row.choice)
    row.delete()
    _record(job, "watchlist.face_conflict_taken_back", known, choice, actor=actor, now=now)
    if known is None:
        check_again(job, now=now)
    return known is None


def the_job(deployment_id: UUID, job_id: UUID) -> ImportJob:
    """The upload that was on the page, locked; what was said about another one counts for nothing."""
    job = job_to_decide(deployment_id)
    if job.id != job_id:
        raise InvalidTransition("There is another upload meanwhile. Load the page again.")
    return job


def _open_pair(job: ImportJob, pair: tuple[str, str]) -> FaceConflict:
    for each in open_conflicts(job):
        if each.pair == pair:
            return each
    raise InvalidTransition("These two are decided already, or are not in this upload.")


def check_again_when_settled(job: ImportJob, *, now: datetime) -> bool:
    """True when nothing waits for a person any more, neither a face nor a picture."""
    if open_conflicts(job) or open_repeats(job):
        return False
    check_again(job, now=now)
    return True


def check_again(job: ImportJob, *, now: datetime) -> None:
    """Back to a worker, who finds the pictures looked at already and writes a new report."""
    job.state, job.holder, job.attempts, job.attend_at = ImportState.UPLOADED, None, 0, now
    job.updated_at = now
    job.save(update_fields=["state", "holder", "attempts", "attend_at", "updated_at"])


def _record(
    job: ImportJob,
    verb: str,
    conflict: FaceConflict | None,
    choice: Settlement,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """By lines and never by names: the audit outlives the upload."""
    payload: dict[str, object] = {"choice": choice.value}
    if conflict is not None:
        payload |= {
            "lines": [conflict.first_line, conflict.second_line],
            "cosine_similarity": round(conflict.cosine_similarity, SIMILARITY_PLACES),
            "same_picture": conflict.same_picture,
        }
    note(job, verb, actor=actor, now=now, payload=payload, reason=reason.strip())
