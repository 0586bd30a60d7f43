"""The real worker: in which kind of pool it does not start, and what it says it may carry. What becomes of
one that is killed, stopped, or loses its broker is played on a whole platform (test_whole_stack.py)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import redis
from apps.live.worker import MOST_SHARDS
from tests.support.walkers import wait_for

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.slow, pytest.mark.timeout(180)]
CLONE = Path(__file__).resolve().parents[2]


def test_recognition_refuses_to_run_in_processes_that_fork(valkey):
    argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "recognise", "-P", "prefork"]
    done = subprocess.run(argv, cwd=CLONE, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "threads or solo" in done.stderr + done.stdout
    assert "ready." not in done.stderr + done.stdout


@pytest.mark.parametrize(("threads", "most"), [(2, 2), (20, MOST_SHARDS)])
def test_it_says_how_many_shards_it_may_carry_until_it_ends(valkey, tmp_path, threads, most):
    argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "recognise", "-P", "threads"]
    argv += ["-c", str(threads), "-l", "INFO", "--without-gossip", "--without-mingle"]
    name = redis.key("live", "workers")
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        worker = subprocess.Popen(argv, cwd=CLONE, stdout=out, stderr=out)
    try:
        wait_for(lambda: "ready." in log.read_text() or worker.poll() is not None, within_s=120)
        assert worker.poll() is None, log.read_text()
        ((whose, said),) = valkey.hgetall(name).items()
        assert whose.endswith(f":{worker.pid}".encode())
        assert (json.loads(said)["shards"], json.loads(said)["most"]) == (0, most)
        worker.send_signal(signal.SIGTERM)
        wait_for(lambda: not valkey.hlen(name), within_s=30)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
