"""The real worker of the imports queue, killed in the middle of an upload: another one goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.vault import keystore
from apps.vault.models import VaultBlob
from apps.watchlists.data import ImportState
from apps.watchlists.models import StagedPicture
from tests.support.days import Day, make_day
from tests.support.uploads import archive_of, row, uploaded
from tests.support.walkers import wait_for

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.slow, pytest.mark.timeout(400)]
CLONE = Path(__file__).resolve().parents[2]
PICTURES = {
    "TS-A": ("subject_a_1.jpg", "subject_a_2.jpg"),
    "TS-B": ("subject_b_1.jpg", "subject_b_2.jpg"),
    "TS-C": ("subject_c_1.jpg", "subject_c_2.jpg", "subject_c_3.jpg", "subject_c_4.jpg"),
}


@pytest.fixture
def broker(valkey):
    """This process's own broker, without messages of an earlier test."""
    from lfrplatform.celery import app

    app.set_current()
    prefix = app.conf.broker_transport_options["global_keyprefix"]
    for key in valkey.scan_iter(f"{prefix}*"):
        valkey.delete(key)
    return app


@pytest.fixture
def keys():
    """Tests before this one emptied the key store; this process would still wrap keys under the master key
    that it remembers, and a worker could not read them."""
    keystore._file_store.cache_clear()


@pytest.fixture
def workers(tmp_path, keys):
    """workers() starts `celery worker` on the imports queue, as the supervisor does."""
    started = []

    def start() -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "imports", "-l", "INFO"]
        argv += ["-c", "1", "-P", "threads", "--without-gossip", "--without-mingle"]
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen(argv, cwd=CLONE, env=os.environ.copy(), stdout=log, stderr=subprocess.STDOUT)
            )
        return started[-1]

    yield start
    for worker in started:
        if worker.poll() is None:
            worker.kill()
        worker.wait(10)


def make_ready() -> Day:
    """A deployment that takes a list right now, by the real clock."""
    day, now = make_day("north"), utc_now()
    start = now + timedelta(hours=3)
    day.draft(window_start=start, window_end=start + timedelta(hours=6))
    day.step(deployments.submit, day.planner, now - timedelta(days=9))
    day.approve(now=now - timedelta(days=9))
    day.verify(now=now - timedelta(days=8))
    return day


def test_a_killed_worker_is_followed_by_another(broker, workers, photos):
    day, now = make_ready(), utc_now()
    rows = [
        row(reference, picture, now=now) for reference, pictures in PICTURES.items() for picture in pictures
    ]
    day.step(deployments.begin_import, day.planner, now, upload=uploaded(archive_of(rows, photos)))

    def job():
        return day.call(deployments.import_job, deployment_id=day.deployment_id)

    def enough_is_done():
        # As every five seconds: on a slow machine the message may be void before the worker is there.
        day.call(deployments.sweep_imports, now=utc_now())
        return job().done >= 2

    first = workers()
    wait_for(enough_is_done, within_s=120)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    left = job()
    assert left.state is ImportState.CHECKING
    assert 2 <= left.done < left.total == len(rows)

    def templates():
        enrolled = StagedPicture.objects.exclude(template_blob_id=None)
        return day.call(lambda: set(enrolled.values_list("template_blob_id", flat=True)))

    before = templates()
    assert day.call(deployments.sweep_imports, now=utc_now()) == 0  # its lease still runs

    assert day.call(deployments.sweep_imports, now=utc_now() + timedelta(seconds=61)) == 1
    workers()
    wait_for(lambda: job().state is ImportState.CHECKED, within_s=120)
    found = job()
    assert found.report.accepted_pictures == found.total == found.done
    assert before <= templates()  # what the first one had done was not done again
    # The CSV, the report, and a picture with a template each; nothing of the first worker lies about.
    assert day.call(VaultBlob.objects.count) == 2 + 2 * len(rows)
