"""The content of a public notice, for tests that need many."""

from __future__ import annotations

from typing import Any

from apps.forces.data import ForceData
from apps.notices.data import NoticeContent
from tests.support.plans import END, SQUARE, START


def make_content(force: ForceData, **changes: Any) -> NoticeContent:
    values: dict[str, Any] = {
        "force_name": force.name,
        "force_slug": force.slug,
        "contact_lines": ("dpo@north.example",),
        "notice_minimum_days": 7,
        "reference": "LFR-2026-001",
        "place_name": "Market Square",
        "polygon": SQUARE,
        "window_start": START,
        "window_end": END,
        "use_case": "crime_hotspot",
        "policing_purpose": "Find people wanted for robbery.",
        "categories": ("court_warrant",),
        "legal_bases": ("common law",),
        "rehearsal": False,
        "evidence_grade": "operational",
        "alert_keep_hours": 24,
        "watchlist_keep_hours": 24,
        "deletion": (("Alert pictures", "at most 24 hours"),),
        "oversight_lines": (),
        "documents": (),
        "results_deadline_days": 5,
    }
    return NoticeContent(**(values | changes))
