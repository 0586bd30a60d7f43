"""The row of a notice, for every operation on it: locked, written with its digest, and audited."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.notices import public_files
from apps.notices.data import digest_of
from apps.notices.models import Notice


def system_actor() -> Actor:
    return Actor.system(force_id=current_force_id(), label="notices")


def own_row(deployment_id: UUID) -> Notice | None:
    # The force is named although row-level security is on: published notices of others can be read.
    own = Notice.objects.select_for_update().filter(force_id=current_force_id())
    return own.filter(deployment_id=deployment_id).first()


def note_audit(
    row: Notice, verb: str, *, now: datetime, actor: Actor | None = None, reason: str = "", **payload: Any
) -> None:
    audit.record(
        actor=actor or system_actor(),
        verb=verb,
        object_type="notice",
        object_id=row.id,
        payload={"deployment_id": str(row.deployment_id), "slug": row.slug, **payload},
        now=now,
        reason=reason,
    )


def write_row(row: Notice, text: str, now: datetime) -> None:
    """With nothing to say in the history the digest alone is renewed."""
    if text:
        row.history = [*row.history, {"at": now.isoformat(), "text": text.strip()}]
    row.digest = digest_of(
        content=row.content,
        status=row.status,
        history=row.history,
        results=row.results,
        deletions=row.deletions,
        versions=row.versions,
        attached=row.attached,
        old_results=row.old_results,
    )
    row.save()
    public_files.announce(row)
