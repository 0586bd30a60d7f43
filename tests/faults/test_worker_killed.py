"""The real worker, killed and stopped for real: what is lost is counted, what was raised stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from apps.alerts import api as alerts
from apps.core.clock import utc_now
from apps.live import api as live
from apps.live import tasks
from tests.support.live_stage import make_live_stage
from tests.support.outages import Link
from tests.support.walkers import Camera, person, wait_for, walk

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.slow, pytest.mark.timeout(180)]
CLONE = Path(__file__).resolve().parents[2]
WORKER = [
    "-Q",
    "recognise",
    "-P",
    "threads",
    "-c",
    "2",
    "--prefetch-multiplier",
    "1",
    "--without-gossip",
    "--without-mingle",
    "-l",
    "INFO",
]
MOST_LOST = timedelta(seconds=15)


class Worker:
    """`celery worker` on the recognition queue, as the supervisor starts it."""

    def __init__(self, log: Path, redis_url: str = "") -> None:
        self.log = log
        argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", *WORKER]
        env = {**os.environ, **({"REDIS_URL": redis_url} if redis_url else {})}
        self.output = log.open("ab")
        self.process = subprocess.Popen(
            argv, cwd=CLONE, env=env, stdout=self.output, stderr=subprocess.STDOUT
        )

    def end(self, number: int, *, within_s: float = 10) -> float:
        """Send a signal and wait for the end; seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(within_s)
        return time.monotonic() - started

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self.output.close()


@pytest.fixture
def broker(valkey):
    """This process's own broker: its index of Valkey, without messages of an earlier test."""
    from lfrplatform.celery import app

    prefix = app.conf.broker_transport_options["global_keyprefix"]
    for key in valkey.scan_iter(f"{prefix}*"):
        valkey.delete(key)
    return app


@pytest.fixture
def workers(tmp_path):
    started = []

    def start(redis_url: str = "") -> Worker:
        started.append(Worker(tmp_path / f"worker-{len(started)}.log", redis_url))
        return started[-1]

    yield start
    for worker in started:
        worker.close()


def sees(stage, *, token):
    """Whether the holder with this token recognises; asks for one meanwhile, as beat does."""
    tasks.dispatch_shards()
    time.sleep(0.3)  # beat asks every 3 s: no need to flood the queue
    with stage.context():
        found = live.shards(deployment_id=stage.deployment_id)
    return bool(found) and found[0].token == token and found[0].blind_since is None


def raised(stage):
    with stage.context():
        return alerts.news_since(deployment_id=stage.deployment_id, after=0).alerts


def test_a_killed_worker_costs_less_than_15_seconds_and_no_alert(photos, valkey, broker, workers):
    stage = make_live_stage({name: (photos / f"subject_{name}_1.jpg").read_bytes() for name in "ac"})
    camera = Camera(stage, stage.camera_id, valkey)
    worker = workers()
    wait_for(lambda: sees(stage, token=1), within_s=40)
    camera.play(walk(person(photos / "subject_a_2.jpg")))
    wait_for(lambda: raised(stage))

    worker.end(signal.SIGKILL)
    killed_at = utc_now()
    worker = workers()
    wait_for(lambda: sees(stage, token=2), within_s=40)

    (lost,) = [gap for gap in stage.gaps() if gap.reason == "worker lost"]
    assert lost.started_at <= killed_at < lost.ended_at
    assert lost.ended_at - lost.started_at < MOST_LOST
    (before,) = raised(stage)
    assert before.subject_id == stage.subjects["a"]

    camera.play(walk(person(photos / "subject_c_2.jpg")))
    wait_for(lambda: len(raised(stage)) == 2)
    assert {alert.subject_id for alert in raised(stage)} == set(stage.subjects.values())
    assert worker.end(signal.SIGTERM) < 5, "a warm shutdown must not wait for an endless task"
    with stage.context():
        (status,) = live.shards(deployment_id=stage.deployment_id)
    assert status.reason == "worker stopped"
    assert status.expires_at <= utc_now()


def test_a_worker_takes_work_again_after_its_broker_was_gone(
    photos, valkey, broker, workers, services, tmp_path_factory
):
    """Known to fail elsewhere: a worker that answers pings and consumes nothing after Redis restarted."""
    path, _, index = services.redis_url.removeprefix("unix://").partition("?")
    link = Link(tmp_path_factory.mktemp("l"), path)
    link.join()
    stage = make_live_stage({"a": (photos / "subject_a_1.jpg").read_bytes()})
    camera = Camera(stage, stage.camera_id, valkey)
    worker = workers(f"unix://{link.path}?{index}")
    wait_for(lambda: sees(stage, token=1), within_s=40)
    link.cut()
    wait_for(lambda: not sees(stage, token=1))
    stage.suspend()
    wait_for(lambda: released(stage))
    link.join()
    stage.resume()
    wait_for(lambda: sees(stage, token=2), within_s=40)
    camera.play(walk(person(photos / "subject_a_2.jpg")))
    wait_for(lambda: raised(stage))
    assert worker.process.poll() is None
    link.cut()


def released(stage):
    with stage.context():
        (found,) = live.shards(deployment_id=stage.deployment_id)
    return found.released_at is not None


def test_recognition_refuses_to_run_in_processes_that_fork(broker, tmp_path):
    argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "recognise", "-P", "prefork"]
    done = subprocess.run(argv, cwd=CLONE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "threads or solo" in done.stderr + done.stdout
    assert "ready." not in done.stderr + done.stdout
