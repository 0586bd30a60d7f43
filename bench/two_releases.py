"""`python -m bench.two_releases [COMMIT]`: workers of the release before beside this one's, under load.

The database is this release's. Of the release before (any commit; unless told otherwise the last one that had
fewer migrations) there are a recognition worker and a system worker, as in the middle of an upgrade
(docs/how-to/administrator/upgrade.md). Two deployments are live, films of listed people walk by both, each
has a console open. In turn: the older workers alone; both releases, a shard each; this release alone, which
takes the shard over; and the way back, where this release's recognition stops and the older one's, begun
again, takes both.

It fails unless each shard is held by whom the step says, each alert is there once (in the database, at its
console, one for a person within the cool-down), each step raised some, no handing over left a gap longer than
a lease and one round of the dispatcher, and no process wrote a line of an error.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import live_stage

# A lease is good for five seconds, the dispatcher looks every three, and the next worker has to begin.
GAP_S = 12.0
WITHIN_S = 150.0
FILM_S, FPS = 5.0, 4.0
SETTLE_S, AFTER_S = 10.0, 25.0
WRONG = re.compile(r"\s(ERROR|CRITICAL)\s|^Traceback|unregistered task")
READY = "ready."
BEFORE, ALONE = "before all", "older alone"


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=live_stage.CLONE, capture_output=True, check=True).stdout


def before_the_newest_migrations() -> str:
    """The last commit that had fewer migrations than there are now."""
    added = git("log", "-1", "--diff-filter=A", "--format=%H", "--", "apps/*/migrations/[0-9]*.py")
    return git("rev-parse", "--short", f"{added.decode().strip()}^").decode().strip()


def migrations(tree: Path) -> set[str]:
    files = tree.glob("apps/*/migrations/[0-9]*.py")
    return {f"{file.parent.parent.name}.{file.stem}" for file in files}


def compared(commit: str, code: Path) -> str:
    there, here = migrations(code), migrations(live_stage.CLONE)
    return f"{commit} has {len(here - there)} migrations fewer, and {len(there - here)} that are not here"


class Older:
    """A recognition worker and a system worker of another commit, with the variables of this installation."""

    def __init__(self, code: Path, log: Path, threads: int) -> None:
        self._path, self._log = log, log.open("ab")
        self._began = log.stat().st_size
        argv = [sys.executable, "-m", "celery", "-A", "lfrplatform", "worker", "-P", "threads", "-l", "INFO"]
        argv += ["--prefetch-multiplier", "1", "--without-gossip", "--without-mingle"]
        environment = {**os.environ, "PYTHONPATH": str(code), "LFR_ORT_THREADS": "1"}
        self.workers = {
            queue: subprocess.Popen(
                [*argv, "-Q", queue, "-c", str(number), "-n", f"{queue}-older@%h"],
                cwd=code,
                env=environment,
                stdout=self._log,
                stderr=self._log,
            )
            for queue, number in (("recognise", threads), ("system", 1))
        }

    @property
    def pid(self) -> int:
        return self.workers["recognise"].pid

    def ready(self) -> bool:
        return self._path.read_bytes()[self._began :].count(READY.encode()) == len(self.workers)

    def stop(self) -> list[int]:
        for worker in self.workers.values():
            worker.send_signal(signal.SIGTERM)
        codes = [worker.wait(60) for worker in self.workers.values()]
        self._log.close()
        return codes


def holders(stages: list[Any]) -> list[int]:
    """The process that holds the shard of each deployment, 0 where nobody does."""
    from apps.core.clock import utc_now
    from apps.live.models import ShardLease

    found = []
    for stage in stages:
        with stage.context():
            row = ShardLease.objects.filter(
                deployment_id=stage.deployment_id, released_at=None, expires_at__gt=utc_now()
            ).first()
        found.append(int(row.holder.split(":")[1]) if row else 0)
    return found


def until(what: Callable[[], bool], words: str) -> float:
    began = time.monotonic()
    while not what():
        if time.monotonic() - began > WITHIN_S:
            raise SystemExit(f"not within {WITHIN_S:.0f} s: {words}")
        live_stage.wait(0.1)
    return time.monotonic() - began


class Told:
    """What the run found, printed as it goes; `wrong` is what it must not find."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.raised_in: set[str] = set()
        self.since: list[tuple[datetime, str]] = []

    def step(self, words: str) -> None:
        from apps.core.clock import utc_now

        self.since.append((utc_now(), words))
        print(f"{utc_now():%H:%M:%S} {words}", flush=True)

    def step_of(self, moment: datetime) -> str:
        return [BEFORE, *(words for at, words in self.since if at <= moment)][-1]

    def must(self, holds: bool, words: str) -> None:
        if not holds:
            self.wrong.append(words)


