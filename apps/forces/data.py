from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ForceData:
    id: UUID
    slug: str
    name: str
    notice_minimum_days: int
    list_window_hours: int
    watchlist_keep_hours: int
    alert_keep_hours: int
    decision_expiry_s: int
    max_watchlist_size: int
    minimum_staffing: int
    categories: frozenset[str]
    contact_lines: tuple[str, ...]
    results_deadline_days: int
    # The oversight body, its meeting, its webcast; and (title, address) of assessments and policy.
    oversight_lines: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
