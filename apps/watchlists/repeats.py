"""One picture in two rows of one identity: a person decides which row stays, and the upload is checked again.

Everything here needs an open force context.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.vault import api as vault
from apps.watchlists import decisions, policies
from apps.watchlists.data import Copied, FaceConflict, ImportState, Keep, PictureRepeat
from apps.watchlists.models import FaceDecision, ImportJob, PictureDecision
from apps.watchlists.reader import read_rows
from apps.watchlists.staging import note

SAME_PIXELS = "The two rows have the very same picture. It is listed once."


@dataclass(frozen=True)
class KeptSaid:
    """What was said about a picture, and by whom."""

    first_line: int
    second_line: int
    choice: Keep
    reason: str
    decided_at: datetime
    decided_by_label: str


@dataclass(frozen=True)
class RepeatCase:
    """A repeated picture that nobody decided on yet, by its two rows."""

    repeat: PictureRepeat
    first: decisions.Side
    second: decisions.Side


@dataclass(frozen=True)
class RepeatCases:
    """`open` are in the order of the file; `decided` is everything said so far about this upload."""

    job_id: UUID
    open: tuple[RepeatCase, ...]
    decided: tuple[KeptSaid, ...]


@transaction.atomic
def repeat_cases(*, deployment_id: UUID, actor: Actor, now: datetime) -> RepeatCases:
    """Which pictures this upload has twice. The look is audited: rows are names.

    Raises NotPermitted, NotFound, StagedPictureGone when no upload waits for a person.
    """
    policies.check_import(actor)
    job = decisions.job_to_decide(deployment_id)
    repeats = decisions.open_repeats(job)
    sides = decisions.sides(read_rows(vault.read(blob_id=job.csv_blob_id))) if repeats else {}
    cases = tuple(RepeatCase(each, sides[each.first_line], sides[each.second_line]) for each in repeats)
    if cases:
        note(job, "watchlist.picture_repeats_viewed", actor=actor, now=now, payload={"open": len(cases)})
    said = tuple(
        KeptSaid(
            row.first_line, row.second_line, Keep(row.choice), row.reason, row.decided_at,
            row.decided_by_label,
        )
        for row in PictureDecision.objects.filter(job=job)
    )  # fmt: skip
    return RepeatCases(job.id, cases, said)


@transaction.atomic
def settle_picture(
    *,
    deployment_id: UUID,
    job_id: UUID,
    lines: tuple[int, int],
    choice: Keep,
    reason: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say which of two rows with one picture stays. True when that was the last: the upload is checked again.

    Raises InvalidTransition for a pair that is not open, RuleViolated where the choice cannot be true.
    """
    policies.check_import(actor)
    if actor.id is None:
        raise NotPermitted("which picture stays is decided by a person")
    job = decisions.the_job(deployment_id, job_id)
    repeat = next((each for each in decisions.open_repeats(job) if each.lines == lines), None)
    if repeat is None:
        raise InvalidTransition("This picture is decided on already, or is not twice in this upload.")
    if choice is Keep.BOTH and repeat.how is Copied.EXACT:
        raise RuleViolated([SAME_PIXELS], code="one_picture")
    if not reason.strip():
        raise RuleViolated(["Write why."], code="reason_missing")
    # A word from before the picture was replaced says nothing about the one that is there now.
    PictureDecision.objects.filter(job=job, first_line=lines[0], second_line=lines[1]).delete()
    PictureDecision.objects.create(
        job=job, first_line=lines[0], second_line=lines[1], choice=choice.value, reason=reason.strip(),
        decided_at=now, decided_by_id=actor.id, decided_by_label=actor.label,
    )  # fmt: skip
    _record(job, "watchlist.picture_repeat_settled", lines, choice, actor=actor, now=now, reason=reason)
    return decisions.check_again_when_settled(job, now=now)


@transaction.atomic
def take_back_picture(
    *, deployment_id: UUID, job_id: UUID, lines: tuple[int, int], actor: Actor, now: datetime
) -> bool:
    """The picture is open again. True when the upload is checked again for it."""
    policies.check_import(actor)
    job = decisions.the_job(deployment_id, job_id)
    row = PictureDecision.objects.filter(job=job, first_line=lines[0], second_line=lines[1]).first()
    if row is None:
        raise NotFound("nothing was decided about this picture")
    choice = Keep(row.choice)
    row.delete()
    _record(job, "watchlist.picture_repeat_taken_back", lines, choice, actor=actor, now=now)
    if lines in {each.lines for each in decisions.open_repeats(job)}:
        return False
    decisions.check_again(job, now=now)
    return True


@dataclass(frozen=True)
class OpenItems:
    """What of an upload waits for a person, without a name. `second` are pairs that wait for a second one."""

    faces: tuple[FaceConflict, ...]
    pictures: tuple[PictureRepeat, ...]
    second: frozenset[tuple[str, str]]


def open_items(*, job_id: UUID, actor: Actor) -> OpenItems:
    """Nothing before the check, and nothing once a worker or nobody has the upload. Raises NotPermitted,
    NotFound."""
    policies.check_import(actor)
    job = ImportJob.objects.filter(id=job_id).first()
    if job is None:
        raise NotFound("there is no such upload")
    if job.state != ImportState.CHECKED:
        return OpenItems((), (), frozenset())
    faces = decisions.open_conflicts(job)
    said = FaceDecision.objects.filter(job=job).values_list("first", "second")
    second = frozenset(said) & {each.pair for each in faces if not each.same_picture}
    return OpenItems(faces, decisions.open_repeats(job), second)


def _record(
    job: ImportJob,
    verb: str,
    lines: tuple[int, int],
    choice: Keep,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """By lines and never by names: the audit outlives the upload."""
    payload = {"choice": choice.value, "lines": list(lines)}
    note(job, verb, actor=actor, now=now, payload=payload, reason=reason.strip())
