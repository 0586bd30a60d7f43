"""The faults, one after the other on one running platform.

Each takes something away, waits until the people at the console were told, and gives it back; what has to
hold afterwards is judged for all alike (judge.py).
"""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psutil
import psycopg

from apps.core.clock import utc_now
from lfrplatform.embedded.postgres import superuser_conninfo
from tests.support.faultlab.lab import Lab
from tests.support.faultlab.stage import pause_and_go_on
from tests.support.faultlab.watch import NOT_CONNECTED

SLOW_BYTES_A_SECOND = 30_000
OLDEST = timedelta(seconds=10)
MOST_LOST = timedelta(seconds=15)
GIVEN_BACK_WITHIN = timedelta(seconds=5)
CLOCK_AHEAD_S = 3600


@dataclass(frozen=True)
class Fault:
    """`seen`: one of these must have stood on the strip; `gaps`: one of these must have been counted. Empty
    where nobody at the console has to notice, or where nothing is lost."""

    name: str
    title: str
    play: Callable[[Lab], None]
    seen: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


def saw(lab: Lab, *words: str) -> None:
    """Until the strip says one of these."""
    lab.until(
        lambda: any(word in said for word in words for said in lab.watch.last().words),
        f"the strip says {words}",
    )


def nothing(lab: Lab) -> None:
    """For comparison: what happens when nothing does."""


def link_cut(lab: Lab) -> None:
    lab.proxy.cut()
    saw(lab, "is not connected", "has sent nothing")
    lab.proxy.join()


def link_slow(lab: Lab) -> None:
    """Far too slow for the frames: they must become fewer, not older."""
    before = len(lab.alerts())
    lab.proxy.rate = SLOW_BYTES_A_SECOND
    received = frames_received(lab)
    lab.until(lambda: frames_received(lab) >= received + 8, "frames still arrive")
    lab.proxy.rate = None
    late = [alert for alert in lab.alerts()[before:] if alert.raised_at - alert.captured_at > OLDEST]
    assert not late, "an alert about the past"
    ages = [(alert.raised_at - alert.captured_at).total_seconds() for alert in lab.alerts()[before:]]
    lab.measured.append(f"oldest picture of an alert meanwhile: {max(ages, default=0):.1f} s")


def frames_received(lab: Lab) -> int:
    from apps.relays import api as relays

    return sum(row.received for row in lab.ask(lambda: relays.tallies(deployment_id=lab.deployment_id)))


def relay_killed(lab: Lab) -> None:
    kill_and_wait(lab, "relay")


def relay_clock(lab: Lab) -> None:
    """The relay's clock is an hour ahead: its frames are refused and counted, and are taken again when the
    clock is right."""
    lab.supervisor.stop_process("relay")
    lab.clock_file("relay").write_text(str(CLOCK_AHEAD_S))
    lab.start_relay(wrong_clock=True)
    # The relay itself says at once that its clock is wrong; that nothing comes from it is noticed later.
    saw(lab, "has sent nothing")
    refused = "captured too far from server time"
    lab.until(lambda: refused in refusals(lab), "frames of another hour are counted as refused")
    lab.clock_file("relay").write_text("0")


def refusals(lab: Lab) -> list[str]:
    from apps.relays import api as relays

    found = lab.ask(lambda: relays.list_relays(deployment_id=lab.deployment_id))
    return [name for relay in found for name, count in dict(relay.refusals).items() if count]


def valkey_killed(lab: Lab) -> None:
    """Also the broker is new: a worker that answers pings and consumes nothing would not take the task that
    follows the pause."""
    worker = lab.supervisor.pid("recognise")
    kill_and_wait(lab, "valkey")
    lab.until(lambda: lab.watch.last().well, "recognition runs again")
    pause_and_go_on(lab)
    lab.until(lambda: recognises(lab), "the task was taken")
    assert lab.supervisor.pid("recognise") == worker, "the worker had to be started anew"


def postgres_restarted(lab: Lab) -> None:
    kill_and_wait(lab, "postgres", signal.SIGINT)


def backends_terminated(lab: Lab) -> None:
    with superuser(lab) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lfr_app'")


def backend_killed(lab: Lab) -> None:
    """PostgreSQL then restarts every backend and empties what is unlogged: the gallery among it."""
    with superuser(lab) as connection:
        row = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'lfr_app' ORDER BY query_start DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGKILL)


