"""kill -9 of every part of the embedded services, one after the other and together."""

import contextlib
import os
import signal
import threading
import time

import psutil
import psycopg
import pytest
import redis

from tests.support.embedded import embedded_clone, until

# Ignores SIGTERM, and has a child in a session of its own, which no signal to a group reaches.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
while True: time.sleep(1)
"""


@pytest.fixture
def clone(tmp_path):
    with embedded_clone(tmp_path / "clone") as found:
        yield found


def write_a_row(clone):
    with clone.connect("owner") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")


def rows(clone):
    with clone.connect("owner") as connection:
        return [word for (word,) in connection.execute("SELECT word FROM kept").fetchall()]


@contextlib.contextmanager
def busy_backend(clone):
    """A backend in the middle of a long statement, so that it does not notice its postmaster's end by
    itself."""
    connection = clone.connect()

    def count():
        with contextlib.suppress(psycopg.Error):
            connection.execute("SELECT count(*) FROM generate_series(1, 400000000)")

    thread = threading.Thread(target=count)
    thread.start()
    backend = connection.info.backend_pid
    until(lambda: psutil.Process(backend).status() == psutil.STATUS_RUNNING, "the backend counts")
    yield backend
    thread.join(30)
    assert not thread.is_alive()


def test_postgres_killed_under_load_comes_back_with_what_was_committed(clone):
    supervised = clone.start()
    write_a_row(clone)
    killed = clone.pid("postgres")
    with busy_backend(clone) as backend:
        os.kill(killed, signal.SIGKILL)
        until(lambda: clone.is_up() and clone.pid("postgres") not in {killed, None}, "PostgreSQL is back", 15)
        assert not is_running(backend)
    assert rows(clone) == ["still here"]
    assert supervised.output().count("killed by SIGKILL; starting it again") == 1


def test_valkey_killed_comes_back_and_remembers_nothing(clone):
    clone.start()
    client = redis.Redis.from_url(clone.addresses()["REDIS_URL"])
    client.set("frame", b"a face")
    killed = clone.pid("valkey")
    os.kill(killed, signal.SIGKILL)
    until(lambda: clone.pid("valkey") not in {killed, None}, "Valkey is started again", 10)

    def answers():
        with contextlib.suppress(redis.ConnectionError):
            return client.ping()

    until(answers, "Valkey answers", 10)
    assert client.get("frame") is None
    with pytest.raises(redis.ResponseError):
        client.bgsave()


def test_nothing_outlives_a_killed_supervisor(clone):
    supervised = clone.start_with(stubborn=STUBBORN)
    write_a_row(clone)
    until(lambda: any("-c import time; time.sleep" in line for line in clone.alive()), "the grandchild runs")
    supervised.signal(signal.SIGKILL)
    until(lambda: not clone.alive(), "everything is gone", 20)
    assert not clone.place.env_file.exists()
    clone.start()
    assert rows(clone) == ["still here"]


def test_a_start_right_after_a_kill_succeeds(clone):
    first = clone.start()
    write_a_row(clone)
    first.signal(signal.SIGKILL)
    second = clone.start()
    assert rows(clone) == ["still here"]
    time.sleep(1)  # the guardian of the first must not mistake the second for a leftover
    assert clone.is_up()
    assert "died" not in second.output()
    assert "killed" not in second.output()


def test_supervisor_guardian_and_postmaster_killed_together(clone):
    """The worst case: no one is left to clear up, and a busy backend holds on to the shared memory."""
    supervised = clone.start()
    write_a_row(clone)
    with busy_backend(clone) as backend:
        os.kill(guardian(clone), signal.SIGKILL)
        os.kill(clone.pid("postgres"), signal.SIGKILL)
        supervised.signal(signal.SIGKILL)
        clone.start()
        assert not is_running(backend)
    assert rows(clone) == ["still here"]


def test_a_process_number_from_before_a_restart_of_the_machine_does_not_block(clone):
    """The number in PostgreSQL's own file may belong to anybody by now; here it is this very test."""
    clone.start().signal(signal.SIGTERM)
    pid_file = clone.place.data / "postmaster.pid"
    pid_file.write_text(
        f"{os.getpid()}\n{clone.place.data}\n1700000000\n5432\n{clone.place.sockets}\n\n  1 1\n"
    )
    clone.start()
    assert clone.is_up()


def is_running(pid):
    """A zombie does not: it waits for the first process of this machine to take note of it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def guardian(clone):
    lines = [line for line in clone.alive() if "lfrplatform.embedded guard" in line]
    assert len(lines) == 1
    return int(lines[0].split()[0])
