"""Writes to a list that is there: seal, accept, remove, refill, each atomic with its audit event.

Importing is in `operations_import`, destroying in `operations_purge`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import DomainError, InvalidTransition, NotFound, RuleViolated
from apps.recognition import api as recognition
from apps.vault import api as vault
from apps.watchlists import gallery, policies, queries, sealed_figures, seals, sign_offs
from apps.watchlists.data import Category, GalleryRow, SealEntry, WatchlistData, WatchlistState
from apps.watchlists.models import Picture, Subject, Watchlist
from apps.watchlists.operations_import import batched
from apps.watchlists.removing import take_off
from apps.watchlists.states import SEAL
from apps.watchlists.steps import locked, move, record

TEMPLATES_A_BATCH = 1_000


class SealBroken(DomainError):
    """What is stored no longer reproduces the seal: nothing may be searched."""

    code = "seal_broken"


def _opened(watchlist: Watchlist) -> tuple[str, list[GalleryRow]]:
    """Decrypt every template still kept. Returns the seal they reproduce and the rows of the gallery.

    A removed subject's templates are gone; the hash noted at import stands in for them, so that the seal
    stays computable. Raises SealBroken when a template is of another pack or missing.
    """
    entries: list[SealEntry] = []
    rows: list[GalleryRow] = []
    pictures = list(Picture.objects.filter(subject__watchlist=watchlist).select_related("subject"))
    raws: dict[UUID, bytes] = {}
    held = (each.template_blob_id for each in pictures if each.template_blob_id is not None)
    for ids in batched(held, TEMPLATES_A_BATCH):
        raws |= vault.read_many(key_id=watchlist.key_id, blob_ids=ids)
    for picture in pictures:
        subject, sha256 = picture.subject, picture.template_sha256
        if (picture.pack_id, picture.pack_version) != (watchlist.pack_id, watchlist.pack_version):
            raise SealBroken(f"picture {picture.id} was enrolled with another model pack than its list")
        if subject.removed_at is None:
            raw = None if picture.template_blob_id is None else raws.get(picture.template_blob_id)
            if raw is None:
                raise SealBroken(f"the template of picture {picture.id} is missing")
            template = seals.template_from_bytes(raw, dimension=watchlist.dimension)
            sha256 = seals.template_sha256(template)
            rows.append(GalleryRow(subject.id, picture.id, template, subject.expires_at))
        entries.append(SealEntry(subject.reference, subject.category, picture.id, sha256, picture.pack_id))
    return seals.seal_hash(deployment_id=watchlist.deployment_id, entries=entries), rows


def _volunteers(watchlist: Watchlist) -> list[UUID]:
    blue = watchlist.subjects.filter(category=Category.BLUE_LIST.value)
    return list(blue.values_list("id", flat=True))


def _fill(watchlist: Watchlist, rows: list[GalleryRow]) -> None:
    gallery.open_partition(deployment_id=watchlist.deployment_id, dimension=watchlist.dimension)
    gallery.fill(
        force_id=watchlist.force_id,
        deployment_id=watchlist.deployment_id,
        rows=rows,
        seal_hash=watchlist.seal_hash,
    )


@transaction.atomic
def seal(*, watchlist_id: UUID, actor: Actor, now: datetime) -> WatchlistData:
    """Fix the list (domain.md §2): hash the stored templates, open the gallery. Nobody is added later."""
    watchlist = locked(watchlist_id)
    verb = move(watchlist, SEAL, actor=actor)
    if watchlist.purge_due_at <= now:
        raise RuleViolated(["the deletion deadline of this list has passed"], code="watchlist_overdue")
    manifest = recognition.manifest(watchlist.pack_id)
    if manifest.edition != watchlist.pack_version:
        raise RuleViolated(["the model pack changed since the import: import again"], code="pack_mismatch")
    watchlist.sealed_groups = sign_offs.counted_for_seal(watchlist, now=now)
    seal_hash, rows = _opened(watchlist)
    if not rows:
        raise RuleViolated(["a list without anybody on it cannot be sealed"], code="watchlist_empty")
    watchlist.seal_hash, watchlist.sealed_at = seal_hash, now
    watchlist.gallery_templates = watchlist.sealed_pictures = len(rows)
    watchlist.sealed_subjects = len({row.subject_id for row in rows})
    agreed = set(_volunteers(watchlist))
    watchlist.sealed_volunteers = len(agreed & {row.subject_id for row in rows})
    watchlist.sealed_volunteer_pictures = sum(row.subject_id in agreed for row in rows)
    watchlist.sealed_figures = sealed_figures.figures(watchlist, now=now)
    _fill(watchlist, rows)
    watchlist.save()
    record(
        watchlist, actor=actor, verb=verb, now=now, seal_hash=seal_hash, subjects=watchlist.sealed_subjects,
        pictures=len(rows),
    )  # fmt: skip
    return queries.get(watchlist_id=watchlist.id)


@transaction.atomic
def accept(*, watchlist_id: UUID, seal_hash: str, actor: Actor, now: datetime) -> WatchlistData:
    """An Authorising Officer accepts exactly this hash. Repeating it changes nothing."""
    policies.check_accept(actor)
    watchlist = locked(watchlist_id)
    if watchlist.state != WatchlistState.SEALED:
        raise InvalidTransition(f"watchlist: accept is possible from sealed; it is {watchlist.state}")
    if watchlist.seal_hash != seal_hash:
        raise RuleViolated(["this is not the hash of the sealed list"], code="seal_differs")
    if watchlist.accepted_at is None:
        watchlist.accepted_at = now
        watchlist.save(update_fields=["accepted_at"])
        record(watchlist, actor=actor, verb="watchlist.accepted", now=now, seal_hash=seal_hash)
    return queries.get(watchlist_id=watchlist.id)


@transaction.atomic
def remove_subject(*, subject_id: UUID, reason: str, actor: Actor, now: datetime) -> WatchlistData:
    """Take one person off, before or after the seal: once this commits no search finds them (domain.md §2).

    Picture and template are deleted now; the seal still computes from the noted hashes. Removing somebody
    again is refused as NotFound, so that nobody is told twice.
    """
    policies.check_remove(actor)
    if not reason.strip():
        raise RuleViolated(["a removal needs a reason"], code="reason_missing")
    found = Subject.objects.filter(id=subject_id).first()
    if found is None:
        raise NotFound("there is no such subject")
    # The list is always locked before its subjects, so that a removal and a refill cannot cross.
    watchlist = locked(found.watchlist_id)
    subject = Subject.objects.select_for_update().filter(id=subject_id, removed_at__isnull=True).first()
    if subject is None:
        raise NotFound("this subject is no longer on the list")
    take_off(watchlist, subject, reason=reason.strip(), actor=actor, now=now)
    return queries.get(watchlist_id=watchlist.id)


@transaction.atomic
def refill_gallery(*, watchlist_id: UUID, now: datetime) -> int:
    """Fill an emptied gallery again from the vault, without the removed. Returns how many templates; 0 when
    the gallery was whole after all. Raises SealBroken when what is stored does not reproduce the seal."""
    watchlist = locked(watchlist_id)
    if watchlist.state != WatchlistState.SEALED:
        raise InvalidTransition(f"watchlist: refill is possible from sealed; it is {watchlist.state}")
    if queries.gallery_is_whole(
        deployment_id=watchlist.deployment_id, seal_hash=watchlist.seal_hash, now=now
    ):
        return 0
    seal_hash, rows = _opened(watchlist)
    if seal_hash != watchlist.seal_hash or len(rows) != watchlist.gallery_templates:
        raise SealBroken("the stored templates do not reproduce the seal of this list")
    cleared = gallery.clear(deployment_id=watchlist.deployment_id)
    _fill(watchlist, rows)
    actor = Actor.system(force_id=watchlist.force_id, label="gallery refill")
    record(
        watchlist, actor=actor, verb="watchlist.gallery_refilled", now=now, found=cleared, templates=len(rows)
    )
    return len(rows)