def superuser(lab: Lab) -> psycopg.Connection[tuple[int, ...]]:
    return psycopg.connect(superuser_conninfo(lab.platform.place), autocommit=True)


def database_disk_full(lab: Lab) -> None:
    """Every process of PostgreSQL is refused each write that makes a file longer than nothing, as on a disk
    without space (RLIMIT_FSIZE: EFBIG in place of ENOSPC). It panics, as it does when its log cannot be
    written; the server that is started next has space again."""
    postmaster = lab.supervisor.pid("postgres")
    for process in (psutil.Process(postmaster), *psutil.Process(postmaster).children(recursive=True)):
        refuse_writes(process.pid)
    lab.until(lambda: lab.supervisor.pid("postgres") not in {postmaster, None}, "PostgreSQL is started anew")


def worker_disk_full(lab: Lab) -> None:
    """The worker cannot store the key of an alert, so there is no alert: that is said, and over when there is
    space."""
    worker = lab.holder_pid()
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    refuse_writes(worker)
    try:
        saw(lab, "cannot be stored")
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert lab.holder_pid() == worker, "the worker kept its shard"


def refuse_writes(pid: int) -> None:
    """As the process's own user: root may not everywhere set the limits of somebody else's process. One that
    has ended meanwhile writes nothing."""
    try:
        owner, group = psutil.Process(pid).uids().real, psutil.Process(pid).gids().real
    except psutil.NoSuchProcess:
        return
    child = os.fork()
    if child == 0:
        os._exit(_refuse_writes_as(owner, group, pid))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, errno.ESRCH}, f"process {pid} could not be refused its writes: {os.strerror(status)}"


def _refuse_writes_as(owner: int, group: int, pid: int) -> int:
    try:
        if owner != os.geteuid():
            os.setresgid(group, group, group)
            os.setresuid(owner, owner, owner)
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    except OSError as error:
        return error.errno or 1
    return 0


def web_killed(lab: Lab) -> None:
    """Meanwhile a second worker comes up, for the faults that follow."""
    lab.start_second_worker()
    kill_and_wait(lab, "web")
    lab.supervisor.wait_ready()


def worker_killed(lab: Lab) -> None:
    lab.two_workers()
    killed_at, token = utc_now(), lab.shard().token
    kill_and_wait(lab, lab.holder_name())
    saw(lab, "worker lost", "starting")
    lab.supervisor.wait_ready()
    lab.until(lambda: lab.shard().token > token and recognises(lab), "somebody else recognises")
    lost = [gap for gap in lab.gaps() if gap.reason == LOST and gap.ended_at > killed_at]
    assert lost, "the gap is on record"
    assert all(gap.ended_at - gap.started_at < MOST_LOST for gap in lost), lost


def worker_frozen(lab: Lab) -> None:
    """Two workers at one shard: one takes it over from the other, which is frozen and then wakes up. Neither
    may raise what the other raised."""
    lab.two_workers()
    frozen, name, token = lab.holder_pid(), lab.holder_name(), lab.shard().token
    os.killpg(frozen, signal.SIGSTOP)
    try:
        lab.until(lambda: lab.shard().token > token, "the other worker takes the shard over")
        taken = len(lab.alerts())
        lab.until(lambda: len(lab.alerts()) > taken, "the other worker raises alerts")
    finally:
        os.killpg(frozen, signal.SIGCONT)
    lab.until(lambda: "was taken over" in log_of(lab, name), "the one that slept notices")
    assert lab.holder_pid() != frozen


def worker_stopped(lab: Lab) -> None:
    """SIGTERM: the shard is given back at once, not left to lapse, and the other worker takes it."""
    lab.two_workers()
    name, shard, pid = lab.holder_name(), lab.shard(), lab.holder_pid()
    stopping = psutil.Process(pid)
    asked_at = utc_now()
    os.kill(pid, signal.SIGTERM)
    lab.until(lambda: lab.shard().token > shard.token, "the other worker takes the shard over")
    assert lab.holder_name() != name
    lab.until(lambda: recognises(lab), "the other worker recognises")
    given = [
        gap.started_at for gap in lab.gaps() if gap.reason == "worker stopped" and gap.started_at > asked_at
    ]
    assert given, "the shard was left to lapse"
    assert given[0] - asked_at < GIVEN_BACK_WITHIN, "a warm shutdown must not wait for an endless task"
    lab.until(lambda: not stopping.is_running(), "the worker that was told to stop has ended")
    lab.measured.append(f"given back {(given[0] - asked_at).total_seconds():.1f} s after SIGTERM")
    lab.supervisor.wait_ready()


