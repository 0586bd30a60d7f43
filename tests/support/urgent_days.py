"""An urgent deployment, approved by an inspector at night and driven to where a test wants it."""

from __future__ import annotations

from datetime import timedelta

from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments import queries
from apps.deployments.data import AssessmentKind, UrgentGrounds
from tests.support.assessed import assessed
from tests.support.days import Day
from tests.support.plans import REASONS, START

DECIDED = START - timedelta(hours=3)
HOURS = 5
CONFIRM_BY = DECIDED + timedelta(hours=HOURS)
URGENT = {
    "rehearsal": False,
    "urgent_grounds": UrgentGrounds.IMMINENT_THREAT,
    "urgent_reason": "He said that he would be there tonight with a knife.",
}


def make_urgent(day: Day, monkeypatch) -> Day:
    """Submitted. No installed model has evidence enough for operations, so one is said to have it."""
    monkeypatch.setattr(queries, "pack_grade", lambda pack_id: "operational")
    monkeypatch.setattr(queries, "grade_of", lambda authority, **counted: "operational")
    day.inspector = day.person("inspector", Role.URGENT_AUTHORISING_OFFICER)
    every = assessed(day.force.id, day.planner, *AssessmentKind)
    day.draft(assessments=every, **URGENT)
    day.step(deployments.submit, day.planner, DECIDED)
    return day


def ready(day: Day) -> Day:
    """Approved by the inspector, who accepts the list too, and checked."""
    day.approve(now=DECIDED, actor=day.inspector)
    day.import_list(now=DECIDED)
    day.step(deployments.seal_watchlist, day.planner, DECIDED)
    seal_hash = day.get().watchlist_seal_hash
    day.step(deployments.accept_watchlist, day.inspector, DECIDED, seal_hash=seal_hash)
    day.check()
    day.step(deployments.make_ready, day.silver, START)
    return day


def live(day: Day) -> Day:
    ready(day)
    day.step(deployments.start, day.silver, START)
    return day


__all__ = ["CONFIRM_BY", "DECIDED", "HOURS", "REASONS", "URGENT", "live", "make_urgent", "ready"]
