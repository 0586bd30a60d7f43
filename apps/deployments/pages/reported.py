"""What reports over a time need of each deployment: a few columns, and not the whole authority.

A deployment with all that was written in it is some 13 KiB; ten years of a busy force are thousands of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.errors import RuleViolated
from apps.deployments.data import DeploymentState
from apps.deployments.pages.lists import decided
from apps.deployments.queries import rows

CHUNK = 500
COLUMNS = (
    *("id", "reference", "state", "started_at", "ended_at", "notice_verified_at", "settings_version"),
    *("authority__place_name", "authority__use_case", "authority__threshold", "authority__rehearsal"),
)


class Reported(NamedTuple):
    """One deployment that an officer decided on."""

    id: UUID
    reference: str
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    notice_verified_at: datetime | None
    settings_version: int
    place_name: str
    use_case: str
    threshold: float
    rehearsal: bool


def reported(
    *, states: Collection[DeploymentState], start: datetime, end: datetime, most: int, at_once: int
) -> Iterator[tuple[Reported, ...]]:
    """Those whose window starts from `start` to before `end`, the latest first, `at_once` in each tuple; the
    last one may be empty. Counted in one query and read in another; no more of them in memory than a tuple.

    Raises RuleViolated for more than `most`, before any is read.
    """
    found = rows().filter(decided(), state__in=sorted(states))
    found = found.filter(window_start__gte=start, window_start__lt=end).order_by("-window_start", "-id")
    if found.values("id")[: most + 1].count() > most:
        raise RuleViolated([f"There are more than {most:,} in this time. Choose a shorter one."], code="many")
    every = map(_read, found.values_list(*COLUMNS).iterator(chunk_size=CHUNK))
    read = None
    while read is None or len(read) == at_once:
        read = tuple(islice(every, at_once))
        yield read


def logs_kept(*, deployment_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Of those that are still there, whether the schedule has left their decision log. To be asked after the
    log was read: what was read of one that went meanwhile is no nought."""
    found = rows().filter(id__in=deployment_ids).values_list("id", "log_deleted_at")
    return {deployment_id: deleted_at is None for deployment_id, deleted_at in found}


def _read(values: tuple[Any, ...]) -> Reported:
    found = Reported(*values)
    # The canonical content writes numbers with a point as text.
    return found._replace(threshold=float(found.threshold))
