"""How a recognition worker starts, stops and is found out when it hangs."""

from __future__ import annotations

import resource
import threading
import time

import pytest
from celery.signals import worker_shutting_down

from apps.live import tasks, worker


@pytest.mark.parametrize("pool", ["prefork", "gevent", "eventlet"])
def test_recognition_refuses_a_pool_that_forks(pool):
    with pytest.raises(SystemExit, match="threads or solo"):
        worker.check_pool(queues={"recognise"}, pool=pool)


@pytest.mark.parametrize(
    ("queues", "pool"), [({"recognise"}, "threads"), ({"recognise"}, "solo"), ({"system"}, "prefork")]
)
def test_it_accepts_threads_and_leaves_other_queues_alone(queues, pool):
    worker.check_pool(queues=queues, pool=pool)


def test_a_shutting_down_worker_tells_every_loop():
    worker.connect()
    worker.STOP.clear()
    try:
        worker_shutting_down.send(sender="w@h", sig="SIGTERM", how="Warm", exitcode=0)
        assert worker.STOP.is_set()
    finally:
        worker.STOP.clear()


def test_no_core_file_can_be_written():
    worker.forbid_core_dumps()
    assert resource.getrlimit(resource.RLIMIT_CORE) in {(0, 0), (1, 1)}


def test_a_loop_that_makes_no_progress_is_noticed_and_one_that_ended_is_not():
    with worker.watched() as beat:
        beat()
        now = time.monotonic()
        assert worker.hung_threads(at=now + 1) == []
        assert worker.hung_threads(at=now + worker.HUNG_AFTER_S + 1) == [threading.get_ident()]
    assert worker.hung_threads(at=time.monotonic() + 1e6) == []


def test_a_recognition_task_is_never_retried_and_acknowledged_at_once():
    task = tasks.recognise_shard
    assert task.queue == "recognise"
    assert task.acks_late is False
    assert task.max_retries == 0
    assert task.ignore_result is True
    assert tasks.dispatch_shards.queue == "system"
