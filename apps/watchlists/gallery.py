"""The searchable gallery: SQL only (docs/explanation/architecture.md, "Gallery in PostgreSQL").

Everything here runs on psycopg's own cursor, not on Django's: that cursor always binds on the server, so a
template is never part of a statement, and no debug wrapper or instrumentation keeps the parameters.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction
from psycopg import sql
from psycopg.pq import TransactionStatus

from apps.core.errors import DomainError
from apps.watchlists.data import FloatArray, GalleryRow, SearchHit, SearchResult

INSERT_BATCH_ROWS = 500
# A place has 20 bits in the number that a search looks for.
MOST_ROWS = 2**20
DROP_ATTEMPTS = 60
DROP_PAUSE_S = 0.05
NORM_TOLERANCE = 0.01
LOCK_NOT_AVAILABLE = "55P03"
UNDEFINED_TABLE = "42P01"


class GalleryBusy(DomainError):
    """The partition could not be dropped yet: readers of the gallery left no gap. Try again."""

    code = "gallery_busy"


class GalleryMissing(DomainError):
    """There is no partition, and the transaction that asked can only end."""

    code = "gallery_missing"


class PackMismatch(DomainError):
    """Templates of another model pack than the list's: never compared."""

    code = "pack_mismatch"


# One statement, so one snapshot, and one pass: the rows that are compared with a probe are the rows that are
# counted. A gallery is whole when it holds as many templates as the logged list says and beside them nothing
# but the marker with the right seal. No row: there is no list of this force, deployment and seal.
#
# It names the deployment's own partition: reading, planning and locking are of one table, however many are
# open, and it waits for nobody who drops another. The parent's row-level security is on the partition, too.
# The sub-select around the probes keeps their number from the planner: a plan for any number is then as good
# as one for these, so that PostgreSQL keeps it by itself after five (ADR 20).
#
# The nearest is the smallest number made of the distance (to 2^-40) and, below it, of the row's place:
# sorting whole rows would cost more than comparing them. Ties go to the lower place.
SEARCH = sql.SQL("""
WITH listed AS MATERIALIZED (
    SELECT gallery_templates
      FROM watchlists_watchlist
     WHERE deployment_id = %(deployment)s AND state = 'sealed' AND seal_hash = %(seal_hex)s
), probe AS MATERIALIZED (
    SELECT given.ordinality - 1 AS probe_index, given.value::halfvec AS template
      FROM unnest((SELECT %(templates)s::text[])) WITH ORDINALITY AS given (value, ordinality)
), compared AS MATERIALIZED (
    SELECT probe.probe_index,
           coalesce(gallery.templates = listed.gallery_templates
                    AND gallery.held = gallery.templates + 1
                    AND gallery.marked, false) AS ok,
           (gallery.nearest & 1048575)::integer AS place,
           1 - (gallery.nearest >> 20) / 1099511627776::float8 AS cosine_similarity
      FROM listed
      LEFT JOIN probe ON true
      CROSS JOIN LATERAL (
            SELECT count(*) AS held,
                   count(place) AS templates,
                   bool_or(seal_hash = %(seal)s) AS marked,
                   min(((embedding <=> probe.template) * 1099511627776)::bigint * 1048576 + place)
                       FILTER (WHERE expires_at IS NULL OR expires_at > %(now)s) AS nearest
              FROM {partition}
           ) AS gallery
)
SELECT compared.ok, compared.probe_index, entry.subject_id, entry.picture_id, compared.cosine_similarity
  FROM compared
  LEFT JOIN {partition} AS entry
    ON compared.ok
   AND entry.deployment_id = %(deployment)s
   AND entry.place = compared.place
""")

INSERT_TEMPLATES = """
INSERT INTO watchlists_gallery (force_id, deployment_id, subject_id, picture_id, embedding, expires_at, place)
SELECT %(force)s, %(deployment)s, new.subject_id, new.picture_id, new.template::halfvec, new.expires_at,
       %(first_place)s::integer + new.number - 1
  FROM unnest(%(subjects)s::uuid[], %(pictures)s::uuid[], %(templates)s::text[], %(expiries)s::timestamptz[])
       WITH ORDINALITY AS new (subject_id, picture_id, template, expires_at, number)
"""

