"""`python -m bench.second_machine`: does a worker that knows only the shared addresses take a shard?

It starts the platform without a recognition worker, and then one as a second machine would: from a folder of
its own, with no variable but those of docs/how-to/administrator/second-worker-machine.md. It has to take the
shard, raise an alert, and the console of the first machine has to get the alert's picture, which lies under a
key that the worker made in the shared key store. A machine of its own is not tried here: it is one with other
variables, on the same loopback.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import live_stage

SHARED = ("DATABASE_URL", "REDIS_URL", "LFR_SECRET_KEY", "LFR_KEYSTORE_DIR", "LFR_REDIS_PREFIX")
WITHIN_S = 60.0


def worker(folder: Path) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in SHARED if name in os.environ}
    environment |= {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(live_stage.CLONE),
        "DJANGO_SETTINGS_MODULE": "lfrplatform.settings.embedded",
        "LFR_VAR_DIR": str(folder),
        "LFR_ALLOWED_HOSTS": "127.0.0.1",
        "LFR_PUBLIC_BASE_URL": "http://127.0.0.1",
    }
    argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-Q", "recognise", "-P", "threads"]
    argv += ["-c", "1", "--prefetch-multiplier", "1", "--without-gossip", "--without-mingle"]
    log = (folder / "worker.log").open("wb")
    return subprocess.Popen(
        [*argv, "-n", "recognise@second"], cwd=folder, env=environment, stdout=log, stderr=log
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.second_machine", description=__doc__)
    parser.add_argument("--port", type=int, default=8193)
    options = parser.parse_args()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as name,
        live_stage.running(port=options.port, hold=("imports", "recognise")) as stack,
    ):
        films = stack.place.home / "bench-films"
        try:
            sources = live_stage.make_films(films, cameras=1, size="720p", faces=3, seconds=5.0)
            stage, username = live_stage.go_live(1)
            with live_stage.Watcher(stack.base_url, stage.deployment_id, username) as watcher:
                relay, second = live_stage.Relay(stack, stage, sources, 5.0), worker(Path(name))
                try:
                    began = time.monotonic()
                    while not watcher.pictured and time.monotonic() - began < WITHIN_S:
                        live_stage.wait(0.25)
                finally:
                    relay.stop()
                    second.terminate()
                    second.wait(20)
        finally:
            shutil.rmtree(films, ignore_errors=True)
        if not watcher.pictured:
            print((Path(name) / "worker.log").read_text()[-2000:])
    alerts, pictures = len(watcher.arrived), len(watcher.pictured)
    print(f"{alerts} alerts at the console, {pictures} pictures, {time.monotonic() - began:.1f} s")
    return 0 if pictures else 1


if __name__ == "__main__":
    sys.exit(main())
