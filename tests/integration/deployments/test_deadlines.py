"""Deadlines are instants on rows: beat down for a day, clocks that change, another zone, two schedulers."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connections

from apps.core import events
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import Deployment
from apps.notices import api as notices
from apps.ops.tasks import sweep_force
from tests.support.days import END, PLANNED, START
from tests.support.plans import REASONS
from tests.support.urgent_days import CONFIRM_BY, HOURS, live, make_urgent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAPSED = START + HOUR


@pytest.fixture
def elsewhere(monkeypatch):
    """A server whose own clock is set to another zone."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def log(day):
    rows = day.call(deployments.decisions, deployment_id=day.deployment_id)
    return [row.kind for row in rows]


def announced(day, **changes):
    """Approved, its notice due later."""
    day.draft(publish_at=PLANNED + DAY, **changes)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()


def swept(day, now):
    return sweep_force(force_id=day.force.id, now=now)


def test_a_day_without_beat_is_caught_up_with_the_instants_that_were_meant(day):
    """Published late rather than never, ended when its window was over, not when somebody noticed."""
    announced(day)
    assert swept(day, PLANNED + DAY - timedelta(seconds=1)) == []
    assert day.get().state is S.APPROVED
    swept(day, PLANNED + 2 * DAY)
    assert (day.get().state, day.get().notice_published_at) == (S.NOTICE_PUBLISHED, PLANNED + 2 * DAY)
    day.to(S.LIVE)
    swept(day, END + DAY)
    assert (day.get().state, day.get().ended_at) == (S.ENDED, END)
    swept(day, END + 2 * DAY)
    assert log(day).count("end_at_window_close") == 1


# The window and the last moment for its notice, both UTC and worked out by hand.
CALENDAR = {
    "clocks go forward": (datetime(2027, 3, 28, 2, 0), datetime(2027, 3, 21, 3, 0)),
    "clocks go back": (datetime(2026, 10, 25, 2, 0), datetime(2026, 10, 18, 1, 0)),
    "leap day": (datetime(2028, 2, 29, 10, 0), datetime(2028, 2, 22, 10, 0)),
    "after the leap day": (datetime(2028, 3, 7, 10, 0), datetime(2028, 2, 29, 10, 0)),
}


@pytest.mark.parametrize("name", list(CALENDAR))
def test_the_notice_is_out_a_week_before_by_the_calendar_wherever_the_server_is(name, elsewhere):
    start, latest = (instant.replace(tzinfo=UTC) for instant in CALENDAR[name])
    assert deployments.latest_publication(start, 7) == latest
    assert deployments.earliest_start(latest, 7) == start
    assert deployments.earliest_start(latest + timedelta(seconds=1), 7) > start


def test_a_server_in_another_zone_ends_it_at_the_same_instant(day, elsewhere):
    assert time.timezone != 0
    day.to(S.LIVE)
    swept(day, END - timedelta(seconds=1))
    assert day.get().state is S.LIVE
    swept(day, END)
    assert (day.get().state, day.get().ended_at) == (S.ENDED, END)


def both(day, step, now):
    """Two schedulers at one moment, each on a connection of its own. Returns what each says that it did."""
    together = Barrier(2)

    def one(_):
        try:
            with force_context(day.force.id):
                Deployment.objects.count()  # connected before either begins
                together.wait(timeout=30)
                return step(now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


def expiring(day):
    announced(day, starts_by=LAPSED)


def publishing(day):
    announced(day)


def ending(day):
    day.to(S.LIVE)


DUE = {
    "publish": (publishing, notices.publish_due, PLANNED + DAY, "publish_notice"),
    "expire": (expiring, deployments.expire_overdue, LAPSED, "expire"),
    "end": (ending, deployments.end_overdue, END, "end_at_window_close"),
}


@pytest.mark.parametrize("what", list(DUE))
def test_each_fires_once_under_two_schedulers(day, what, caplog):
    prepare, step, now, kind = DUE[what]
    prepare(day)
    caplog.clear()
    both(day, step, now)
    assert log(day).count(kind) == 1
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_an_unconfirmed_approval_suspends_once_under_two_schedulers(day, monkeypatch):
    from tests.support.days import make_day

    urgent = live(make_urgent(make_day("east", urgent_confirmation_hours=HOURS), monkeypatch))
    both(urgent, deployments.suspend_unconfirmed, CONFIRM_BY + DAY)
    assert log(urgent).count("suspend") == 1


def test_an_event_that_two_sweeps_find_is_handled_once(day, monkeypatch):
    """The process died between the commit and the handlers: the first sweep alone publishes the page."""
    with monkeypatch.context() as dead:
        dead.setattr(events, "dispatch", lambda **event: False)
        day.draft()
        day.step(deployments.submit, day.planner, PLANNED)
        day.step(
            deployments.approve,
            day.officer,
            PLANNED,
            reasons=REASONS,
            authority_hash=day.get().authority_hash,
        )
    assert day.get().state is S.APPROVED

    def sweep(*, now):
        return events.sweep(force_id=day.force.id, now=now, grace=timedelta(0))

    def one(_):
        try:
            return sweep(now=PLANNED + HOUR)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))
    assert sweep(now=PLANNED + HOUR) == 0
    assert log(day).count("publish_notice") == 1
    assert len(day.call(notices.get_for_deployment, deployment_id=day.deployment_id).history) == 1