def look_at_alerts(told: Told, stages: list[Any], arrived: list[dict[str, float]]) -> None:
    from django.conf import settings

    from apps.alerts.models import Alert

    cooling = settings.LFR_SUBJECT_COOL_DOWN_S
    for stage, at_console in zip(stages, arrived, strict=True):
        with stage.context():
            alerts = list(Alert.objects.filter(deployment_id=stage.deployment_id).order_by("number"))
        by_step: dict[str, int] = {}
        last: dict[Any, datetime] = {}
        for alert in alerts:
            step = told.step_of(alert.raised_at)
            by_step[step] = by_step.get(step, 0) + 1
            told.raised_in.add(step)
            if alert.subject_id in last:
                apart = (alert.raised_at - last[alert.subject_id]).total_seconds()
                told.must(
                    apart > cooling, f"alert {alert.number}: {apart:.1f} s after one of the same person"
                )
            last[alert.subject_id] = alert.raised_at
        numbers = [alert.number for alert in alerts]
        told.must(numbers == list(range(1, len(alerts) + 1)), f"the numbers are {numbers}")
        told.must({str(alert.id) for alert in alerts} == set(at_console), "database and console differ")
        print(f"{len(alerts)} alerts, {len(at_console)} at the console: {by_step}")
        for gap in stage.gaps():
            lasted = (gap.ended_at - gap.started_at).total_seconds()
            print(f"  gap of {lasted:.1f} s ({gap.reason}), in: {told.step_of(gap.ended_at)}")
            # Before this release's worker was there, nobody had room for the second shard.
            begun = told.step_of(gap.started_at) not in (BEFORE, ALONE)
            told.must(lasted <= GAP_S or not begun, f"a gap of {lasted:.1f} s ({gap.reason})")

    silent = {words for _, words in told.since} - told.raised_in
    told.must(not silent, f"no alert was raised in: {', '.join(sorted(silent))}")


def look_at_logs(told: Told, logs: list[Path]) -> None:
    for log in logs:
        lines = log.read_text(errors="replace").splitlines()
        found = [line for line in lines if WRONG.search(line)]
        print(f"{log.name}: {len(lines)} lines, {len(found)} of an error")
        for line in found[:5]:
            print(f"    {line[:400]}")
        told.must(not found, f"{log.name} has {len(found)} lines of an error")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.two_releases", description=__doc__)
    parser.add_argument("commit", nargs="?", default="", help="of the release before")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long both work side by side")
    parser.add_argument("--port", type=int, default=8196)
    options = parser.parse_args()
    commit = options.commit or before_the_newest_migrations()
    told = Told()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as code:
            code.extractall(folder / commit, filter="data")
        with live_stage.running(port=options.port, hold=("imports", "recognise")) as stack:
            films = stack.place.home / "bench-films"
            try:
                print(compared(commit, folder / commit), flush=True)
                sources = live_stage.make_films(films, cameras=2, size="720p", faces=2, seconds=FILM_S)
                play(told, stack, sources, commit, folder, options.seconds)
            finally:
                shutil.rmtree(films, ignore_errors=True)
    for words in told.wrong:
        print(f"WRONG: {words}")
    return 1 if told.wrong else 0


def play(told: Told, stack: Any, sources: list[Path], commit: str, folder: Path, seconds: float) -> None:
    log = stack.place.log("older")
    log.unlink(missing_ok=True)
    set_up = [live_stage.go_live(1) for _ in sources]
    stages = [stage for stage, _ in set_up]
    with ExitStack() as open_until_the_end:
        watchers = [
            open_until_the_end.enter_context(
                live_stage.Watcher(stack.base_url, stage.deployment_id, username)
            )
            for stage, username in set_up
        ]
        for stage, source in zip(stages, sources, strict=True):
            open_until_the_end.callback(live_stage.Relay(stack, stage, [source], FPS).stop)
        steps(told, stack, stages, lambda threads: Older(folder / commit, log, threads), seconds)
    look_at_alerts(told, stages, [watcher.arrived for watcher in watchers])
    logs = [stack.place.log(process) for process in ("recognise", "system", "web", "beat")]
    look_at_logs(told, [log, *logs])


def steps(told: Told, stack: Any, stages: list[Any], begin: Callable[[int], Older], seconds: float) -> None:
    told.step(ALONE)
    older = begin(1)
    try:
        until(older.ready, "the older workers begin")
        until(lambda: older.pid in holders(stages), "the older worker takes a shard")
        live_stage.wait(SETTLE_S)

        told.step("both, a shard each")
        start(stack, "recognise")
        until(lambda: 0 not in holders(stages), "this release's worker takes the other shard")
        both = holders(stages)
        told.must(len(set(both)) == 2 and older.pid in both, f"the shards are held by {both}")
        live_stage.wait(seconds)
        told.must(holders(stages) == both, f"the shards were held by {both}, and then by {holders(stages)}")

        told.step("this release alone")
        codes = older.stop()
        told.must(codes == [0, 0], f"the older workers ended with {codes}")
        ours = stack.supervisor.pid("recognise")
        took = until(lambda: holders(stages) == [ours] * 2, "this release takes both")
        print(f"  both taken {took:.1f} s after the older workers had ended")
        live_stage.wait(AFTER_S)

        told.step("the way back")
        older = begin(2)
        until(older.ready, "the older workers begin again")
        stack.supervisor.stop_process("recognise")
        took = until(lambda: holders(stages) == [older.pid] * 2, "the older worker takes both")
        print(f"  both taken {took:.1f} s after this release's worker had ended")
        live_stage.wait(AFTER_S)
        for stage in stages:
            stage.end()
        live_stage.wait(1.5)
    finally:
        older.stop()


def start(stack: Any, name: str) -> None:
    (usual,) = (each for each in stack.held if each.name == name)
    stack.supervisor.add_process(usual.name, usual.argv, usual.env, usual.ready)
    stack.supervisor.wait_ready()


if __name__ == "__main__":
    sys.exit(main())
