"""Reads: lists, the card of a subject, the exact search, and what is left after a purge."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from apps.core.clock import london, utc_now
from apps.core.errors import NotFound
from apps.vault import api as vault
from apps.watchlists import gallery
from apps.watchlists.data import (
    OPEN_STATES,
    Category,
    FloatArray,
    RetentionState,
    SearchResult,
    SubjectCard,
    WatchlistData,
    WatchlistState,
)
from apps.watchlists.models import ImportJob, Picture, Refusal, Subject, Watchlist

ON_THE_LIST = Q(subjects__removed_at__isnull=True)
NOT_SPECIAL = Q(subjects__special_groups="")
UNSIGNED = Q(subjects__sign_off__isnull=True) | Q(subjects__sign_off__granted=False)
VOLUNTEERS = Q(subjects__category=Category.BLUE_LIST.value)


def current(deployment_id: UUID) -> Watchlist | None:
    """The deployment's list: the one that is not purged, else the last that was."""
    lists = Watchlist.objects.filter(deployment_id=deployment_id).order_by("-imported_at")
    return lists.exclude(state=WatchlistState.PURGED).first() or lists.first()


def _counted() -> QuerySet[Any]:
    return Watchlist.objects.annotate(
        listed=Count("subjects", filter=ON_THE_LIST, distinct=True),
        removed=Count("subjects", filter=~ON_THE_LIST, distinct=True),
        listed_pictures=Count("subjects__pictures", filter=ON_THE_LIST, distinct=True),
        being_remade=Exists(
            ImportJob.objects.filter(remakes=OuterRef("pk"), state__in=sorted(OPEN_STATES)).order_by()
        ),
        unsigned=Count("subjects", filter=ON_THE_LIST & ~NOT_SPECIAL & UNSIGNED, distinct=True),
        status_oldest=Min("subjects__status_checked_at", filter=ON_THE_LIST & ~VOLUNTEERS),
    )


def get(*, watchlist_id: UUID) -> WatchlistData:
    """Raises NotFound."""
    watchlist = _counted().filter(id=watchlist_id).first()
    if watchlist is None:
        raise NotFound("there is no such watchlist")
    return _as_data(watchlist)


def _as_data(watchlist: Any) -> WatchlistData:
    """Of a row of `_counted`."""
    return WatchlistData(
        id=watchlist.id,
        deployment_id=watchlist.deployment_id,
        state=WatchlistState(watchlist.state),
        subjects=watchlist.listed,
        pictures=watchlist.listed_pictures,
        seal_hash=watchlist.seal_hash or None,
        sealed_at=watchlist.sealed_at,
        accepted_at=watchlist.accepted_at,
        purge_due_at=watchlist.purge_due_at,
        pack_id=watchlist.pack_id,
        pack_version=watchlist.pack_version,
        dimension=watchlist.dimension,
        refused=watchlist.refused_count,
        removed=watchlist.removed + watchlist.removed_count,
        sealed_subjects=watchlist.sealed_subjects,
        sealed_volunteers=watchlist.sealed_volunteers,
        sealed_volunteer_pictures=watchlist.sealed_volunteer_pictures,
        sealed_pictures=watchlist.sealed_pictures,
        purged_at=watchlist.purged_at,
        being_remade=watchlist.being_remade,
        status_oldest_at=watchlist.status_oldest,
        unsigned=watchlist.unsigned,
        sealed_groups=watchlist.sealed_groups,
        sealed_figures=watchlist.sealed_figures,
    )


def get_for_deployment(*, deployment_id: UUID) -> WatchlistData | None:
    """The deployment's list, also when it is purged (for the record); None when there never was one."""
    watchlist = current(deployment_id)
    return None if watchlist is None else get(watchlist_id=watchlist.id)


def get_for_deployments(*, deployment_ids: Collection[UUID]) -> dict[UUID, WatchlistData]:
    """The list of each deployment, as `get_for_deployment` would give it, in one query. Deployments that
    never had one are left out."""
    found = _counted().filter(deployment_id__in=deployment_ids).order_by("imported_at")
    # In order: the last one stays, and one that is not purged stays before all that are.
    chosen = sorted(found, key=lambda watchlist: watchlist.state != WatchlistState.PURGED)
    return {watchlist.deployment_id: _as_data(watchlist) for watchlist in chosen}


