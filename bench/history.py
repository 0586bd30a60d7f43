"""`python -m bench.history`: what pages and reports cost with a year of a large force behind them.

The history is the demonstration's own (every state, alerts, stops, deletions and results by the real
operations), copied with other ids and earlier days until there are as many deployments as asked: a tenth of a
year of a large force, the year, and more to see how it grows. Each deployment of a copy has as many rows as
its original, and a membership register of the size given. Per page: queries, and the median of some readings
in this process; they are reported side by side with those of the tenth. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from bench import live_stage
from bench.films import ROOT
from lfrplatform.embedded.processes import HOST

# Of a large force in a year: the Metropolitan Police, September 2024 to 2025 (domain.md §7).
YEAR = 203
READINGS = 5
# What is copied is no older than this: every copy lies within the last year, which the reports are about.
RECENT = timedelta(days=120)
SPREAD = timedelta(days=365 - 2) - RECENT
OF_DEPLOYMENT = "deployment_id = ANY(%(originals)s)"
OF_ALERT = f"alert_id IN (SELECT id FROM alerts_alert WHERE {OF_DEPLOYMENT})"
OF_NOTICE = f"notice_id IN (SELECT id FROM notices_notice WHERE {OF_DEPLOYMENT})"
OF_ENGAGEMENT = f"engagement_id IN (SELECT id FROM alerts_engagement WHERE {OF_DEPLOYMENT})"
ABOUT = (
    f"object_id = ANY(%(originals)s) OR object_id IN (SELECT id FROM alerts_alert WHERE {OF_DEPLOYMENT})"
    f" OR object_id IN (SELECT id FROM watchlists_watchlist WHERE {OF_DEPLOYMENT})"
)
# Counted by the force: a copy's numbers come after all others.
NUMBERED = ("casework_complaint", "casework_databreach", "casework_rightsrequest", "oversight_matter")
OF_VERSION = f"version_id IN (SELECT id FROM casework_hoursversion WHERE {OF_DEPLOYMENT})"
OF_MATTER = f"matter_id IN (SELECT id FROM oversight_matter WHERE {OF_DEPLOYMENT})"
OF_CASE = " OR ".join(f"case_id IN (SELECT id FROM {table} WHERE {OF_DEPLOYMENT})" for table in NUMBERED[:3])
# What belongs to a deployment, and which of its rows do.
TABLES = {
    "deployments_deployment": "id = ANY(%(originals)s)",
    **dict.fromkeys(
        (
            *(
                "deployments_deploymentdecision",
                "deployments_authorityrevision",
                "deployments_deploymentduty",
            ),
            *("deployments_approvalcondition", "deployments_checkrecord", "deployments_signcheck"),
            *("deployments_engagemententry", "deployments_reviewnote", "deployments_recognitiongap"),
            *("deployments_camerastop", "watchlists_watchlist", "watchlists_statuscheck"),
            *(
                "live_cameratally",
                "relays_ingesttally",
                "alerts_counter",
                "alerts_alert",
                "alerts_engagement",
            ),
            "notices_notice",
        ),
        OF_DEPLOYMENT,
    ),
    "alerts_decision": OF_ALERT,
    "alerts_outcome": OF_ALERT,
    "alerts_receipt": OF_ENGAGEMENT,
    "alerts_escalation": OF_DEPLOYMENT,
    "notices_noticeoutage": OF_NOTICE,
    "casework_hoursversion": OF_DEPLOYMENT,
    "casework_hoursline": OF_VERSION,
    **dict.fromkeys(NUMBERED[:3], OF_DEPLOYMENT),
    "casework_casestep": OF_CASE,
    "oversight_matter": OF_DEPLOYMENT,
    "oversight_entry": OF_MATTER,
    "retention_deletioncertificate": "subject_id = ANY(%(originals)s)",
    "audit_auditevent": ABOUT,
}
# Ids of what is copied: each copy has others, the same wherever they stand.
IDS = {
    *("id", "deployment_id", "alert_id", "engagement_id", "notice_id", "object_id", "subject_id"),
    *("watchlist_id", "key_id", "probe_blob_id", "template_blob_id", "version_id", "case_id", "matter_id"),
}
NAMES = {"reference", "slug"}


def columns_of(cursor: Any, table: str) -> dict[str, str]:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND is_generated = 'NEVER' AND is_identity = 'NO'",
        [table],
    )
    found = dict(cursor.fetchall())
    if not found:
        raise SystemExit(f"there is no table {table}: bench/history.py is older than the tables")
    return found


def copy(cursor: Any, originals: list[UUID], number: int, *, days: int) -> None:
    """All that belongs to `originals` once more, `days` earlier."""
    for table, theirs in TABLES.items():
        columns = columns_of(cursor, table)
        counted = {"number"} if table in NUMBERED else set()
        shown = ", ".join(
            f"{name} + {number * 1000}" if name in counted else _value(name, kind, number, days)
            for name, kind in columns.items()
        )
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {shown} FROM {table} WHERE {theirs}",
            {"originals": originals},
        )


def _value(name: str, kind: str, number: int, days: int) -> str:
    if kind == "uuid" and name in IDS:
        return f"md5({name}::text || '{number}')::uuid"
    if name == "ordinal":
        return "nextval('audit_event_ordinal')"
    if kind.startswith("timestamp"):
        return f"{name} - interval '{days} days'"
    if kind == "date":
        return f"{name} - {days}"
    return f"{name} || '-{number}'" if name in NAMES else name


REGISTER = """
INSERT INTO watchlists_membershipregister
    (id, force_id, deployment_id, reference, folded, category, listed_at, ends_at, removed_early)
