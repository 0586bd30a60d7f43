"""`python -m lfrplatform.embedded run|services|stop|status|clean`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from lfrplatform.embedded import leftovers
from lfrplatform.embedded.environment import own_folder, process_env
from lfrplatform.embedded.lock import GUARDIAN, SUPERVISOR, InstanceLock
from lfrplatform.embedded.place import Cancelled, EmbeddedError, Place, locate, prepare
from lfrplatform.embedded.processes import add_platform, choose_port, prepare_platform
from lfrplatform.embedded.sharing import Usage
from lfrplatform.embedded.supervisor import Supervisor, print_event

STOP_WITHIN_S = 60.0


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    split = words.index("--") if "--" in words else len(words)
    options = _parser().parse_args(words[:split])
    options.command = words[split + 1 :]
    try:
        return int(options.action(locate(options.instance), options))
    except Cancelled:
        return 0
    except EmbeddedError as error:
        print(f"embedded: {error}", file=sys.stderr, flush=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lfrplatform.embedded", description=__doc__)
    actions = parser.add_subparsers(required=True)
    for name, action, text in (
        ("run", _run, "servers and platform until Ctrl-C, or until the command after -- has ended"),
        ("services", _services, "PostgreSQL and Valkey only"),
        ("stop", _stop, "stop a supervisor that runs elsewhere"),
        ("status", _status, "what is running"),
        ("clean", _clean, "stop, and delete the instance's data and passwords"),
        ("guard", _guard, "internal: clears up after a supervisor that was killed"),
    ):
        sub = actions.add_parser(name, help=text)
        sub.set_defaults(action=action)
        sub.add_argument("--instance", default="main")
        if name == "run":
            sub.add_argument("--profile", choices=("demo", "services", "test"), default="demo")
            sub.add_argument("--port", type=int, default=8000)
        if name == "guard":
            sub.add_argument("supervisor", type=int, help="the process that is watched")
        if name == "services":
            sub.add_argument(
                "--while-used", type=float, metavar="SECONDS", help="stop so long after the last user"
            )
    return parser


def _run(place: Place, options: argparse.Namespace) -> int:
    if options.profile == "test" and options.instance == "main":
        place = locate("test")
    return _supervise(place, options.command, port=options.port if options.profile == "demo" else None)


def _services(place: Place, options: argparse.Namespace) -> int:
    usage: Usage | None = None
    if options.while_used is not None:
        prepare(place)
        usage = Usage(place, options.while_used)
    return _supervise(place, options.command, over=usage.is_over if usage else None)


def _supervise(
    place: Place,
    command: list[str],
    *,
    port: int | None = None,
    over: Callable[[], bool] | None = None,
) -> int:
    """Start, run until told to stop (or `over()`, or the command's end), stop. Returns the exit status."""
    supervisor, stop = Supervisor(place), threading.Event()
    _on_signals(supervisor, stop)
    supervisor.start_servers(stop.is_set)
    try:
        if port is not None:
            _start_platform(supervisor, port, stop)
        print_event("supervisor", f"everything runs (process {os.getpid()}); Ctrl-C or `stop` ends it")
        if command:
            return _run_command(supervisor, command, stop)
        while not stop.is_set() and not (over and over()):
            supervisor.tick()
            stop.wait(0.1)
        return 0
    finally:
        supervisor.stop()
        print_event("supervisor", "everything has stopped")


def _start_platform(supervisor: Supervisor, port: int, stop: threading.Event) -> None:
    try:
        prepare_platform(supervisor.place, supervisor.env)
    except EmbeddedError as error:
        if stop.is_set():  # Ctrl-C in a terminal reaches the command that was running too
            raise Cancelled(str(error)) from error
        raise
    chosen = choose_port(port)
    add_platform(supervisor, chosen)
    supervisor.wait_ready(cancelled=stop.is_set)
    print_event("web", f"http://127.0.0.1:{chosen}/")


def _run_command(supervisor: Supervisor, command: list[str], stop: threading.Event) -> int:
    """The caller's command in the foreground, with the services' environment; its exit status is ours."""
    argv = [sys.executable, *command] if command[0].endswith(".py") else command
    process = subprocess.Popen(argv, env=process_env(supervisor.place, supervisor.env))
    while process.poll() is None:
        supervisor.tick()
        if stop.wait(0.1):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _on_signals(supervisor: Supervisor, stop: threading.Event) -> None:
    def handler(number: int, frame: object) -> None:
        if stop.is_set():
            supervisor.hurry()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _stop(place: Place, options: argparse.Namespace) -> int:
    """Ask, wait, then kill; leftovers of one that is gone are ended too. Succeeds when nothing runs any
    more."""
    prepare(place)
    lock = InstanceLock(place)
    holder = lock.holder()
    if holder and not lock.try_acquire(GUARDIAN):
        pid = int(str(holder["pid"]))
        if holder["role"] == SUPERVISOR:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        while not lock.try_acquire(GUARDIAN):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                deadline += STOP_WITHIN_S
            time.sleep(0.1)
    elif not holder and not lock.try_acquire(GUARDIAN):
        lock.acquire(GUARDIAN)
    ended = leftovers.clear(place)
    place.state_file.unlink(missing_ok=True)
    place.env_file.unlink(missing_ok=True)
    lock.release()
    print_event("supervisor", "stopped" if holder else f"was not running; {ended} left-over processes ended")
    return 0


def _status(place: Place, options: argparse.Namespace) -> int:
    """0 while a supervisor runs, else 3, as service managers answer."""
    holder = InstanceLock(place).holder()
    if not holder:
        print(f"instance {place.instance}: not running")
        return 3
    print(f"instance {place.instance}: {holder['role']} is process {holder['pid']}; data in {place.home}")
    if place.state_file.exists():
        for name, unit in json.loads(place.state_file.read_text(encoding="utf-8"))["units"].items():
            print(
                f"  {name:<12} {unit['state']:<10} process {unit['pid']}, restarted {unit['restarts']} times"
            )
    return 0


def _clean(place: Place, options: argparse.Namespace) -> int:
    _stop(place, options)
    shutil.rmtree(place.home, ignore_errors=True)
    # Anchors of chains that are gone with the database would look like a deleted record.
    shutil.rmtree(own_folder(place, "anchors"), ignore_errors=True)
    place.credentials_file.unlink(missing_ok=True)
    if place.base.exists() and not any(
        child.is_dir() and child != place.binaries for child in place.base.iterdir()
    ):
        shutil.rmtree(place.base)
        (place.var / "embedded").unlink(missing_ok=True)
    print_event("supervisor", f"deleted {place.home}")
    return 0


def _guard(place: Place, options: argparse.Namespace) -> int:
    """Waits for its supervisor to end. If that was not in good order, ends whatever it left; unless a new
    one is there."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.stdin.buffer.read() == b"done":
        return 0
    lock = InstanceLock(place)
    if lock.acquire_after(options.supervisor, GUARDIAN):
        ended = leftovers.clear(place)
        place.env_file.unlink(missing_ok=True)
        place.state_file.unlink(missing_ok=True)
        lock.release()
        print_event("guardian", f"the supervisor was killed; ended {ended} processes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