INSERT_MARKER = """
INSERT INTO watchlists_gallery (force_id, deployment_id, seal_hash)
VALUES (%(force)s, %(deployment)s, %(seal)s)
"""


def _execute(statement: str, parameters: dict[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute(statement, parameters)
        return cursor


def _execute_prepared(
    statement: str, parameters: dict[str, Any], *, goes_on: bool
) -> psycopg.Cursor[tuple[Any, ...]]:
    """The same for a statement that comes again and again: read, rewritten and planned once a connection.

    Of a short list that is most of a search. Django's own statements stay as they are. A prepared statement
    is its text and holds no value. With `goes_on` the transaction of the caller outlives a failure.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw = connection.connection
        before, raw.prepare_threshold = raw.prepare_threshold, 0
        try:
            if goes_on and raw.info.transaction_status == TransactionStatus.INTRANS:
                return _in_a_savepoint(raw, statement, parameters)
            return psycopg.Cursor(raw).execute(statement, parameters)
        finally:
            raw.prepare_threshold = before


def _in_a_savepoint(
    raw: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]
) -> psycopg.Cursor[tuple[Any, ...]]:
    """One round trip, and on a busy machine still three times waking the server."""
    try:
        with raw.pipeline():
            psycopg.Cursor(raw).execute("SAVEPOINT watchlists_search")
            cursor = psycopg.Cursor(raw).execute(statement, parameters)
            psycopg.Cursor(raw).execute("RELEASE SAVEPOINT watchlists_search")
    except psycopg.Error:
        # Cancelled before its savepoint was there, there is none to go back to: the first error counts.
        if raw.info.transaction_status == TransactionStatus.INERROR:
            with suppress(psycopg.errors.InvalidSavepointSpecification):
                psycopg.Cursor(raw).execute("ROLLBACK TO SAVEPOINT watchlists_search")
                psycopg.Cursor(raw).execute("RELEASE SAVEPOINT watchlists_search")
        raise
    return cursor


def partition_name(deployment_id: UUID) -> str:
    """Raises TypeError for anything but a UUID: the name becomes part of a statement."""
    if not isinstance(deployment_id, UUID):
        raise TypeError(f"a deployment is named by a UUID, not by {type(deployment_id).__name__}")
    return f"watchlists_gallery_{deployment_id.hex}"


@lru_cache(maxsize=256)
def search_statement(deployment_id: UUID) -> str:
    """The search of one deployment's partition."""
    return SEARCH.format(partition=sql.Identifier("public", partition_name(deployment_id))).as_string()


def halfvec_text(template: FloatArray) -> str:
    """(D,) float32 → pgvector's text form. Five significant digits carry a half float without loss."""
    return "[" + ",".join(f"{value:.5g}" for value in template.astype(np.float16).tolist()) + "]"


def check_templates(templates: FloatArray) -> None:
    """Raises ValueError unless `templates` is (N, D), finite and L2-normalised.

    PostgreSQL quotes a malformed value in its error message, and so in its log: none may reach it.
    """
    if templates.ndim != 2:
        raise ValueError(f"expected templates of shape (N, D), got {templates.shape}")
    norms = np.linalg.norm(templates.astype(np.float64), axis=1)
    if not np.all(np.abs(norms - 1.0) <= NORM_TOLERANCE):
        raise ValueError("every template must be finite and of length 1")


def open_partition(*, deployment_id: UUID, dimension: int) -> None:
    """Create and attach the deployment's partition, if it is not there. Waits for no reader."""
    _execute(
        "SELECT watchlists_open_gallery(%(deployment)s, %(dimension)s::integer)",
        {"deployment": deployment_id, "dimension": dimension},
    )


def fill(*, force_id: UUID, deployment_id: UUID, rows: Sequence[GalleryRow], seal_hash: str) -> None:
    """Insert every template and the marker. Of two templates as near, the one with the lower picture id is
    found, also after a refill. Raises ValueError for more than `MOST_ROWS`."""
    if len(rows) > MOST_ROWS:
        raise ValueError(f"a gallery takes {MOST_ROWS} templates, not {len(rows)}")
    rows = sorted(rows, key=lambda row: row.picture_id)
    if rows:
        check_templates(np.stack([row.template for row in rows]))
    for start in range(0, len(rows), INSERT_BATCH_ROWS):
        batch = rows[start : start + INSERT_BATCH_ROWS]
        _execute(
            INSERT_TEMPLATES,
            {
                "force": force_id,
                "deployment": deployment_id,
                "subjects": [row.subject_id for row in batch],
                "pictures": [row.picture_id for row in batch],
                "templates": [halfvec_text(row.template) for row in batch],
                "expiries": [row.expires_at for row in batch],
                "first_place": start,
            },
        )
    _execute(
        INSERT_MARKER,
        {"force": force_id, "deployment": deployment_id, "seal": bytes.fromhex(seal_hash)},
    )


def clear(*, deployment_id: UUID) -> int:
    """Delete what a damaged gallery still holds, before a refill. Returns how many rows."""
    return _execute(
        "DELETE FROM watchlists_gallery WHERE deployment_id = %(deployment)s", {"deployment": deployment_id}
    ).rowcount


def forget(*, deployment_id: UUID, subject_id: UUID) -> int:
    """Delete the templates of one subject. Returns how many."""
    return _execute(
        "DELETE FROM watchlists_gallery WHERE deployment_id = %(deployment)s AND subject_id = %(subject)s",
        {"deployment": deployment_id, "subject": subject_id},
    ).rowcount


def partition_exists(*, deployment_id: UUID) -> bool:
    row = _execute(
        "SELECT to_regclass(%(name)s::text) IS NOT NULL",
        {"name": f"public.{partition_name(deployment_id)}"},
    ).fetchone()
    return bool(row and row[0])


def drop_partition(*, deployment_id: UUID, attempts: int = DROP_ATTEMPTS) -> bool:
    """Drop the partition; True when there was one. Raises GalleryBusy when `attempts` tries found no gap.

    Dropping waits for who reads this partition, and locks the parent against everybody who fills or clears
    one: the function gives up after 100 ms, lets those behind it through, and is called again. Searches of
    other lists never wait. Call it last in a short transaction: the lock is held until the commit.
    """
    for _ in range(attempts):
        try:
            with transaction.atomic():
                row = _execute(
                    "SELECT watchlists_drop_gallery(%(deployment)s)", {"deployment": deployment_id}
                ).fetchone()
                return bool(row and row[0])
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        time.sleep(DROP_PAUSE_S * (0.5 + random.random()))  # noqa: S311 - spreads retries, no secret
    raise GalleryBusy(
        "the gallery is being read all the time; its partition will be dropped at the next sweep"
    )


def search(
    *, deployment_id: UUID, seal_hash: str, templates: FloatArray, now: datetime, goes_on: bool = True
) -> SearchResult:
    """See `queries.search`."""
    check_templates(templates)
    try:
        rows = _execute_prepared(
            search_statement(deployment_id),
            {
                "deployment": deployment_id,
                "seal": bytes.fromhex(seal_hash),
                "seal_hex": seal_hash,
                "templates": [halfvec_text(template) for template in templates],
                "now": now,
            },
            goes_on=goes_on,
        ).fetchall()
    except DataError as problem:
        # pgvector's message names the two dimensions and no value.
        raise PackMismatch("the probes do not have the dimension of this list's templates") from problem
    except ProgrammingError as problem:
        # Lost, or not opened yet: as with an emptied one, the gallery is not whole.
        if getattr(problem.__cause__, "sqlstate", None) != UNDEFINED_TABLE:
            raise
        if not goes_on:
            raise GalleryMissing("this list has no gallery") from problem
        rows = []
    seal_ok = bool(rows) and all(row[0] for row in rows)
    hits: list[SearchHit | None] = [None] * len(templates)
    for _, index, subject_id, picture_id, similarity in rows:
        if seal_ok and subject_id is not None:
            hits[index] = SearchHit(index, subject_id, float(np.clip(similarity, -1.0, 1.0)), picture_id)
    return SearchResult(hits=hits, seal_ok=seal_ok)