def not_purged(*, deployment_ids: Collection[UUID]) -> set[UUID]:
    """Those with a list, or an upload on its way to one, of which something is still there. Two queries."""
    lists = Watchlist.objects.filter(deployment_id__in=deployment_ids).exclude(state=WatchlistState.PURGED)
    jobs = ImportJob.objects.filter(deployment_id__in=deployment_ids, destroyed_at__isnull=True)
    return {found for rows in (lists, jobs) for found in rows.values_list("deployment_id", flat=True)}


def subject_ids(*, watchlist_id: UUID) -> list[UUID]:
    """Who is on the list now, by reference."""
    listed = Subject.objects.filter(watchlist_id=watchlist_id, removed_at__isnull=True)
    return list(listed.order_by("reference").values_list("id", flat=True))


def subject_card(
    *, subject_id: UUID, picture_id: UUID | None = None, now: datetime | None = None
) -> SubjectCard:
    """One subject with the picture that matched, or the first one. Raises NotFound."""
    subject = Subject.objects.select_related("watchlist").filter(id=subject_id).first()
    if subject is None:
        raise NotFound("there is no such subject")
    pictures = subject.pictures.order_by("captured_date", "id")
    picture = pictures.filter(id=picture_id).first() if picture_id else pictures.last()
    if picture is None:
        raise NotFound("there is no such picture of this subject")
    return _card(subject, picture, now)


def subject_cards(*, subject_ids: Collection[UUID], now: datetime | None = None) -> dict[UUID, SubjectCard]:
    """Many subjects, each with the newest picture, in two queries. Who is not there any more is left out."""
    subjects = Subject.objects.select_related("watchlist").filter(id__in=subject_ids)
    newest = Picture.objects.filter(subject_id__in=subject_ids).order_by("captured_date", "id")
    pictures = {picture.subject_id: picture for picture in newest}  # in order: the last one stays
    return {
        subject.id: _card(subject, pictures[subject.id], now)
        for subject in subjects
        if subject.id in pictures
    }


def _card(subject: Subject, picture: Picture, now: datetime | None) -> SubjectCard:
    today = london(now or utc_now()).date()
    return SubjectCard(
        subject_id=subject.id,
        deployment_id=subject.watchlist.deployment_id,
        reference=subject.reference,
        display_name=subject.display_name,
        category=subject.category,
        offence=subject.offence,
        picture_blob_id=picture.picture_blob_id,
        captured_date=picture.captured_date,
        picture_age_days=(today - picture.captured_date).days,
        removed_at=subject.removed_at,
        status_checked_at=subject.status_checked_at,
        approach_plan=subject.approach_plan,
    )


def search(
    *,
    deployment_id: UUID,
    seal_hash: str,
    templates: FloatArray,
    now: datetime | None = None,
    goes_on: bool = True,
) -> SearchResult:
    """The nearest subject of this deployment's list for each of the (N, D) float32, L2-normalised probes.

    Exact, in one statement, over this deployment's partition only. `seal_ok` is False when the list is not
    sealed with `seal_hash` (hex) or its gallery does not hold what it should; hits are None then, and that is
    not "no match". The nearest is given whatever its similarity: comparing with the threshold (`>=`) is the
    caller's. Raises ValueError for malformed probes and PackMismatch for probes of another dimension.

    `goes_on=False` is for who ends the transaction with this and asks often: it is quicker, raises
    GalleryMissing where there is no partition at all, and whatever it raises, the transaction is over.
    """
    return gallery.search(
        deployment_id=deployment_id,
        seal_hash=seal_hash,
        templates=templates,
        now=now or utc_now(),
        goes_on=goes_on,
    )


def gallery_is_whole(*, deployment_id: UUID, seal_hash: str, now: datetime) -> bool:
    """The verdict of the search statement itself, without a probe."""
    none = np.empty((0, 1), dtype=np.float32)
    return gallery.search(deployment_id=deployment_id, seal_hash=seal_hash, templates=none, now=now).seal_ok


def remains(watchlist: Watchlist) -> RetentionState:
    """What is still there of a list."""
    return RetentionState(
        subjects=Subject.objects.filter(watchlist=watchlist).count(),
        pictures=Picture.objects.filter(subject__watchlist=watchlist).count(),
        refusals=Refusal.objects.filter(watchlist=watchlist).count(),
        blobs=vault.blob_count(key_id=watchlist.key_id),
        key_exists=vault.key_exists(key_id=watchlist.key_id),
        partition_exists=gallery.partition_exists(deployment_id=watchlist.deployment_id),
    )
