"""`python -m bench.soak --minutes 60 --cameras 2`: the platform at work for an hour, watched for growth.

The real processes on an instance of their own; the relay plays the films of the day again and again; an
operator and an engagement officer, scripted, decide every alert. Every ten seconds are read: of each process,
with its children, memory (resident, not shared) and open handles; of each alert, how old its picture was when
it was raised and shown. It fails when one of them grows (bench/growth.py says what that is), when a process
died, when an officer was refused, or when the deployment stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

import psutil

from bench.growth import Series, Tolerance, too_short
from lfrplatform.embedded.place import CLONE, locate
from tests.support.faultlab.lab import alone

INSTANCE = "soak"
EVERY_S = 10.0
SIGNS_EVERY_S = 20 * 60.0
FILM_S = 75.0
FPS = 5.0
PROCESSES = ("web", "recognise", "system", "imports", "beat", "relay", "postgres", "valkey")
TOLERANCES = {
    "MB": Tolerance(absolute=12.0, share=0.05),
    "handles": Tolerance(absolute=6.0, share=0.05),
    "ms": Tolerance(absolute=50.0, share=0.25),
}
LEAST_VALUES = 6


@dataclass
class Samples:
    """Each series by its name, as (seconds since the start, value)."""

    units: dict[str, str] = field(default_factory=dict)
    points: defaultdict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, unit: str, at: float, value: float) -> None:
        self.units[name] = unit
        self.points[name].append((at, value))

    def series(self) -> list[Series]:
        return [
            Series(name, self.units[name], tuple(at for at, _ in points), tuple(v for _, v in points))
            for name, points in self.points.items()
        ]


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} soak       {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--cameras", type=int, default=2, choices=(1, 2, 3, 4))
    parser.add_argument("--warm-up", type=float, help="seconds not judged (default a tenth, 60 to 600)")
    parser.add_argument("--film-seconds", type=float, default=FILM_S, help="before it begins again (75)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    folder = CLONE / "var" / f"soak-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    alone(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.embedded"  # with the usual cool-down
    from apps.demo import stack  # needs the environment above

    place = locate(INSTANCE)
    try:
        with stack.running(INSTANCE, port=0, fresh=True) as platform:
            from bench.soaking import Soaking  # needs Django

            soaking = Soaking(
                platform, cameras=options.cameras, film_s=options.film_seconds, fps=FPS, say=say
            )
            with soaking:
                samples, problems = watch(soaking, options.minutes * 60)
    finally:
        shutil.rmtree(place.base, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    warm_up = options.warm_up or min(600.0, max(60.0, options.minutes * 6))
    return report(samples, problems, warm_up, soaking.facts)


def watch(soaking: Any, seconds: float) -> tuple[Samples, list[str]]:
    """Samples until the time is over; and what went wrong besides growth."""
    samples, problems, began, signs_at, said_at = Samples(), [], time.monotonic(), SIGNS_EVERY_S, 0.0
    restarts = {name: soaking.supervisor.restarts(name) for name in PROCESSES}
    while (at := time.monotonic() - began) < seconds:
        sample(samples, at, soaking.supervisor.pid)
        for name, age_ms in soaking.ages():
            samples.add(name, "ms", at, age_ms)
        problems += soaking.troubles()
        if at >= signs_at:
            signs_at += SIGNS_EVERY_S
            soaking.look_at_signs()
        if at >= said_at:
            said_at += 60.0
            say(f"{at / 60:.0f} of {seconds / 60:.0f} minutes, {soaking.raised} alerts, {_memory(samples)}")
        time.sleep(max(0.0, EVERY_S - (time.monotonic() - began - at)))
    for name, before in restarts.items():
        if (died := soaking.supervisor.restarts(name) - before) > 0:
            problems.append(f"{name} died {died} times")
    return samples, problems


def sample(samples: Samples, at: float, pid_of: Callable[[str], int | None]) -> None:
    """Memory of each process with its children, and their open handles."""
    for name in PROCESSES:
        pid = pid_of(name)
        if pid is None:
            continue
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            samples.add(f"{name} memory", "MB", at, sum(map(own_memory, family)) / 1e6)
            samples.add(f"{name} handles", "handles", at, sum(one.num_fds() for one in family))
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:  # a server of another user does not say which files it has open
            continue


def own_memory(process: psutil.Process) -> int:
    """Bytes that nobody else has too: PostgreSQL's sessions each count the shared buffers they touched."""
    found = process.memory_info()
    return int(found.rss - found.shared)


def _memory(samples: Samples) -> str:
    now = {name: points[-1][1] for name, points in samples.points.items() if name.endswith("memory")}
    return ", ".join(f"{name.split()[0]} {value:.0f}" for name, value in now.items()) + " MB"


def report(samples: Samples, problems: list[str], warm_up: float, facts: dict[str, Any]) -> int:
    judged = [series.after(warm_up) for series in samples.series()]
    problems += [f"too few values of {name} to judge" for name in too_short(judged, LEAST_VALUES)]
    rows = []
    for series in judged:
        grows = TOLERANCES[series.unit].exceeded_by(series)
        problems += [f"{series.name} grows by {series.growth:.1f} {series.unit}"] if grows else []
        middle = median(series.values) if series.values else float("nan")
        rows.append((series.name, middle, series.growth, series.ratio, series.unit, grows))
    print(f"\n  {'what':<22}{'median':>10}{'growth':>10}{'last/first third':>18}")
    for name, middle, growth, ratio, unit, grows in rows:
        print(f"  {name:<22}{middle:>10.1f}{growth:>+10.2f}{ratio:>18.3f} {unit}{'  GROWS' if grows else ''}")
    for name, value in facts.items():
        print(f"  {name}: {value}")
    for problem in problems:
        print(f"FAILED: {problem}")
    out = CLONE / "var" / "bench" / "soak.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    content = {"problems": problems, "facts": facts, "points": samples.points}
    out.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
    print(f"\nThe soak {'failed' if problems else 'passed'}; every sample is in {out.relative_to(CLONE)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
