"""`python -m bench.audit_verify [EVENTS]`: what recording, chaining and verifying an audit costs.

On the embedded PostgreSQL, in a database of its own that is dropped afterwards. Events are made with COPY,
with right hashes; then `manage.py verify_audit` and `export_audit` run in processes of their own, whose peak
memory is read while they run. Prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from apps.audit.data import GENESIS, METADATA, content_digest, event_digest, link_hash, storable
from tests.support import database
from tests.support.services import join

ROOT = Path(__file__).resolve().parent.parent
EVENTS = (*METADATA, "actor_label", "origin", "reason", "payload", "salt", "content_digest", "digest")
LINKS = ("id", "force_id", "position", "event_id", "previous_hash", "link_hash", "linked_at")
DECISION = "deployment.check_recorded"


def event(force_id: uuid.UUID, number: int, began: datetime) -> dict[str, Any]:
    """About as long as the events of a day are."""
    at = began + timedelta(seconds=number)
    metadata = {
        "id": uuid.uuid4(),
        "force_id": force_id,
        "ordinal": number,
        "at": at,
        "recorded_at": at,
        "actor_id": uuid.UUID(int=number % 97),
        "rank": "Insp",
        "roles": "authorising_officer",
        "verb": DECISION,
        "object_type": "deployment",
        "object_id": uuid.UUID(int=number % 1009),
        "simulated": False,
    }
    content = {
        "actor_label": "Insp Mary Stone",
        "origin": "10.0.0.9",
        "reason": "The sign at the north end was seen and photographed.",
        "payload": storable({"kind": "signage", "passed": True, "number": number, "share": 0.25}),
    }
    salt = uuid.uuid4().bytes
    inside = content_digest(salt=salt, content=content)
    digest = event_digest(metadata=metadata, content_sha256=inside)
    return metadata | content | {"salt": salt, "content_digest": inside, "digest": digest}


def fill(owner: psycopg.Connection[Any], force_id: uuid.UUID, count: int) -> None:
    began = datetime.now(UTC) - timedelta(days=30)
    with tempfile.TemporaryFile("w+") as links:
        with owner.cursor().copy(f"COPY audit_auditevent ({', '.join(EVENTS)}) FROM STDIN") as copy:
            previous = GENESIS
            for number in range(1, count + 1):
                row = event(force_id, number, began)
                values = [json.dumps(row[n]) if n == "payload" else row[n] for n in EVENTS]
                copy.write_row(values)
                current = link_hash(
                    force_id=force_id,
                    position=number,
                    previous=previous,
                    event_id=row["id"],
                    digest=row["digest"],
                )
                links.write(f"{row['id']} {previous.hex()} {current.hex()}\n")
                previous = current
        links.seek(0)
        with owner.cursor().copy(f"COPY audit_auditlink ({', '.join(LINKS)}) FROM STDIN") as copy:
            for number, line in enumerate(links, start=1):
                event_id, before, current_hex = line.split()
                copy.write_row(
                    [
                        *(uuid.uuid4(), force_id, number, event_id),
                        *(bytes.fromhex(before), bytes.fromhex(current_hex), began),
                    ]
                )
    owner.commit()
    owner.autocommit = True
    owner.execute("VACUUM ANALYZE audit_auditevent, audit_auditlink")


def run(*words: str) -> dict[str, float]:
    """Seconds and peak memory (MiB) of a program. The kernel's own account of a child begins with the size of
    its parent, so its high-water mark is read while it runs."""
    before, peak = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM") and time.perf_counter() - before > 0.1:
                peak = max(peak, int(line.split()[1]))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{words} ended with {process.returncode}")
    return {"seconds": time.perf_counter() - before, "peak_mib": peak / 1024}


def manage(*words: str) -> dict[str, float]:
    return run(str(ROOT / "manage.py"), *words, "--skip-checks")


def chain_and_record(force_id: uuid.UUID, count: int) -> Iterator[tuple[str, float]]:
    """Events a second of `record`, one transaction each, and of the chainer."""
    from apps.audit import api as audit
    from apps.core.clock import utc_now
    from apps.core.data import Actor
    from apps.core.tenancy import force_context

    actor = Actor.system(force_id=force_id, label="bench")
    began = time.perf_counter()
    for number in range(count):
        with force_context(force_id):
            audit.record(
                actor=actor,
                verb="x",
                object_type="x",
                object_id=force_id,
                payload={"n": number},
                now=utc_now(),
            )
    yield "record_a_second", count / (time.perf_counter() - began)
    began = time.perf_counter()
    linked = audit.chain_force(force_id=force_id, now=utc_now())
    yield "chain_a_second", linked / (time.perf_counter() - began)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    os.environ["DJANGO_SETTINGS_MODULE"] = "lfrplatform.settings.test"
    services, _kept = join(runs_tests=True)
    os.environ.update(services.environment())
    import django

    django.setup()
    database.make_worker_database(services)
    try:
        results = measure(services, count)
    finally:
        from django.db import connections

        connections.close_all()
        database.drop_worker_database(services)
    print(json.dumps({name: round(value, 1) for name, value in results.items()}, indent=2))


def measure(services: Any, count: int) -> dict[str, float]:
    from apps.audit import api as audit
    from apps.core.clock import utc_now
    from apps.forces import api as forces

    slugs = ("bench-small", "bench-large")
    small, large = (forces.create_force(slug=slug, name=slug, now=utc_now()) for slug in slugs)
    results: dict[str, float] = dict(chain_and_record(small.id, 5_000))
    with psycopg.connect(services.worker_owner_url) as owner:
        owner.execute("DELETE FROM audit_auditpending")
        owner.execute("DELETE FROM audit_auditevent WHERE force_id = %s", [large.id])
        fill(owner, large.id, count)
        audit.take_anchor(force_id=large.id)
    for words in (
        ("verify_audit", "--force", slugs[0]),
        ("verify_audit", "--force", slugs[1], "--every", "100000"),
    ):
        used = manage(*words)
        results |= {f"{words[0]}_{words[2][6:]}_{name}": value for name, value in used.items()}
    results["verify_events_a_second"] = count / results["verify_audit_large_seconds"]
    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/export.jsonl"
        used = manage(
            "export_audit", "--force", slugs[1], "--to", target, "--reason", "a measurement of this"
        )
        results |= {f"export_{name}": value for name, value in used.items()}
        script = str(ROOT / "docs/how-to/administrator/verify_audit_export.py")
        used = run("-I", script, target)
        results |= {f"outsider_{name}": value for name, value in used.items()}
    return results


if __name__ == "__main__":
    main()
