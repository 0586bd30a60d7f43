"""What a notice said before its place or its time changed: kept with it, readable, and marked as old.

Other changes (a telephone number, a document) are in the history of changes alone.
"""

from __future__ import annotations

from datetime import datetime

from apps.core.errors import NotFound
from apps.notices.data import NoticeContent, NoticeData, OldVersion
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


def old_version(notice: NoticeData, number: int) -> OldVersion:
    """Raises NotFound; what the notice says now is no old version."""
    found = next((version for version in notice.versions if version.number == number), None)
    if found is None:
        raise NotFound("there is no such old version of the notice")
    return found
