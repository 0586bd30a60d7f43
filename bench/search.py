"""`python -m bench.search [SIZE …]`: the search of a list against the plain statement and against NumPy.

On the embedded PostgreSQL, in a database of its own that is dropped afterwards; one probe at a time, over one
connection, templates made up. The plain statement is what somebody would write in psql on the same partition:
no seal, no expiry, no force. The three answer the same question, and their answers are compared.
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

from tests.support import database
from tests.support.services import join

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var/bench/search.json"
SIZES = (100, 1_000, 10_000, 20_000)
PROBES = 60
ROUNDS = 3
BATCH = 32
PLAIN = """
SELECT subject_id, 1 - (embedding <=> %(probe)s::halfvec) FROM watchlists_gallery
 WHERE deployment_id = %(deployment)s AND embedding IS NOT NULL
 ORDER BY embedding <=> %(probe)s::halfvec LIMIT 1
"""


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


def _hits(listed: Any, now: Any, templates: np.ndarray) -> Any:
    from apps.watchlists import api as watchlists

    return watchlists.search(
        deployment_id=listed.deployment_id, seal_hash=listed.seal_hash, templates=templates, now=now
    ).hits


def measure(size: int) -> dict[str, float]:
    from apps.core.clock import utc_now
    from apps.core.tenancy import force_context
    from apps.watchlists import gallery
    from tests.integration.watchlists.listed import make_tenant, near, store_list, unit_templates

    templates = unit_templates(size, seed=size)
    tenant = make_tenant("bench")
    listed = store_list(tenant, templates)
    rows = np.random.default_rng(1).integers(0, size, PROBES)
    probes = np.stack([near(templates[row], seed=int(row)) for row in rows])
    halves = templates.astype(np.float16).astype(np.float32)
    lengths = np.linalg.norm(halves, axis=1)

    search = partial(_hits, listed, utc_now())

    def ours(number: int) -> Any:
        return search(probes[number : number + 1])[0]

    def plain(number: int) -> Any:
        asked = {"deployment": listed.deployment_id, "probe": gallery.halfvec_text(probes[number])}
        return gallery._execute(PLAIN, asked).fetchone()

    def numpy(number: int) -> int:
        return int(np.argmax(halves @ probes[number] / lengths))

    with force_context(tenant.id):
        found = [(ours(n).subject_id, plain(n)[0], listed.subject_ids[numpy(n)]) for n in range(PROBES)]
        wrong = sum(len(set(three)) != 1 for three in found)
        if wrong:
            raise SystemExit(f"{wrong} of {PROBES} answers differ at {size}")
        times = p50s_ms({"ours": ours, "plain": plain, "numpy": numpy})
        began = time.perf_counter()
        search(probes[:BATCH])
        batch = time.perf_counter() - began
    return {
        **{f"{name}_p50_ms_{size}": value for name, value in times.items()},
        f"to_plain_{size}": times["ours"] / times["plain"],
        f"to_numpy_{size}": times["ours"] / times["numpy"],
        f"batch_probes_a_second_{size}": BATCH / batch,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    sizes = asked.parse_args().sizes
    os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"
    services, _kept = join(runs_tests=True)
    os.environ.update(services.environment())
    import django

    django.setup()
    database.make_worker_database(services)
    results: dict[str, float] = {}
    try:
        for size in sizes:
            results |= measure(size)
    finally:
        from django.db import connections

        connections.close_all()
        database.drop_worker_database(services)
    for name, value in results.items():
        print(f"ratio search_{name} {value:.3f}")
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
