"""`python -m bench.public_pages [SECONDS]`: requests a second for one notice page on loopback, on one core.

One uvicorn process serves a file of a notice's size; a client process with a few kept-alive connections asks
for it. Reported beside it: the same server with an application that says nothing, which is what the server
and the client cost, and so what bounds it. No database is running.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lfrplatform.public_files import Page, write

PATH = "/notices/bench/lfr-2026-001/"
# About what a notice with results is.
BODY = b"<!DOCTYPE html><html><main>" + b"x" * 24_000 + b"</main></html>"
HEADERS = tuple((f"x-header-{number}", "a value of some length; as policies have") for number in range(12))
CONNECTIONS = 8
SECONDS = 5.0
NOTHING = "bench.public_pages:nothing"


async def nothing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers at once with an empty body."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def served(application: str, folder: Path) -> Iterator[tuple[int, int]]:
    """(port, process id) of one uvicorn process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen(argv, env={**os.environ, "LFR_PUBLIC_DIR": str(folder)})
    try:
        for _ in range(200):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def ask(port: int, seconds: float, counts: multiprocessing.SimpleQueue[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        connection.request("GET", PATH)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"status {answer.status}")
        count += 1
    counts.put(count)


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(application: str, folder: Path, seconds: float) -> dict[str, float]:
    with served(application, folder) as (port, pid):
        counts: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
        clients = [
            multiprocessing.Process(target=ask, args=(port, seconds, counts)) for _ in range(CONNECTIONS)
        ]
        began, used = time.monotonic(), processor_s(pid)
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        spent, busy = time.monotonic() - began, processor_s(pid) - used
        count = sum(counts.get() for _ in clients)
    return {"requests_a_second": count / spent, "a_second_of_a_core": count / busy, "busy": busy / spent}


def results(seconds: float = SECONDS) -> dict[str, float]:
    """Per second of a core's time, so that what else runs on the machine matters little."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, PATH, Page(HEADERS, BODY, time.time(), time.time() + 3600))
        page = measure("lfrplatform.public_only:application", folder, seconds)
        empty = measure(NOTHING, folder, seconds)
    return {
        "notice_page_requests_a_core_second": page["a_second_of_a_core"],
        "empty_answer_requests_a_core_second": empty["a_second_of_a_core"],
        "notice_page_requests_a_second_here": page["requests_a_second"],
    }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print(json.dumps({name: round(value) for name, value in results(seconds).items()}, indent=2))


if __name__ == "__main__":
    main()
