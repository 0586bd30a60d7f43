"""What reports over a time need of each deployment: a few columns, and not the whole authority.

A deployment with all that was written in it is some 13 KiB; ten years of a busy force are thousands of them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from apps.core.errors import RuleViolated
from apps.deployments.data import DeploymentState
from apps.deployments.pages.lists import decided
from apps.deployments.queries import rows

CHUNK = 500
COLUMNS = (
    *("id", "reference", "state", "started_at", "ended_at", "notice_verified_at", "settings_version"),
    *("log_deleted_at", "authority__place_name", "authority__use_case", "authority__threshold"),
    "authority__rehearsal",
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
    log_deleted_at: datetime | None
    place_name: str
    use_case: str
    threshold: float
    rehearsal: bool


def reported(
    *, states: Collection[DeploymentState], start: datetime, end: datetime, most: int
) -> tuple[Reported, ...]:
    """Those whose window starts from `start` to before `end`, the latest first; in one query, row by row.

    Raises RuleViolated for more than `most`.
    """
    found = rows().filter(decided(), state__in=sorted(states))
    found = found.filter(window_start__gte=start, window_start__lt=end).order_by("-window_start", "-id")
    columns = found.values_list(*COLUMNS)[: most + 1]
    read = tuple(_read(values) for values in columns.iterator(chunk_size=CHUNK))
    if len(read) > most:
        raise RuleViolated([f"There are more than {most:,} in this time. Choose a shorter one."], code="many")
    return read


def _read(values: tuple[Any, ...]) -> Reported:
    found = Reported(*values)
    # The canonical content writes numbers with a point as text.
    return found._replace(threshold=float(found.threshold))
