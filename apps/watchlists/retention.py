"""The watchlist's rows of the retention table (domain.md §6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.watchlists import queries
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Watchlist
from apps.watchlists.operations_purge import purge

DATA_CLASS = "watchlist"
# A purged list is looked at again for a week: a restored backup or a half-finished purge would show by then.
LOOK_AGAIN_FOR = timedelta(days=7)


def _due(now: datetime) -> QuerySet[Watchlist]:
    """Past the deadline, or destroyed before it (discarded) with its partition still to be dropped."""
    unfinished = Q(purge_due_at__lte=now) | Q(state=WatchlistState.PURGING)
    return Watchlist.objects.exclude(state=WatchlistState.PURGED).filter(unfinished)


def due_count(now: datetime) -> int:
    return _due(now).count()


def purge_due(now: datetime) -> list[PurgeResult]:
    """Destroy every list of the current force that is due. The partitions go as the transaction commits."""
    actor = Actor.system(force_id=current_force_id(), label="watchlist purge")
    return [
        PurgeResult(
            data_class=DATA_CLASS,
            subject_id=watchlist.deployment_id,
            counts=purge(watchlist_id=watchlist.id, actor=actor, now=now),
            due_at=watchlist.purge_due_at,
        )
        for watchlist in _due(now).order_by("purge_due_at")
    ]


def verify(now: datetime) -> list[str]:
    """One line for each thing that should be gone and is not."""
    recent = Watchlist.objects.filter(state=WatchlistState.PURGED, purged_at__gt=now - LOOK_AGAIN_FOR)
    problems = [f"watchlist of {watchlist.deployment_id}: not purged" for watchlist in _due(now)]
    for watchlist in recent:
        # Named after the deployment, the partition may belong to the list that replaced a discarded one.
        replaced = queries.current(watchlist.deployment_id) != watchlist
        problems += [
            f"watchlist of {watchlist.deployment_id}: {problem}"
            for problem in queries.remains(watchlist).problems(partition=not replaced)
        ]
    return problems


EXEMPT = {
    "StatusCheck": (
        "When a list's status was checked, by whom, with which counts; names nobody; goes with the"
        " deployment's record"
    ),
}


LISTS = RetentionRule(
    data_class=DATA_CLASS,
    title=_("The list for a deployment: pictures, measurements, names, offences, refusals"),
    kept=_(
        "At most %(span)s after the deployment ends, is cancelled or stopped, or its time is over,"
        " whichever comes first"
    ),
    setting="watchlist_keep_hours",
    source="docs/domain.md §6 (Sussex; “destroyed after each deployment”)",
    models=(
        "watchlists.Watchlist",
        "watchlists.Subject",
        "watchlists.Picture",
        "watchlists.Refusal",
        "watchlists.SignOff",
    ),
    due_count=due_count,
    purge=purge_due,
    verify=verify,
    verified_how=("no entry, picture or refusal is left, and search index and encryption key are gone"),
    counted_from=(
        "The earliest of: the deployment ends, is cancelled or stopped, or its approved time"
        " is over. The deadline is set when the list is imported; it is brought nearer, never"
        " put off."
    ),
    destroyed_how=(
        "The encryption key of the list is overwritten and deleted, its entries, pictures,"
        " refusals and signatures are deleted, and the search index is dropped."
    ),
    elsewhere=(
        f"{retention.UNREADABLE} Names, offences and refusals are in the same copies, readable. The"
        " search index is in none of them."
    ),
)


def register() -> None:
    retention.register(LISTS)
    for model, why in EXEMPT.items():
        retention.exempt(f"watchlists.{model}", why)
