"""What outlives the lists of one deployment: seals and checks of the status, with their times. Nobody's name.

Every function is one query and needs an open force context.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.tenancy import current_force_id
from apps.watchlists.models import StatusCheck, Watchlist


@dataclass(frozen=True)
class SealedList:
    """One list as it was sealed; the counts are those of the seal, `volunteers` are part of `subjects`."""

    id: UUID
    seal_hash: str
    sealed_at: datetime
    subjects: int
    pictures: int
    volunteers: int
    pack_id: str
    pack_version: str


@dataclass(frozen=True)
class AnsweredCheck:
    """A check of everybody's status that was answered."""

    id: UUID
    source: str
    finished_at: datetime
    asked: int


def sealed_lists(*, deployment_id: UUID) -> tuple[SealedList, ...]:
    """Every list that was ever sealed for it, purged or not, the first one first."""
    current_force_id()
    rows = Watchlist.objects.filter(deployment_id=deployment_id, sealed_at__isnull=False).order_by(
        "sealed_at"
    )
    return tuple(
        SealedList(
            id=row.id,
            seal_hash=row.seal_hash,
            sealed_at=row.sealed_at,
            subjects=row.sealed_subjects,
            pictures=row.sealed_pictures,
            volunteers=row.sealed_volunteers,
            pack_id=row.pack_id,
            pack_version=row.pack_version,
        )
        for row in rows
        if row.sealed_at is not None
    )


def answered_checks(*, deployment_id: UUID) -> tuple[AnsweredCheck, ...]:
    """The first one first; without those of one person, and those that nobody answered."""
    current_force_id()
    rows = StatusCheck.objects.filter(
        deployment_id=deployment_id, one_person=False, finished_at__isnull=False, problem=""
    ).order_by("finished_at")
    return tuple(
        AnsweredCheck(row.id, row.source, row.finished_at, row.asked)
        for row in rows
        if row.finished_at is not None
    )
