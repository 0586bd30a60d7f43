"""Processor time and memory of the platform's processes, read from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")
SERVICES = ("postgres", "valkey", "web", "recognise", "system", "beat")


@dataclass(frozen=True, slots=True)
class Used:
    """At one moment: processor seconds of a process, of those it waited for, and of its living children."""

    seconds: Mapping[str, float]
    at: float

    def shares(self, earlier: Used) -> dict[str, float]:
        """Share of one core that each took since then, in percent."""
        spent = self.at - earlier.at
        return {
            name: round(100 * (value - earlier.seconds.get(name, 0.0)) / spent, 1)
            for name, value in self.seconds.items()
        }


def children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def tree(pid: int) -> list[int]:
    below, found = children(), [pid]
    for each in found:
        found += below.get(each, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the name; empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def seconds(pid: int) -> float:
    """Of the whole tree; those who ended count with whoever waited for them."""
    total = 0
    for each in tree(pid):
        if fields := _stat(each):
            total += sum(int(value) for value in fields[11:15])
    return total / TICK


def used(pids: Mapping[str, int]) -> Used:
    return Used({name: seconds(pid) for name, pid in pids.items()}, time.monotonic())


def mib(pid: int) -> float:
    """Memory of the tree in MiB, each shared page counted once over all who share it."""
    total = 0
    for each in tree(pid):
        try:
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return round(total / 1024, 1)


def pids_of(supervisor: Any, names: Iterable[str] = SERVICES) -> dict[str, int]:
    """Those of them that run."""
    units = {unit.name: unit.pid for unit in supervisor._units()}
    return {name: units[name] for name in names if units.get(name)}
