"""How a recognition worker starts, stops and is found out when it hangs."""

from __future__ import annotations

import resource
import threading
import time
from uuid import uuid4

import pytest
from celery.signals import worker_shutting_down

from apps.deployments import tasks as import_tasks
from apps.live import tasks, worker
from lfrplatform.settings.base import POOL


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
        # Whatever else in this process heard of it goes on: a later test would import no list.
        worker.STOP.clear()
        import_tasks._on_init()


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


@pytest.fixture
def in_threads():
    """Loops that take a shard each in a thread of its own, until the test is over."""
    stop, entered, threads = threading.Event(), threading.Semaphore(0), []

    def one():
        with worker.watched():
            entered.release()
            stop.wait(30)

    def carry(number):
        for _ in range(number):
            threads.append(threading.Thread(target=one))
            threads[-1].start()
            assert entered.acquire(timeout=30)

    yield carry
    stop.set()
    for thread in threads:
        thread.join(30)


def test_a_worker_takes_so_many_shards_and_leaves_the_next_one_to_another(in_threads, settings):
    settings.LFR_SHARDS_PER_WORKER = 2
    in_threads(2)
    with pytest.raises(worker.Full), worker.watched():
        pytest.fail("a third shard was taken")
    settings.LFR_SHARDS_PER_WORKER = 3
    with worker.watched():
        pass


def test_the_message_of_a_shard_without_room_is_void_and_no_loop_begins(in_threads, settings, monkeypatch):
    settings.LFR_SHARDS_PER_WORKER = 1
    in_threads(1)
    monkeypatch.setattr(tasks, "ShardLoop", lambda **_: pytest.fail("a loop began"))
    tasks.recognise_shard(str(uuid4()), str(uuid4()), 0)


@pytest.mark.parametrize("number", [0, 7])
def test_a_limit_that_the_connections_do_not_carry_refuses_to_start(settings, number):
    settings.LFR_SHARDS_PER_WORKER = number
    with pytest.raises(SystemExit, match="from 1 to 6"):
        worker.check_shards()
    assert POOL["max_size"] > worker.MOST_SHARDS
