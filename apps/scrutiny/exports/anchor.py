"""The audit anchor of a file: what it holds, where the force's chain stood, and which event tells of it.

The event's object is named by the content's SHA-256: ids are in every export of the audit, also in the one
without names, and are covered by its hashes there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.core.wording import say_moment
from apps.scrutiny.exports.report import FORMAT, Report, Taken
from apps.scrutiny.exports.text import csv_sha256

OBJECT = "export"


def object_of(sha256: str) -> UUID:
    """The first 128 bits of the content's SHA-256, written as an id."""
    return UUID(hex=sha256[:32])


@transaction.atomic
def take_out(
    report: Report, *, form: str, verb: str, about: dict[str, object], actor: Actor, now: datetime
) -> Taken:
    """Put on record that somebody takes the report out as `form`, and sign what it says.

    `about` tells in the event what the report is of. Needs an open force context.
    """
    sha256 = report.sha256()
    before = audit.standing()
    event_id = audit.record(
        actor=actor,
        verb=verb,
        object_type=OBJECT,
        object_id=object_of(sha256),
        payload={**about, "format": form, "sha256": sha256},
        now=now,
    )
    anchor = audit.sign_export(
        {
            "format": FORMAT,
            "force_id": str(current_force_id()),
            "force": report.force,
            "exported_as": form,
            "exported_at": now.astimezone(UTC).isoformat(timespec="microseconds"),
            "exported_words": say_moment(now),
            "content_sha256": sha256,
            "csv_sha256": csv_sha256(report),
            "event_id": str(event_id),
            "event_object_id": str(object_of(sha256)),
            "chain_position": before.position,
            "chain_hash": before.link_hash,
            "newest_anchor": before.anchor,
        }
    )
    return Taken(report=report, anchor=anchor, at=now)
