"""Taking one person off a list, by whoever may: the one way there is (domain.md §2)."""

from __future__ import annotations

from datetime import datetime

from apps.audit import api as audit
from apps.core import events
from apps.core.data import Actor
from apps.vault import api as vault
from apps.watchlists import gallery, register, remaking
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Subject, Watchlist


def take_off(watchlist: Watchlist, subject: Subject, *, reason: str, actor: Actor, now: datetime) -> None:
    """The removal itself, of a subject that is on the list; the caller has locked list and subject, and asked
    whether `actor` may."""
    subject.removed_at, subject.removed_reason, subject.removed_by_label = now, reason, actor.label
    subject.save(update_fields=["removed_at", "removed_reason", "removed_by_label"])
    register.taken_off(watchlist, subject, now=now)
    blobs = _delete_blobs(subject)
    remaking.take_out_of_remakes(watchlist, subject.reference, now=now)
    forgotten = gallery.forget(deployment_id=watchlist.deployment_id, subject_id=subject.id)
    if watchlist.state == WatchlistState.SEALED:
        # What the gallery must hold, not what it happened to hold: after a crash it holds nothing.
        watchlist.gallery_templates -= subject.pictures.count()
        watchlist.save(update_fields=["gallery_templates"])
    audit.record(
        actor=actor, verb="watchlist.subject_removed", object_type="subject", object_id=subject.id,
        payload={"deployment_id": str(watchlist.deployment_id), "watchlist_id": str(watchlist.id),
                 "reference": subject.reference, "gallery_rows": forgotten, "blobs": blobs},
        now=now, reason=reason,
    )  # fmt: skip
    payload = {"deployment_id": str(watchlist.deployment_id)}
    events.emit(kind="watchlist.subject_removed", subject_id=subject.id, payload=payload, now=now)


def _delete_blobs(subject: Subject) -> int:
    deleted = 0
    for picture in subject.pictures.all():
        for blob_id in (picture.picture_blob_id, picture.template_blob_id):
            if blob_id is not None:
                vault.delete_blob(blob_id=blob_id)
                deleted += 1
    subject.pictures.update(picture_blob_id=None, template_blob_id=None)
    return deleted
