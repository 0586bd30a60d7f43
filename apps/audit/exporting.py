"""Writing the record out: what a search found as CSV or JSON, and the whole chain for an outsider to verify.

Each chunk is read in a short context of its own, so that a reader on a slow line holds no connection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from apps.audit import anchor_file, reading
from apps.audit.data import ERASED, EXPORTED, FORMAT, Progress, canonical
from apps.audit.models import AuditEvent
from apps.audit.operations import record
from apps.audit.policies import check_read, sees_names, without_names
from apps.audit.reading import ChainRow
from apps.audit.search import Filters, RecordRow, search
from apps.audit.signing import signer
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id, force_context

ROWS = 500
MINIMUM_REASON = 10
# A spreadsheet takes these for the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    *("at", "recorded_at", "who", "rank", "roles", "person", "actor_id", "origin", "verb"),
    *("object_type", "object_id"),
    *("reason", "payload", "simulated", "erased_at", "id"),
)


class ExportKind(StrEnum):
    """CSV and JSON of what a search found; CHAIN is the whole record with its anchors (JSON lines)."""

    CSV = "csv"
    JSON = "json"
    CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was allowed and recorded: up to where the record is written, and for whose eyes."""

    actor: Actor
    kind: ExportKind
    filters: Filters
    begun_at: datetime
    up_to_ordinal: int
    up_to_position: int
    anchor_bytes: int


@transaction.atomic
def begin_export(
    *,
    kind: ExportKind,
    filters: Filters,
    reason: str,
    actor: Actor,
    now: datetime,
    by_standing_token: bool = False,
) -> Export:
    """Allow an export and put it on record; `chunks` then writes it.

    `by_standing_token`: the caller holds a token of the API that an administrator made for exports, after
    proving who they are. Raises NotPermitted, ReauthenticationNeeded, and RuleViolated without a reason.
    """
    check_read(actor)
    if not by_standing_token:
        check_reauthenticated(actor)
    if len(reason.strip()) < MINIMUM_REASON:
        raise RuleViolated(
            [f"Say why the record is exported, in at least {MINIMUM_REASON} characters."], code="reason"
        )
    export = _up_to_now(kind, filters, actor=actor, now=now)
    record(
        actor=actor,
        verb=EXPORTED,
        object_type="audit",
        object_id=current_force_id(),
        payload={"kind": str(kind), "with_names": sees_names(actor), **filters.as_payload()},
        now=now,
        reason=reason.strip(),
    )
    return export


def _up_to_now(kind: ExportKind, filters: Filters, *, actor: Actor, now: datetime) -> Export:
    """The export of what is on record at this moment, without the event of the export itself."""
    last = AuditEvent.objects.order_by("-ordinal").values_list("ordinal", flat=True).first()
    return Export(
        actor=actor,
        kind=kind,
        filters=filters,
        begun_at=now,
        up_to_ordinal=last or 0,
        # Anchors first: those that are written then hold no link that is not.
        anchor_bytes=anchor_file.size(actor.force_id),
        up_to_position=reading.last_position(),
    )


def chunks(export: Export, progress: Callable[[Progress], None] | None = None) -> Iterator[bytes]:
    """The bytes of an export. Call it outside any context: it opens its own, one a chunk."""
    if export.kind is ExportKind.CHAIN:
        return _chain(export, progress)
    return _csv(export) if export.kind is ExportKind.CSV else _json(export)


def _found(export: Export) -> Iterator[list[RecordRow]]:
    after = 0
    while True:
        with force_context(export.actor.force_id):
            rows = search(filters=export.filters, actor=export.actor, after=after, size=ROWS)
        rows = [row for row in rows if row.ordinal <= export.up_to_ordinal]
        if not rows:
            return
        yield rows
        after = rows[-1].ordinal


def _plain(row: RecordRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS} | {"roles": list(row.roles)}


def _json(export: Export) -> Iterator[bytes]:
    """An array of objects, one a line."""
    between = "[\n"
    for rows in _found(export):
        lines = ",\n".join(canonical(_plain(row)) for row in rows)
        yield f"{between}{lines}".encode()
        between = ",\n"
    yield b"[]\n" if between == "[\n" else b"\n]\n"


def _csv(export: Export) -> Iterator[bytes]:
    yield _csv_lines([COLUMNS])
    for rows in _found(export):
        yield _csv_lines([tuple(_cell(row, name) for name in COLUMNS) for row in rows])


def _csv_lines(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _cell(row: RecordRow, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, dict | list):
        return canonical(value)
    return harmless("" if value is None else str(value))


def harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet computes."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text


def _chain(export: Export, progress: Callable[[Progress], None] | None) -> Iterator[bytes]:
    force_id, named = export.actor.force_id, sees_names(export.actor)
    yield _line(
        kind="header",
        format=FORMAT,
        force_id=force_id,
        exported_at=export.begun_at,
        links=export.up_to_position,
        with_names=named,
        public_keys=signer().public_keys(),
    )
    anchors = 0
    for line in anchor_file.lines(force_id, up_to=export.anchor_bytes):
        anchors += 1
        yield _line(kind="anchor", line=line)
    after, last_hash = 0, ""
    while after < export.up_to_position:
        with force_context(force_id):
            rows = reading.page(force_id, after=after, up_to=export.up_to_position)
            lines = b"".join(_event_line(row, named=named) for row in rows)
        if not rows:
            break  # the end is missing: whoever verifies the export sees it by the header
        yield lines
        after, last_hash = rows[-1].position, rows[-1].link_hash.hex()
        if progress is not None:
            progress(Progress(after, export.up_to_position))
    yield _line(kind="end", links=export.up_to_position, anchors=anchors, last_hash=last_hash)


def _event_line(row: ChainRow, *, named: bool) -> bytes:
    shown = named or row.erased_at is not None or (row.metadata or {}).get("verb") == ERASED
    return _line(
        kind="event",
        position=row.position,
        event_id=row.event_id,
        previous_hash=row.previous_hash.hex(),
        link_hash=row.link_hash.hex(),
        linked_at=row.linked_at,
        metadata=row.metadata,
        content=row.content if shown else None,
        salt=row.salt.hex() if shown else "",
        content_sha256=row.content_digest.hex(),
        erased_at=row.erased_at,
        # Without names: enough to read along, not enough to guess the rest, whose digest still verifies.
        shown=None if shown else without_names(row.content["payload"] or {}),
    )


def _line(**fields: Any) -> bytes:
    return f"{canonical(fields)}\n".encode()


def export_name(force_slug: str, export: Export) -> str:
    """A file name of our own making only."""
    suffix = "jsonl" if export.kind is ExportKind.CHAIN else str(export.kind)
    return f"audit-{force_slug}-{export.begun_at:%Y%m%d-%H%M%S}.{suffix}"