SELECT gen_random_uuid(), %s, id, 'NOM-' || n, 'nom-' || n, 'suspected', started_at - interval '3 hours',
    ended_at + interval '1 day', false
FROM deployments_deployment, generate_series(1, %s) n
WHERE id = ANY (%s) AND ended_at IS NOT NULL
"""


def pages(told: Any, reference: str, deployment_id: UUID) -> Iterator[tuple[str, str | None, str]]:
    """(what, whose, address). `whose` None: the public."""
    slug = told.player.force.slug
    for who, path in (
        ("planner", "/"),
        ("planner", "/deployments/"),
        ("commander", "/"),
        ("authoriser", "/"),
        ("oversight", "/"),
        ("oversight", "/records/"),
        ("oversight", f"/records/{reference}/"),
        ("oversight", "/records/period/?kind=rehearsals"),
        ("oversight", "/records/answers/?kind=rehearsals"),
        ("oversight", "/records/exceptions/"),
        ("oversight", "/records/period/?kind=rehearsals&format=csv"),
        ("oversight", "/records/period/?kind=rehearsals&format=json"),
        ("oversight", "/records/answers/?kind=rehearsals&format=pdf"),
        ("oversight", "/records/answers/?kind=rehearsals&format=ods"),
        ("oversight", "/audit/"),
        ("oversight", "/oversight/questions/"),
        ("admin", "/"),
        ("admin", "/casework/"),
        ("admin", "/casework/cases/"),
        ("admin", f"/deployments/{deployment_id}/"),
        ("admin", f"/casework/deployments/{deployment_id}/"),
        (None, "/notices/"),
        (None, f"/notices/{slug}/"),
        (None, f"/notices/{slug}/record/"),
    ):
        shown = path.replace(reference, "…").replace(str(deployment_id), "…")
        yield f"{who or 'public'} {shown}", who, path


def measured(client: Any, path: str) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    first = client.get(path)
    if first.status_code != 200:
        raise SystemExit(f"{path}: {first.status_code}")
    times, asked, size = [], 0, 0
    for _ in range(READINGS):
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        times.append((time.perf_counter() - began) * 1000)
        asked, size = len(queries), len(body)
    return {"ms": round(median(times), 1), "queries": asked, "kib": round(size / 1024), "peak_mib": peak()}


def peak() -> int:
    """The most memory that this process has had so far: the first page at which it rises took it."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def everything(told: Any, clients: dict[str | None, Any], one: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        what: measured(clients[who], path) for what, who, path in pages(told, one.reference, one.id)
    }
    return found


