"""The rows of a report over a time: one deployment each, in the columns of domain.md §7, packed.

A year of a busy force is hundreds of rows, and ten years of ten of them are tens of thousands. They are read
several times: summed, drawn, hashed and written. Packed, a row takes a hundred bytes of memory or so in place
of some thousands, and only a pack of them stands open at a time.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.alerts.data import AlertSummary
from apps.core.wording import say_duration
from apps.scrutiny.data import plain

PACK = 500


@dataclass(frozen=True)
class PeriodRow:
    """One deployment that began. `watchlist`: people looked for, at the seal. `tracks` None: nothing counted.
    `notice` None: nobody saw it from outside before the start. `is_short`: less of it than the minimum.
    `log_deleted`: by the schedule, so that its alerts are not 0 but not here, and in no sum."""

    reference: str
    place: str
    date: date
    started_at: datetime
    ended_at: datetime | None
    use_case: str
    watchlist: int
    threshold: float
    tracks: int | None
    alerts: AlertSummary
    notice: timedelta | None
    is_short: bool
    blind_s: float
    log_deleted: bool = False

    @property
    def notice_words(self) -> str:
        return "none that was seen from outside" if self.notice is None else say_duration(self.notice)


class PackedRows(Collection[PeriodRow]):
    """In the order in which they were added; may be read as often as wanted."""

    def __init__(self) -> None:
        self._packs: list[bytes] = []
        self._open: list[PeriodRow] = []

    def add(self, row: PeriodRow) -> None:
        self._open.append(row)
        if len(self._open) == PACK:
            self._packs.append(zlib.compress(json.dumps([plain(each) for each in self._open]).encode()))
            self._open = []

    def __len__(self) -> int:
        return len(self._packs) * PACK + len(self._open)

    def __iter__(self) -> Iterator[PeriodRow]:
        for values in self._unpacked():
            yield _row(values)
        yield from self._open

    def __contains__(self, row: object) -> bool:
        return any(each == row for each in self)

    def plain(self) -> Iterator[dict[str, Any]]:
        """Each as `data.plain` makes it."""
        yield from self._unpacked()
        for row in self._open:
            values = plain(row)
            if not isinstance(values, dict):
                raise TypeError("a row is a mapping in JSON")
            yield values

    def _unpacked(self) -> Iterator[dict[str, Any]]:
        for pack in self._packs:
            yield from json.loads(zlib.decompress(pack))


def _row(values: Mapping[str, Any]) -> PeriodRow:
    """What `data.plain` made of a row, as it was."""
    ended, notice, alerts = values["ended_at"], values["notice"], values["alerts"]
    changed = {
        "date": date.fromisoformat(values["date"]),
        "started_at": datetime.fromisoformat(values["started_at"]),
        "ended_at": None if ended is None else datetime.fromisoformat(ended),
        "alerts": AlertSummary(**{**alerts, "deployment_id": UUID(alerts["deployment_id"])}),
        "notice": None if notice is None else timedelta(seconds=notice),
    }
    return PeriodRow(**{**values, **changed})