def worker_clock(lab: Lab) -> None:
    """A worker on a machine whose clock jumps an hour ahead must neither keep nor take a shard by it, must
    not leave a lease behind that lasts an hour, and says so."""
    lab.two_workers()
    lab.supervisor.stop_process("recognise")
    lab.until(lambda: lab.holder_name() == "second" and recognises(lab), "the second recognises")
    lab.clock_file("second").write_text(str(CLOCK_AHEAD_S))
    saw(lab, "The clock of a machine that recognises")
    lab.supervisor.kill("second")
    lab.clock_file("second").write_text("0")
    first = lab.definition("recognise")
    lab.supervisor.add_process(first.name, first.argv, first.env, first.ready)
    lab.supervisor.wait_ready()
    lab.supervisor.stop_process("second")


def beat_down(lab: Lab) -> None:
    """Recognition goes on without the platform's own clock; what it would have ended is ended when it is
    back."""
    lab.supervisor.stop_process("beat")
    known = {alert.id for alert in lab.alerts()}
    saw(lab, "by itself")
    lab.until(lambda: {alert.id for alert in lab.alerts()} > known, "recognition goes on")
    waiting = next(alert for alert in lab.alerts() if alert.id not in known)
    beat = lab.definition("beat")
    lab.supervisor.add_process(beat.name, beat.argv, beat.env, beat.ready)
    lab.until(
        lambda: next(a for a in lab.alerts() if a.id == waiting.id).state == "expired",
        "an alert that nobody decided expires once the clock is back",
    )


def recognises(lab: Lab) -> bool:
    shard = lab.shard()
    return shard.released_at is None and shard.blind_since is None


def log_of(lab: Lab, name: str) -> str:
    return str(lab.platform.place.log(name).read_text(encoding="utf-8", errors="replace"))


def kill_and_wait(lab: Lab, name: str, number: signal.Signals = signal.SIGKILL) -> None:
    """Until the supervisor has started it again."""
    pid = lab.supervisor.pid(name)
    lab.supervisor.kill(name, number)
    lab.until(lambda: lab.supervisor.pid(name) not in {pid, None}, f"{name} is started again")


BUS, LOST, SILENT = "frame bus not reachable", "worker lost", "no frames from the camera"
STORAGE = "alerts cannot be stored"
# Also where it was away for longer than a lease and another task took the shard: no worker was lost.
DATABASE = ("database not reachable", "gallery not as sealed")
FAULTS = (
    Fault("nothing", "nothing happens", nothing),
    Fault("link_cut", "the van's link is cut", link_cut, ("not connected", "sent nothing"), (SILENT,)),
    Fault("link_slow", "the van's link is far too slow", link_slow),
    Fault("relay_killed", "the relay is killed", relay_killed),
    Fault("relay_clock", "the van's clock is wrong", relay_clock, ("clock", "sent nothing"), (SILENT,)),
    Fault("valkey_killed", "Valkey is killed", valkey_killed, (), (BUS,)),
    Fault("postgres_restarted", "PostgreSQL is restarted", postgres_restarted, (), DATABASE),
    Fault("backends_terminated", "the database's sessions are ended", backends_terminated),
    Fault("backend_killed", "a backend is killed", backend_killed, (), DATABASE),
    Fault("database_disk_full", "the database's disk is full", database_disk_full, (), DATABASE),
    Fault("worker_disk_full", "the worker's disk is full", worker_disk_full, (STORAGE,), (STORAGE,)),
    Fault("web_killed", "the web server is killed", web_killed, (NOT_CONNECTED,)),
    Fault("worker_killed", "the worker is killed", worker_killed, (LOST, "starting"), (LOST,)),
    Fault("worker_frozen", "the worker freezes, a second takes over", worker_frozen, (), (LOST,)),
    Fault("worker_stopped", "the worker is told to stop", worker_stopped, (), ("worker stopped",)),
    Fault("worker_clock", "the worker's clock is wrong", worker_clock, ("clock",), (LOST,)),
    Fault("beat_down", "beat is down", beat_down, ("by itself",)),
)
