"""The platform's own processes: what is run before them, and how each is started and known to be ready."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lfrplatform.embedded.environment import DATABASE_OWNER_URL, DATABASE_URL, process_env
from lfrplatform.embedded.place import CLONE, EmbeddedError, Place
from lfrplatform.embedded.supervisor import Supervisor, print_event

HOST = "127.0.0.1"
# The name that people are told to open: links, QR codes and mails say it too, or a sign-in would be lost.
PUBLIC_HOST = "localhost"
USUAL_PORT = 8000
WORKER_READY_LINE = "ready."
WORKER_READY_ANYWAY_S = 20.0


@dataclass(frozen=True)
class ProcessDefinition:
    name: str
    argv: Sequence[str]
    ready: Callable[[], bool] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def choose_port(wanted: int = USUAL_PORT) -> int:
    """`wanted` if it is free, else any free port; the caller says which it became."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedError(f"no port is free on {HOST}")


def platform_processes(place: Place, port: int) -> list[ProcessDefinition]:
    """Web, a worker each for recognition, for imports and for everything else, and the clock that gives them
    work."""
    python = sys.executable
    celery = [python, "-m", "celery", "-A", "lfrplatform"]
    # Threads, never prefork: a model session must not be forked. Prefetch 1: a waiting task belongs to a
    # free worker.
    worker = [
        "-P",
        "threads",
        "--prefetch-multiplier",
        "1",
        "--without-gossip",
        "--without-mingle",
    ]
    web = [python, "-m", "uvicorn", "lfrplatform.asgi:application", "--host", HOST, "--port", str(port)]
    # What a relay may have waiting in this process: eight of its largest messages.
    web += ["--ws-max-size", "5242880", "--ws-max-queue", "8"]
    web += ["--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "5"]
    schedule = str(place.run / f"beat-{place.instance}")
    return [
        ProcessDefinition("web", web, accepts(port)),
        *(
            ProcessDefinition(
                queue,
                [*celery, "worker", "-Q", queue, "-n", f"{queue}@%h", "-l", "INFO", "-c", threads, *worker],
                log_says(place.log(queue), WORKER_READY_LINE),
            )
            # One import at a time: it holds many pictures in memory, and recognition needs the processor.
            for queue, threads in (("recognise", "2"), ("system", "2"), ("imports", "1"))
        ),
        ProcessDefinition("beat", [*celery, "beat", "-s", schedule, "-l", "WARNING"]),
    ]


def add_platform(supervisor: Supervisor, port: int) -> None:
    """Start the platform's processes; `supervisor.wait_ready()` then waits for them."""
    supervisor.update_env({"LFR_PUBLIC_BASE_URL": f"http://{PUBLIC_HOST}:{port}"})
    for definition in platform_processes(supervisor.place, port):
        supervisor.add_process(definition.name, definition.argv, definition.env, definition.ready)


def prepare_platform(place: Place, env: Mapping[str, str]) -> None:
    """Migrate as the owner, and gather the static files. Raises EmbeddedError with what the command said."""
    owner_url = env.get(DATABASE_OWNER_URL)
    if not owner_url:
        raise EmbeddedError(f"{DATABASE_OWNER_URL} is not set; it must name the role that owns the tables")
    print_event("platform", "bringing the database up to date and gathering static files")
    manage(place, env, ["migrate", "--no-input", "--verbosity", "0"], {DATABASE_URL: owner_url})
    manage(place, env, ["collectstatic", "--no-input", "--verbosity", "0"])


def manage(
    place: Place, env: Mapping[str, str], arguments: Sequence[str], extra: Mapping[str, str] | None = None
) -> None:
    """Run a `manage.py` command to its end."""
    argv = [sys.executable, str(CLONE / "manage.py"), *arguments]
    done = subprocess.run(
        argv, env=process_env(place, env, extra), cwd=CLONE, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise EmbeddedError(f"manage.py {' '.join(arguments)} failed:\n{said}")


def accepts(port: int) -> Callable[[], bool]:
    """Ready when something accepts connections on the port."""

    def ready() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            return probe.connect_ex((HOST, port)) == 0

    return ready


def log_says(log: Path, text: str) -> Callable[[], bool]:
    """Ready when the log, which begins anew with each start, says so; or long after, should logging be
    turned down."""

    def ready() -> bool:
        if not log.exists():
            return False
        opened = os.stat(log).st_ctime
        return text in log.read_text(encoding="utf-8", errors="replace") or (
            time.time() - opened
            > WORKER_READY_ANYWAY_S  # untouched for that long: running, but saying nothing
        )

    return ready
