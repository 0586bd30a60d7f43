"""What people of a force are told of purges: one that would fail before its deadline, and one that is late.

Noted after each rehearsal (every 15 minutes). Administrators and silver commanders see it on their home until
the purge would go through, and get a mail when it begins and when the deadline has passed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.notices import api as notices
from apps.retention.data import AlarmData, Overdue, WouldFail
from apps.retention.models import PurgeAlarm
from apps.retention.queries import GRACE, overdue

TOLD = (Role.FORCE_ADMIN, Role.SILVER_COMMANDER)
RAISED, OVERDUE, ENDED = (
    "retention.alarm_raised",
    "retention.alarm_overdue",
    "retention.alarm_ended",
)


@dataclass(frozen=True)
class _Found:
    title: str
    count: int | None
    due_at: datetime | None
    late: bool


def alarms() -> tuple[AlarmData, ...]:
    """Of the open force, the first deadline first. One query."""
    return tuple(_as_data(row) for row in PurgeAlarm.objects.all())


def _as_data(row: PurgeAlarm) -> AlarmData:
    return AlarmData(row.data_class, row.title, row.count, row.due_at, row.since, row.overdue_since)


def note_alarms(*, force_id: UUID, failing: Collection[WouldFail], now: datetime) -> None:
    """After a rehearsal, `failing` being what it found. Must not be called inside a force context."""
    # What cannot be counted would stop the count of everything else: it is among what fails already.
    uncounted = {each.data_class for each in failing if each.count is None}
    late = _not_deleted(force_id, now, GRACE, uncounted)
    # What has just fallen due is not late yet, but neither is it mended when an alarm foresaw it.
    at_once = {each.data_class: each for each in _not_deleted(force_id, now, timedelta(0), uncounted)}
    with force_context(force_id):
        rows = {row.data_class: row for row in PurgeAlarm.objects.select_for_update()}
        found = {each.data_class: _Found(each.title, each.count, each.due_at, False) for each in failing}
        for key, row in rows.items():
            if key in at_once and key not in found:
                found[key] = _Found(row.title, at_once[key].not_deleted, row.due_at, False)
        for each in late:
            due_at = rows[each.data_class].due_at if each.data_class in rows else None
            found[each.data_class] = _Found(each.title, each.not_deleted, due_at, True)
        for key, one in found.items():
            _keep(rows.get(key), key, one, now)
        for key in rows.keys() - found.keys():
            _end(rows[key], now)


def _not_deleted(force_id: UUID, now: datetime, grace: timedelta, but: Collection[str]) -> list[Overdue]:
    """Without what is deleted and not proven yet: health tells that, and nobody's data is still there."""
    return [each for each in overdue(force_id=force_id, now=now, grace=grace, but=but) if each.not_deleted]


@transaction.atomic
def _keep(row: PurgeAlarm | None, data_class: str, found: _Found, now: datetime) -> None:
    verb = RAISED if row is None else ""
    if found.late and (row is None or row.overdue_since is None):
        verb = OVERDUE
    row = row or PurgeAlarm(data_class=data_class, since=now)
    row.title, row.count, row.due_at = found.title, found.count, found.due_at
    if verb == OVERDUE:
        row.overdue_since = now
    row.save()
    if verb:
        _note(row, verb, now)
        notices.tell_of_alarm(title=row.title, due_at=row.due_at, late=found.late, to=TOLD, now=now)


@transaction.atomic
def _end(row: PurgeAlarm, now: datetime) -> None:
    _note(row, ENDED, now)
    row.delete()


def _note(row: PurgeAlarm, verb: str, now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=row.force_id, label="retention", origin="ops.rehearse_purges"),
        verb=verb,
        object_type="force",
        object_id=row.force_id,
        payload={
            "data_class": row.data_class,
            "title": row.title,
            "count": row.count,
            "due_at": row.due_at.isoformat() if row.due_at else None,
        },
        now=now,
    )
