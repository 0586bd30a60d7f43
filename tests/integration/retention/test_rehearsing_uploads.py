"""An upload that nobody finishes is deleted with the deadline of its list: that is rehearsed, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.deployments.data import DeploymentState
from apps.retention import api
from apps.vault.keystore import key_store
from apps.watchlists.models import ImportJob
from tests.support.days import make_day
from tests.support.import_jobs import GOOD, begin, job_of


class NoWorker:
    def send_task(self, name, **_):
        """Nobody attends to the upload."""


@pytest.fixture
def day(real_db, monkeypatch):
    monkeypatch.setattr("apps.deployments.operations.import_jobs.current_app", NoWorker())
    return make_day("north")


def test_an_upload_that_could_not_be_destroyed_is_told(day, photos):
    day.to(DeploymentState.NOTICE_PUBLISHED)
    begin(day, GOOD, photos)
    job = day.call(lambda: ImportJob.objects.get(id=job_of(day).id))
    soon = job.purge_due_at - timedelta(hours=3)
    assert api.rehearse(force_id=day.force.id, now=soon) == ()
    key_store()._path(day.force.id, job.key_id).unlink()
    assert api.rehearse(force_id=day.force.id, now=job.purge_due_at - timedelta(hours=5)) == ()
    (problem,) = api.rehearse(force_id=day.force.id, now=soon)
    assert (problem.data_class, problem.count, problem.failed) == (
        "watchlist_staging",
        1,
        "FileNotFoundError",
    )
    assert job_of(day).state == job.state
