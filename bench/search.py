"""`python -m bench.search [SIZE …] [--partitions N]`: the search of a list against the plain statement.

On the embedded PostgreSQL, in a database of its own that is dropped afterwards; one probe at a time, over one
connection, templates made up. The plain statement is what somebody would write on the same table: no seal,
no expiry, no force. Ours is what a recognition worker asks; "guarded" is the same where the transaction goes
on after a failure. The plain one is asked by the same driver, and by psql with `\\timing`, which leaves out
what a client does before and after. NumPy holds the same half floats in memory. All answer the same question,
and their answers are compared. `--partitions` opens so many other lists beside it.

Then (bench/search_load.py) four connections at once, the same while other lists are dropped, and memory.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench import search_load
from bench.psql import Psql
from tests.support import database
from tests.support.services import join

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var/bench/search.json"
SIZES = (100, 1_000, 10_000, 20_000)
PROBES = 60
ROUNDS = 3
BATCH = 32
LOADED = 1_000
LARGEST = 20_000


def p50s_ms(sides: dict[str, Callable[[int], object]]) -> dict[str, float]:
    """Of each side, the median over rounds of the median over probes.

    The sides take turns with every probe, so that whatever else the machine does meets all of them alike.
    """
    rounds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        times: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(PROBES):
            # In turns also of who comes first: the second finds the rows in the processor's cache.
            for name, each in list(sides.items())[:: 1 if number % 2 else -1]:
                began = time.perf_counter()
                each(number)
                times[name].append((time.perf_counter() - began) * 1000)
        for name, taken in times.items():
            rounds[name].append(median(taken))
    return {name: median(each) for name, each in rounds.items()}


def processor_ms(sides: dict[str, Callable[[int], object]], backend: int) -> dict[str, float]:
    """Of each side, the processor time of one search, here and in the server: a busy machine
    changes it little."""

    def spent_ms() -> float:
        served = Path(f"/proc/{backend}/schedstat").read_text().split()[0]
        return time.process_time() * 1000 + int(served) / 1e6

    spent: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(2 * ROUNDS):
        for name, each in sides.items():
            began = spent_ms()
            for number in range(PROBES):
                each(number)
            spent[name].append((spent_ms() - began) / PROBES)
    return {name: median(each) for name, each in spent.items()}


def _hits(listed: Any, now: Any, templates: np.ndarray, *, goes_on: bool = False) -> Any:
    from apps.watchlists import api as watchlists

    return watchlists.search(
        deployment_id=listed.deployment_id,
        seal_hash=listed.seal_hash,
        templates=templates,
        now=now,
        goes_on=goes_on,
    ).hits


def _in_psql(psql: Psql, deployment_id: Any, probes: np.ndarray, number: int) -> None:
    from apps.watchlists import gallery

    literal = {"deployment": f"'{deployment_id}'", "probe": f"'{gallery.halfvec_text(probes[number])}'"}
    psql.ask(search_load.PLAIN % {**literal})


class Listed:
    """A list of so many made-up templates in the bench's database, and the ways to search it."""

    def __init__(self, size: int) -> None:
        from apps.core.clock import utc_now
        from tests.integration.watchlists.listed import make_tenant, near, store_list, unit_templates

        templates = unit_templates(size, seed=size)
        self.tenant = make_tenant("bench")
        self.listed = store_list(self.tenant, templates)
        rows = np.random.default_rng(1).integers(0, size, PROBES)
        self.probes = np.stack([near(templates[row], seed=int(row)) for row in rows])
        self.halves = templates.astype(np.float16).astype(np.float32)
        self.lengths = np.linalg.norm(self.halves, axis=1)
        self.search = partial(_hits, self.listed, utc_now())

    def ours(self, number: int) -> Any:
        return self.search(self.probes[number : number + 1])[0]

    def guarded(self, number: int) -> Any:
        return self.search(self.probes[number : number + 1], goes_on=True)[0]

    def plain(self, number: int) -> Any:
        from apps.watchlists import gallery

        probe = gallery.halfvec_text(self.probes[number])
        asked = {"deployment": self.listed.deployment_id, "probe": probe}
        return gallery._execute(search_load.PLAIN, asked).fetchone()

    def numpy(self, number: int) -> int:
        return int(np.argmax(self.halves @ self.probes[number] / self.lengths))

    def check_alike(self) -> None:
        """Raises SystemExit where the three ways differ."""
        found = (
            (self.ours(n).subject_id, self.plain(n)[0], self.listed.subject_ids[self.numpy(n)])
            for n in range(PROBES)
        )
        wrong = sum(len(set(three)) != 1 for three in found)
        if wrong:
            raise SystemExit(f"{wrong} of {PROBES} answers differ at {len(self.halves)}")

    def batch_s(self) -> float:
        began = time.perf_counter()
        self.search(self.probes[:BATCH])
        return time.perf_counter() - began


def measure(size: int) -> dict[str, float]:
    from django.db import connection

    from apps.core.tenancy import force_context

    listed = Listed(size)
    counted: dict[str, Callable[[int], object]] = {
        name: getattr(listed, name) for name in ("ours", "guarded", "plain")
    }
    sides = counted | {"numpy": listed.numpy}
    psql = Psql.start(force_id=listed.tenant.id)
    if psql is not None:
        sides["psql"] = partial(_in_psql, psql, listed.listed.deployment_id, listed.probes)
    with force_context(listed.tenant.id):
        listed.check_alike()
        times = p50s_ms(sides)
        spent = processor_ms(counted, connection.connection.info.backend_pid)
        batch = listed.batch_s()
    if psql is not None:
        times["psql"] = psql.close_and_median_ms()
    return {
        **{f"{name}_p50_ms_{size}": value for name, value in times.items()},
        f"to_plain_{size}": times["ours"] / times["plain"],
        f"guarded_to_plain_{size}": times["guarded"] / times["plain"],
        **{f"{name}_processor_ms_{size}": value for name, value in spent.items()},
        f"processor_to_plain_{size}": spent["ours"] / spent["plain"],
        f"guarded_processor_to_plain_{size}": spent["guarded"] / spent["plain"],
        f"to_numpy_{size}": times["ours"] / times["numpy"],
        **({f"to_psql_{size}": times["ours"] / times["psql"]} if "psql" in times else {}),
        f"batch_probes_a_second_{size}": BATCH / batch,
    }


def said(results: dict[str, float]) -> dict[str, float]:
    for name, value in results.items():
        print(f"ratio search_{name} {value:.3f}", flush=True)
    return results


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    asked.add_argument(
        "--partitions", type=int, default=0, help="of other lists, open beside the one searched"
    )
    asked.add_argument("--connections", type=int, default=4, help="that search at once")
    given = asked.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"
    services, _kept = join(runs_tests=True)
    os.environ.update(services.environment())
    import django

    django.setup()
    database.make_worker_database(services)
    results: dict[str, float] = {"partitions": given.partitions}
    try:
        search_load.open_others(given.partitions)
        for size in given.sizes:
            results |= said(measure(size))
        results |= said(search_load.at_once(size=LOADED, connections=given.connections))
        results |= said(search_load.memory(size=LARGEST))
    finally:
        from django.db import connections

        connections.close_all()
        database.drop_worker_database(services)
    kept = KEPT if not given.partitions else KEPT.with_stem(f"search-{given.partitions}-partitions")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
