"""Destroying a list (domain.md §6), in two steps.

First, in one transaction: key, blobs, names, offences and refusals. Then, once that has committed and in a
transaction of its own that lasts milliseconds, the gallery partition: dropping it locks the gallery of every
force. A process killed in between leaves the list in PURGING and the sweep finishes it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.vault import api as vault
from apps.watchlists import gallery, policies, queries, register, staging
from apps.watchlists.data import WatchlistData, WatchlistState
from apps.watchlists.models import Picture, Refusal, SignOff, Subject, Watchlist
from apps.watchlists.states import DISCARD, FINISH_PURGE, START_PURGE
from apps.watchlists.steps import locked, move, record

log = logging.getLogger(__name__)


@transaction.atomic
def bring_forward_purge(
    *, deployment_id: UUID, purge_due_at: datetime, actor: Actor, now: datetime
) -> WatchlistData | None:
    """Move the deletion deadline of a deployment's list to an earlier time; a later one changes nothing.

    That of an upload goes with it. For the end, cancellation, expiry or revocation of the deployment. None
    when there is no list.
    """
    policies.check_shorten(actor)
    staging.shorten(deployment_id=deployment_id, purge_due_at=purge_due_at)
    watchlist = queries.current(deployment_id)
    if watchlist is None:
        return None
    watchlist = locked(watchlist.id)
    if watchlist.state != WatchlistState.PURGED and purge_due_at < watchlist.purge_due_at:
        record(
            watchlist, actor=actor, verb="watchlist.purge_brought_forward", now=now,
            was=watchlist.purge_due_at.isoformat(), purge_due_at=purge_due_at.isoformat(),
        )  # fmt: skip
        watchlist.purge_due_at = purge_due_at
        watchlist.save(update_fields=["purge_due_at"])
        register.shorten(deployment_id=deployment_id, ends_at=purge_due_at)
    return queries.get(watchlist_id=watchlist.id)


@transaction.atomic
def discard(*, watchlist_id: UUID, reason: str, actor: Actor, now: datetime) -> dict[str, int]:
    """Destroy a list that was imported wrongly, before its seal; another may be imported then."""
    if not reason.strip():
        raise RuleViolated(["discarding a list needs a reason"], code="reason_missing")
    return _destroy(locked(watchlist_id), DISCARD, actor=actor, now=now, reason=reason.strip())


def destroy_replaced(watchlist: Watchlist, *, actor: Actor, now: datetime, reason: str) -> dict[str, int]:
    """Destroy a list, whose row the caller holds, before its deadline: another one takes its place."""
    return _destroy(watchlist, START_PURGE, actor=actor, now=now, reason=reason)


@transaction.atomic
def purge(*, watchlist_id: UUID, actor: Actor, now: datetime) -> dict[str, int]:
    """Destroy a list whose deadline has passed. Returns what was deleted, by kind; repeating it is harmless.

    The partition goes right after the commit. Raises RuleViolated before the deadline.
    """
    watchlist = locked(watchlist_id)
    if watchlist.purge_due_at > now and watchlist.state != WatchlistState.PURGING:
        raise RuleViolated(["the deletion deadline has not come"], code="purge_not_due")
    return _destroy(watchlist, START_PURGE, actor=actor, now=now)


def _destroy(
    watchlist: Watchlist, transition: str, *, actor: Actor, now: datetime, reason: str = ""
) -> dict[str, int]:
    if watchlist.state == WatchlistState.PURGED:
        return {}
    left = queries.remains(watchlist)
    counts = {
        "subjects": left.subjects,
        "pictures": left.pictures,
        "refusals": left.refusals,
        "keys": int(left.key_exists),
        "gallery_partitions": int(left.partition_exists),
        "blobs": vault.destroy_key(key_id=watchlist.key_id, now=now),
    }
    watchlist.removed_count += watchlist.subjects.filter(removed_at__isnull=False).count()
    watchlist.save(update_fields=["removed_count"])
    Picture.objects.filter(subject__watchlist=watchlist).delete()
    SignOff.objects.filter(subject__watchlist=watchlist).delete()
    Subject.objects.filter(watchlist=watchlist).delete()
    Refusal.objects.filter(watchlist=watchlist).delete()
    if watchlist.state != WatchlistState.PURGING:
        verb = move(watchlist, transition, actor=actor)
        watchlist.save(update_fields=["state"])
        record(watchlist, actor=actor, verb=verb, now=now, reason=reason, **counts)
        register.shorten(deployment_id=watchlist.deployment_id, ends_at=now)
    force_id, watchlist_id = watchlist.force_id, watchlist.id

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def finish() -> None:
        finish_purge(force_id=force_id, watchlist_id=watchlist_id, now=now)

    transaction.on_commit(finish, robust=True)
    return counts


def finish_purge(*, force_id: UUID, watchlist_id: UUID, now: datetime) -> bool:
    """Drop the partition of a list in PURGING. False when readers left no gap: the next sweep tries again."""
    try:
        with force_context(force_id):
            watchlist = locked(watchlist_id)
            if watchlist.state != WatchlistState.PURGING:
                return watchlist.state == WatchlistState.PURGED
            actor = Actor.system(force_id=force_id, label="watchlist purge")
            dropped = gallery.drop_partition(deployment_id=watchlist.deployment_id)
            verb = move(watchlist, FINISH_PURGE, actor=actor)
            watchlist.purged_at, watchlist.gallery_templates = now, 0
            watchlist.save(update_fields=["state", "purged_at", "gallery_templates"])
            record(watchlist, actor=actor, verb=verb, now=now, gallery_partitions=int(dropped))
            return True
    except gallery.GalleryBusy:
        log.warning(
            "the gallery partition of watchlist %s is still read; the sweep will drop it", watchlist_id
        )
        return False
