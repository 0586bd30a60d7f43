"""What a notice said before its place or its time changed: kept with it, readable, and marked as old.

Other changes (a telephone number, a document) are in the history of changes alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.notices.data import NoticeContent, NoticeData, OldVersion
from apps.notices.languages import CHANGED
from apps.notices.models import Notice

# What somebody plans their way by.
OF_A_VERSION = ("place_name", "polygon", "alternatives", "window_start", "window_end")


def keep_version(row: Notice, content: NoticeContent, *, restarted: bool, now: datetime) -> None:
    """Before `content` takes the place of what the row says: keep that, where place or time differ.

    Changes the row and saves nothing. Raises ValueError for a notice that was never published.
    """
    if row.published_at is None:
        raise ValueError("a notice that was never published has no old version")
    old = NoticeContent.from_snapshot(row.content)
    if all(getattr(old, name) == getattr(content, name) for name in OF_A_VERSION):
        return
    before = [OldVersion.from_snapshot(version) for version in row.versions]
    version = OldVersion(
        number=len(before) + 1,
        content=old,
        since=before[-1].until if before else row.published_at,
        until=now,
        restarted=restarted,
    )
    row.versions = [*row.versions, version.snapshot()]


@dataclass(frozen=True)
class Changes:
    """What became of a notice after its first version. `parts`: how often each part was published otherwise,
    in the words of its history. `corrections` of results that people asked for; `renewed` by the platform."""

    versions: int
    parts: Mapping[str, int]
    corrections: int
    renewed: int


def changes_of_each(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, Changes]:
    """Of the published notices of the open force, in one query."""
    rows = Notice.objects.filter(
        force_id=current_force_id(), deployment_id__in=deployment_ids, published_at__isnull=False
    )
    values = rows.values_list("deployment_id", "history", "old_results")
    return {each: _changes(history, old) for each, history, old in values}


def _changes(history: Sequence[Mapping[str, str]], old: Sequence[Mapping[str, str]]) -> Changes:
    changed = [found["parts"].split(", ") for entry in history if (found := CHANGED.match(entry["text"]))]
    asked_for = sum(bool(each["role"]) for each in old)
    parts = Counter(part for several in changed for part in several)
    return Changes(len(changed), parts, asked_for, len(old) - asked_for)


def old_version(notice: NoticeData, number: int) -> OldVersion:
    """Raises NotFound; what the notice says now is no old version."""
    found = next((version for version in notice.versions if version.number == number), None)
    if found is None:
        raise NotFound("there is no such old version of the notice")
    return found
