"""What retention gives to others: frozen values, and the exact bytes whose hash a certificate carries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

CERTIFICATE_VERSION = 1


@dataclass(frozen=True)
class CertificateData:
    """One deletion certificate (domain.md §6): what was deleted of whom, when it was due, when it was done.

    `subject_id` is usually the deployment. `finished_at` is the time of the second look, after the deletion
    had committed; until then there is no certificate. `simulated` when the clock of the purge was not the
    real one.
    """

    id: UUID
    force_id: UUID
    data_class: str
    title: str
    subject_id: UUID
    counts: Mapping[str, int]
    due_at: datetime
    started_at: datetime
    finished_at: datetime
    verified_how: str
    simulated: bool
    sha256: str

    @property
    def late_s(self) -> float:
        """Seconds between the deadline and the proof; never negative."""
        return max(0.0, (self.finished_at - self.due_at).total_seconds())


def certificate_sha256(
    *,
    certificate_id: UUID,
    force_id: UUID,
    data_class: str,
    subject_id: UUID,
    counts: Mapping[str, int],
    due_at: datetime,
    started_at: datetime,
    finished_at: datetime,
    verified_how: str,
    simulated: bool,
) -> str:
    """SHA-256 of the canonical JSON of a certificate, 64 hexadecimal digits."""
    content = {
        "version": CERTIFICATE_VERSION,
        "id": str(certificate_id),
        "force_id": str(force_id),
        "data_class": data_class,
        "subject_id": str(subject_id),
        "counts": dict(counts),
        "due_at": _plain(due_at),
        "started_at": _plain(started_at),
        "finished_at": _plain(finished_at),
        "verified_how": verified_how,
        "simulated": simulated,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class PurgeRun:
    """What one run did for one force. `problems` are words for the alarm; empty when all of it worked."""

    force_id: UUID
    certificates: tuple[CertificateData, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class WouldPurge:
    """What a purge would delete now, found by deleting it and rolling back."""

    data_class: str
    subject_id: UUID
    counts: Mapping[str, int]
    due_at: datetime


@dataclass(frozen=True)
class WouldFail:
    """A purge that would fail at its deadline, found by rehearsing it.

    `count` is how many things would stay and `due_at` the first of their deadlines, to the second; both None
    when the rule cannot even count. `failed` names classes of errors, never what they say.
    """

    data_class: str
    title: str
    count: int | None
    due_at: datetime | None
    failed: str

    @property
    def words(self) -> str:
        if self.count is None or self.due_at is None:
            return f"what is due of {self.data_class} cannot be counted: {self.failed}"
        due = _plain_second(self.due_at)
        return (
            f"the purge of {self.data_class} would fail for {self.count}, the first due {due}: {self.failed}"
        )


def _plain_second(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Overdue:
    """Things of one data class that are past their deadline, or deleted and not yet proven to be."""

    data_class: str
    title: str
    not_deleted: int
    not_verified: int


@dataclass(frozen=True)
class AlarmData:
    """A purge that would fail, or that is past its deadline: as people of the force are told of it.

    `due_at` is the first deadline, None where nobody could say or foresaw it; `overdue_since` is None before.
    """

    data_class: str
    title: str
    count: int | None
    due_at: datetime | None
    since: datetime
    overdue_since: datetime | None

    @property
    def is_overdue(self) -> bool:
        return self.overdue_since is not None
