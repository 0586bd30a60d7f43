"""What health says of the purges of the next four hours, which the platform tries by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from apps.alerts.models import Alert
from apps.core import redis
from apps.core.clock import utc_now
from apps.ops import health
from apps.ops.tasks import rehearse_purges, sweep
from apps.vault.keystore import key_store
from lfrplatform.celery import app
from tests.support.alert_stage import make_stage


@pytest.fixture
def stage(real_db, valkey):
    return make_stage("north")


def ask(client):
    answer = client.get("/health/")
    return answer.status_code, answer.json()


def due_in(stage, hours):
    """An alert whose key is not where it was put, with its deadline so many hours from now."""
    alert = stage.raise_alert()
    with stage.context():
        Alert.objects.filter(id=alert.id).update(purge_due_at=utc_now() + timedelta(hours=hours))
    key_store()._path(stage.force.id, alert.key_id).unlink()
    return alert


def swept(hours, *, silent=()):
    """The sweep of so many hours from now until now, a beat a minute, but for the minutes in `silent`."""
    begun = utc_now() - timedelta(hours=hours)
    for minute in range(int(hours * 60) + 1):
        if minute not in silent:
            health.note_beat(failed_steps=0, now=begun + timedelta(minutes=minute))


def test_a_purge_that_would_fail_in_three_hours_makes_it_fail_and_names_nobody(stage, client):
    alert = due_in(stage, 3)
    sweep()
    rehearse_purges()
    status, found = ask(client)
    assert (status, found["status"], found["failing_purges"], found["overdue_purges"]) == (
        503,
        "failing",
        1,
        0,
    )
    for name in (stage.force.slug, str(stage.force.id), str(alert.id), "alert_biometrics"):
        assert name not in str(found)


def test_five_hours_before_it_is_well(stage, client):
    due_in(stage, 5)
    sweep()
    rehearse_purges()
    status, found = ask(client)
    assert (status, found["failing_purges"]) == (200, 0)
    assert 0 <= found["rehearsal_age_s"] < 30


def test_it_is_well_again_after_the_next_rehearsal(stage, client):
    alert = due_in(stage, 3)
    rehearse_purges()
    key_store()._path(stage.force.id, alert.key_id).write_bytes(b"put back")
    sweep()
    assert ask(client)[0] == 503
    rehearse_purges()
    assert ask(client)[0] == 200


def test_no_rehearsal_for_an_hour_makes_it_fail_while_the_sweep_runs(stage, client):
    swept(1.1)
    status, found = ask(client)
    assert (status, found["rehearsal_late"], found["rehearsal_age_s"]) == (503, True, None)
    health.note_rehearsal(failing=0, now=utc_now() - timedelta(minutes=61))
    assert ask(client)[1]["rehearsal_late"]
    health.note_rehearsal(failing=0, now=utc_now() - timedelta(minutes=59))
    assert ask(client)[0] == 200


def test_a_platform_that_starts_has_an_hour_for_its_first_rehearsal(stage, client):
    swept(0.9)
    status, found = ask(client)
    assert (status, found["rehearsal_late"]) == (200, False)


def test_so_has_one_that_was_off(stage, client):
    """It rehearsed before; the hour counts from the sweep's new start."""
    health.note_rehearsal(failing=0, now=utc_now() - timedelta(hours=3))
    swept(2, silent=range(10, 100))
    status, found = ask(client)
    assert (status, found["rehearsal_late"]) == (200, False)


def test_a_sweep_of_the_version_before_is_no_late_rehearsal(stage, client):
    health.note_beat(failed_steps=0, now=utc_now())
    key = redis.key(*health.BEAT_KEY)
    before = redis.client().get(key).decode().split(', "since"')[0] + "}"
    redis.client().set(key, before)
    assert ask(client)[0] == 200


def test_two_schedulers_at_once_do_no_harm(stage, client):
    due_in(stage, 3)

    def run(_):
        try:
            rehearse_purges()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(8)))
    sweep()
    assert ask(client)[1]["failing_purges"] == 1


def test_one_that_is_at_it_keeps_the_next_away_until_its_time_is_over(stage, client):
    held = redis.client().lock(redis.key("ops", "rehearsing"), timeout=600)
    assert held.acquire(blocking=False)
    rehearse_purges()
    assert ask(client)[1]["rehearsal_age_s"] is None
    held.release()
    rehearse_purges()
    assert ask(client)[1]["rehearsal_age_s"] is not None


def test_it_runs_by_itself_every_quarter_of_an_hour():
    entry = app.conf.beat_schedule["rehearse-purges"]
    assert entry["task"] == rehearse_purges.name
    assert entry["schedule"] == 900
