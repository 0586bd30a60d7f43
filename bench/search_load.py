"""What `bench.search` measures of several connections at once, of dropping beside them, and of memory.

Each connection is a process of its own, as recognition workers are. The sides are ours, and the plain
statement through the parent table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 4.0
PROBES = 60
BATCH = 32
# A list is dropped, and another opened, so often while the others search.
DROP_EVERY_S = 0.05
DROPS = 60
PLAIN = """
SELECT subject_id, 1 - (embedding <=> %(probe)s::halfvec) FROM watchlists_gallery
 WHERE deployment_id = %(deployment)s AND embedding IS NOT NULL
 ORDER BY embedding <=> %(probe)s::halfvec LIMIT 1
"""


def open_others(count: int) -> None:
    """Partitions of lists that nobody searches."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for _ in range(count):
            deployment = uuid4()
            name = f"watchlists_gallery_{deployment.hex}"
            owner.execute(f"CREATE UNLOGGED TABLE {name} (LIKE watchlists_gallery INCLUDING ALL)")
            owner.execute(
                f"ALTER TABLE watchlists_gallery ATTACH PARTITION {name} FOR VALUES IN ('{deployment}')"
            )


def drop_one_other(opened: list[Any]) -> int:
    """Purge a list's partition by the function that a purge calls. Returns the tries it took."""
    from apps.core.tenancy import force_context
    from apps.watchlists import gallery
    from apps.watchlists.models import Watchlist

    listed = opened.pop()
    with force_context(listed.tenant.id):
        Watchlist.objects.filter(id=listed.watchlist_id).update(state="purging")
    for tries in range(1, 1_000):
        try:
            with force_context(listed.tenant.id):
                gallery.drop_partition(deployment_id=listed.deployment_id, attempts=1)
            return tries
        except gallery.GalleryBusy:
            continue
    raise SystemExit("a partition could not be dropped")


