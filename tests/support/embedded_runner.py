"""A supervisor with made-up platform processes: `python -m tests.support.embedded_runner '{"NAME": "python
code"}'`."""

from __future__ import annotations

import json
import signal
import sys
import threading

from lfrplatform.embedded import Supervisor, locate


def main() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    supervisor = Supervisor(locate())
    supervisor.start_servers()
    try:
        for name, code in json.loads(sys.argv[1]).items():
            supervisor.add_process(
                name, [sys.executable, "-u", "-c", code], stop_plan=[(signal.SIGTERM, 2.0)]
            )
        supervisor.wait_ready()
        sys.stdout.write("everything runs\n")
        sys.stdout.flush()
        supervisor.run_until(stop)
    finally:
        supervisor.stop()
        sys.stdout.write("everything has stopped\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