def reported(clients: dict[str | None, Any]) -> int:
    """How many the report of the last year has: a page without them is no measurement. Rehearsals: the
    demonstration's models do no more (ADR 7)."""
    answer = json.loads(clients["oversight"].get("/records/period/?kind=rehearsals&format=json").getvalue())
    return len(answer["rows"])


def grow(told: Any, originals: list[UUID], *, to: int, register: int, spread: int) -> int:
    """Copy until there are so many that began. Returns how many there are."""
    from django.db import connection

    from apps.core.tenancy import force_context
    from apps.deployments.models import Deployment

    force_id = told.player.force.id
    with force_context(force_id):
        begun = set(Deployment.objects.filter(ended_at__isnull=False).values_list("id", flat=True))
        rounds = max(0, -(-(to - len(begun)) // len(originals)))
        with connection.cursor() as cursor:
            for number in range(1, rounds + 1):
                copy(cursor, originals, len(begun) * 1000 + number, days=1 + number * spread // rounds)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            now = set(Deployment.objects.filter(ended_at__isnull=False).values_list("id", flat=True))
            cursor.execute(REGISTER, [force_id, register, list(now - begun)])
    return len(now)


def analyze(owner_url: str) -> None:
    import psycopg

    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    parser.add_argument("--deployments", type=int, default=YEAR)
    parser.add_argument("--register", type=int, default=2_000, help="people on each list")
    parser.add_argument("--port", type=int, default=8193)
    options = parser.parse_args()
    with live_stage.running(port=options.port, hold=("imports", "recognise", "system", "beat")) as stack:
        found = run(stack, options)
    print(json.dumps(found, indent=2))
    out = ROOT / f"var/bench/history-{options.deployments}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2))
    return 1 if found["grew"] else 0


def run(stack: Any, options: argparse.Namespace) -> dict[str, Any]:
    from apps.core.clock import utc_now
    from apps.core.tenancy import force_context
    from apps.demo import seed
    from apps.demo.faces import load
    from apps.demo.player import PACK
    from apps.deployments.models import Deployment
    from bench import history_cases
    from bench.films import PHOTOS

    faces, now = load(PHOTOS, PACK), utc_now()
    told = seed.onboard(seed.HERTFORDSHIRE, faces, now=now)
    seed.tell(
        seed.HERTFORDSHIRE, told, now=now, history=True, say=lambda words: print(words, file=sys.stderr)
    )
    with force_context(told.player.force.id):
        rows = Deployment.objects.filter(ended_at__isnull=False, started_at__gt=now - RECENT)
        originals = list(rows.values_list("id", flat=True))
        one = rows.order_by("started_at")[0]
        for deployment in rows:
            history_cases.enter(told.player, deployment, now=now)
    clients = clients_of(told)
    found: dict[str, Any] = {}
    sizes = (max(len(originals), options.deployments // 10), options.deployments)
    for size in sizes:
        number = grow(told, originals, to=size, register=options.register, spread=SPREAD.days)
        analyze(stack.supervisor.env["DATABASE_OWNER_URL"])
        found[str(number)] = everything(told, clients, one) | {"reported": reported(clients)}
    few, many = list(found.values())
    found["grew"] = [
        what for what, one in few.items() if isinstance(one, dict) and one["queries"] != many[what]["queries"]
    ]
    return found


def clients_of(told: Any) -> dict[str | None, Any]:
    from django.test import Client

    from tests.support.signing_in import signed_in

    found: dict[str | None, Any] = {None: Client(SERVER_NAME=HOST)}
    for role in ("planner", "commander", "authoriser", "oversight", "admin"):
        found[role] = signed_in(told.player.people[role].username, SERVER_NAME=HOST)
    return found


if __name__ == "__main__":
    sys.exit(main())