class Searcher:
    """One process that searches one list over and over, between two words on its standard input."""

    def __init__(self, listed: Any, sides: list[str], seconds: float, batch: int = 1) -> None:
        job = {
            "force": str(listed.tenant.id),
            "deployment": str(listed.deployment_id),
            "seal": listed.seal_hash,
            "sides": sides,
            "seconds": seconds,
            "batch": batch,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.search_load", "--worker", json.dumps(job)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        while self._process.stdout.readline().strip() not in ("ready", ""):
            continue

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def running(self) -> bool:
        return self._process.poll() is None

    def found(self) -> dict[str, Any]:
        said, _ = self._process.communicate()
        if self._process.returncode:
            raise SystemExit(f"a searching process ended with {self._process.returncode}")
        result: dict[str, Any] = json.loads(said.splitlines()[-1])
        return result


def at_once(*, size: int, connections: int) -> dict[str, float]:
    """The two sides take turns in each process: whatever the machine does meets both."""
    from tests.integration.watchlists.listed import make_tenant, store_list, unit_templates

    tenant = make_tenant("bench")
    listed = store_list(tenant, unit_templates(size, seed=size))
    results: dict[str, float] = {}
    for suffix, drops in (("", 0), ("_dropping", DROPS)):
        others = [store_list(tenant, unit_templates(3, seed=3)) for _ in range(drops)]
        searchers = [Searcher(listed, ["ours", "plain"], SECONDS) for _ in range(connections)]
        for each in searchers:
            each.go()
        tries = []
        while others and all(each.running() for each in searchers):
            tries.append(drop_one_other(others))
            time.sleep(DROP_EVERY_S)
        found = [each.found()["ms"] for each in searchers]
        taken = {side: [ms for each in found for ms in each[side]] for side in ("ours", "plain")}
        for side, times in taken.items():
            name = f"{side}_{connections}_connections{suffix}"
            results[f"{name}_p50_ms"] = median(times)
            results[f"{name}_p99_ms"] = float(np.quantile(times, 0.99))
            results[f"{name}_max_ms"] = max(times)
        results[f"to_plain_{connections}_connections{suffix}"] = median(taken["ours"]) / median(
            taken["plain"]
        )
        if tries:
            results |= {"drops": len(tries), "tries_a_drop": float(np.mean(tries))}
    return results


def memory(*, size: int) -> dict[str, float]:
    """Of a worker that searches the largest list in batches, of its backend, and of the list on disk."""
    import psycopg

    from tests.integration.watchlists.listed import make_tenant, store_list, unit_templates

    templates = unit_templates(size, seed=size)
    listed = store_list(make_tenant("bench"), templates)
    searcher = Searcher(listed, ["ours"], SECONDS, BATCH)
    searcher.go()
    found = searcher.found()
    name = f"watchlists_gallery_{listed.deployment_id.hex}"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        row = owner.execute(
            "SELECT pg_relation_size(%(name)s::regclass), pg_indexes_size(%(name)s::regclass)", {"name": name}
        ).fetchone()
    assert row is not None
    return {
        f"worker_peak_mib_{size}": found["peak_mib"],
        f"worker_grown_mib_{size}": found["peak_mib"] - found["before_mib"],
        f"backend_own_mib_{size}": found["backend_mib"],
        f"table_bytes_a_template_{size}": row[0] / size,
        f"index_bytes_a_template_{size}": row[1] / size,
        f"half_float_bytes_a_template_{size}": templates.shape[1] * 2,
    }


# What a searching process does.


def kib(pid: int | str, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise SystemExit(f"no {field} of process {pid}")


@contextmanager
def context(force: str) -> Iterator[None]:
    """One transaction with a force for every search, as a worker opens it."""
    from apps.core.tenancy import force_context

    with force_context(UUID(force)):
        yield


def worker(job: dict[str, Any]) -> None:
    import django

    django.setup()
    from django.db import connection

    from tests.integration.watchlists.listed import unit_templates

    probes = unit_templates(PROBES * job["batch"], seed=os.getpid()).reshape(PROBES, job["batch"], -1)
    sides = sides_of(job)
    with context(job["force"]):
        backend = connection.connection.info.backend_pid
    before = kib("self", "VmHWM")
    for number in range(10):
        for search in sides.values():
            with context(job["force"]):
                search(probes[number])
    print("ready", flush=True)
    sys.stdin.readline()
    times_ms: dict[str, list[float]] = {side: [] for side in sides}
    ends, turn = time.perf_counter() + job["seconds"], 0
    while time.perf_counter() < ends:
        for side, search in list(sides.items())[:: 1 if turn % 2 else -1]:
            with context(job["force"]):
                began = time.perf_counter()
                search(probes[turn % PROBES])
                times_ms[side].append((time.perf_counter() - began) * 1000)
        turn += 1
    print(json.dumps({
        "ms": times_ms,
        "before_mib": before / 1024,
        "peak_mib": kib("self", "VmHWM") / 1024,
        "backend_mib": kib(backend, "RssAnon") / 1024,
    }))  # fmt: skip


def sides_of(job: dict[str, Any]) -> dict[str, Callable[[np.ndarray], object]]:
    from apps.core.clock import utc_now
    from apps.watchlists import api as watchlists
    from apps.watchlists import gallery

    deployment_id, now = UUID(job["deployment"]), utc_now()

    def ours(probe: np.ndarray) -> object:
        found = watchlists.search(
            deployment_id=deployment_id, seal_hash=job["seal"], templates=probe, now=now, goes_on=False
        )
        if not found.seal_ok:
            raise SystemExit("the gallery is not whole")
        return found

    def plain(probe: np.ndarray) -> object:
        asked = {"deployment": deployment_id, "probe": gallery.halfvec_text(probe[0])}
        return gallery._execute(PLAIN, asked).fetchone()

    return {side: {"ours": ours, "plain": plain}[side] for side in job["sides"]}


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--worker", type=json.loads, required=True)
    worker(asked.parse_args().worker)
