"""Encrypting what is kept for a while, and destroying the key when the while is over (docs/domain.md §6)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.vault.data import BlobDamaged, BlobKind, KeyDestroyed, KeyPurpose
from apps.vault.keystore import NONCE_BYTES, assert_there, key_store
from apps.vault.models import VaultBlob, VaultKey
from apps.vault.tombstones import note

# Longer than any transaction of the platform lasts.
ORPHAN_AGE = timedelta(hours=1)


def assert_room(*, force_id: UUID) -> None:
    """Raises OSError while the key store could not keep a further key: its disk is full, say."""
    key_store().assert_room(force_id=force_id)


def create_key(*, purpose: KeyPurpose, owner_id: UUID, now: datetime) -> UUID:
    """A new data key for one watchlist or one alert."""
    return create_keys(purpose=purpose, owner_ids=[owner_id], now=now)[0]


def create_keys(*, purpose: KeyPurpose, owner_ids: Iterable[UUID], now: datetime) -> list[UUID]:
    """A new data key for each of these, in one statement. The ids come in the same order."""
    force_id = current_force_id()
    rows = [VaultKey(purpose=purpose, owner_id=owner_id, created_at=now) for owner_id in owner_ids]
    VaultKey.objects.bulk_create(rows)
    for row in rows:
        key_store().create(force_id=force_id, key_id=row.id)
    return [row.id for row in rows]


def _authenticated(force_id: UUID, key_id: UUID, blob_id: UUID, kind: str) -> bytes:
    """Bound into the ciphertext, so that a blob moved to another row, kind or force does not decrypt."""
    return force_id.bytes + key_id.bytes + blob_id.bytes + kind.encode()


def store(*, key_id: UUID, kind: BlobKind, plaintext: bytes, now: datetime) -> UUID:
    """Encrypt and store. Returns the blob's id. Raises KeyDestroyed."""
    return store_many(key_id=key_id, plaintexts=[(kind, plaintext)], now=now)[0]


def store_many(*, key_id: UUID, plaintexts: Iterable[tuple[BlobKind, bytes]], now: datetime) -> list[UUID]:
    """As `store`, for a batch that fits into memory, in one statement. The ids come in the same order."""
    return store_under(items=[(key_id, kind, plaintext) for kind, plaintext in plaintexts], now=now)


def store_under(*, items: Sequence[tuple[UUID, BlobKind, bytes]], now: datetime) -> list[UUID]:
    """As `store_many`, each under a key of its own."""
    force_id = current_force_id()
    ciphers = {
        key_id: AESGCM(key_store().load(force_id=force_id, key_id=key_id))
        for key_id in {key_id for key_id, _, _ in items}
    }
    blobs = []
    for key_id, kind, plaintext in items:
        blob_id, nonce = uuid.uuid4(), secrets.token_bytes(NONCE_BYTES)
        sealed = ciphers[key_id].encrypt(nonce, plaintext, _authenticated(force_id, key_id, blob_id, kind))
        blobs.append(
            VaultBlob(id=blob_id, key_id=key_id, kind=kind, nonce=nonce, ciphertext=sealed, created_at=now)
        )
    VaultBlob.objects.bulk_create(blobs)
    return [blob.id for blob in blobs]


def read(*, blob_id: UUID) -> bytes:
    """Decrypt one blob of the current force. Raises NotFound, KeyDestroyed or BlobDamaged."""
    blob = VaultBlob.objects.select_related("key").filter(id=blob_id).first()
    if blob is None:
        raise NotFound("there is no such picture or template")
    if blob.key.destroyed_at is not None:
        raise KeyDestroyed(f"key {blob.key_id} was destroyed")
    key = key_store().load(force_id=blob.force_id, key_id=blob.key_id)
    return _opened(AESGCM(key), blob)


def _opened(cipher: AESGCM, blob: VaultBlob) -> bytes:
    bound_to = _authenticated(blob.force_id, blob.key_id, blob.id, blob.kind)
    try:
        return cipher.decrypt(bytes(blob.nonce), bytes(blob.ciphertext), bound_to)
    except InvalidTag as wrong:
        raise BlobDamaged(f"stored data {blob.id} was changed outside the platform: report it") from wrong


def read_many(*, key_id: UUID, blob_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Decrypt a batch of blobs under one key that fits into memory. Who is not there, or is under another
    key, is left out. Raises KeyDestroyed or BlobDamaged."""
    if not blob_ids:
        return {}
    if VaultKey.objects.filter(id=key_id, destroyed_at__isnull=False).exists():
        raise KeyDestroyed(f"key {key_id} was destroyed")
    cipher = AESGCM(key_store().load(force_id=current_force_id(), key_id=key_id))
    found = VaultBlob.objects.filter(key_id=key_id, id__in=blob_ids)
    return {blob.id: _opened(cipher, blob) for blob in found}


def delete_blob(*, blob_id: UUID) -> None:
    """Delete one blob before its key goes, for instance a subject who is withdrawn."""
    VaultBlob.objects.filter(id=blob_id).delete()


def destroy_key(*, key_id: UUID, now: datetime) -> int:
    """Delete the blobs of a key and, once that has committed, the key itself. Returns how many blobs.

    Repeating it is harmless; a process killed between commit and unlink is caught up by `finish_destruction`.
    """
    force_id = current_force_id()
    deleted, _ = VaultBlob.objects.filter(key_id=key_id).delete()
    VaultKey.objects.filter(id=key_id, destroyed_at__isnull=True).update(destroyed_at=now)
    transaction.on_commit(partial(destroy_material, force_id=force_id, key_id=key_id))
    return deleted


def destroy_material(*, force_id: UUID, key_id: UUID) -> None:
    """The key itself; that it was destroyed is told outside the database first (tombstones.py)."""
    if key_store().exists(force_id=force_id, key_id=key_id):
        note(key_id)
    key_store().destroy(force_id=force_id, key_id=key_id)


def finish_destruction(*, now: datetime) -> int:
    """See to it that the key of every row that says destroyed is gone.

    Returns how many it still had to destroy: none, unless a process died between commit and key store.
    """
    force_id, late = current_force_id(), 0
    unfinished = VaultKey.objects.filter(destroyed_at__isnull=False, gone_at__isnull=True)
    for key_id in list(unfinished.values_list("id", flat=True)):
        if key_store().exists(force_id=force_id, key_id=key_id):
            destroy_material(force_id=force_id, key_id=key_id)
            late += 1
        VaultKey.objects.filter(id=key_id).update(gone_at=now)
    return late


def destroy_orphans(*, now: datetime) -> int:
    """Destroy key material without a row: what is left of an import or alert that was rolled back.

    Younger material may belong to a transaction that is still open and is left for a later sweep. Returns how
    many.
    """
    force_id = current_force_id()
    old = {key_id for key_id, made_at in key_store().keys(force_id=force_id) if now - made_at >= ORPHAN_AGE}
    orphans = old - set(VaultKey.objects.filter(id__in=old).values_list("id", flat=True)) if old else old
    for key_id in orphans:
        destroy_material(force_id=force_id, key_id=key_id)
    return len(orphans)


def assert_reachable() -> None:
    """Raises OSError while the open force has keys and their store is not there, or is another one."""
    if has_keys():
        assert_there()


def undestroyable(*, destroyed_at: datetime) -> dict[UUID, str]:
    """Of the keys whose rows say destroyed at this moment, those that the key store could not destroy now,
    each with the class of the error. Nothing is destroyed: for whoever rolls the rows back.

    A key that is not in the store counts, too: it cannot be shown that it is nowhere else.
    """
    force_id, stuck = current_force_id(), {}
    for key_id in VaultKey.objects.filter(destroyed_at=destroyed_at).values_list("id", flat=True):
        try:
            key_store().assert_destroyable(force_id=force_id, key_id=key_id)
        except OSError as problem:
            stuck[key_id] = type(problem).__name__
    return stuck


def destroy_all_keys(*, force_id: UUID) -> int:
    """Every key of a force that leaves, and its folder. Returns how many keys there were."""
    for key_id, _ in key_store().keys(force_id=force_id):
        note(key_id)
    return key_store().destroy_all(force_id=force_id)


def key_exists(*, key_id: UUID) -> bool:
    """Whether the key's material is still in the key store."""
    return key_store().exists(force_id=current_force_id(), key_id=key_id)


def has_keys() -> bool:
    """Whether the open force has a key that is not destroyed."""
    return VaultKey.objects.filter(destroyed_at__isnull=True).exists()


def blob_count(*, key_id: UUID) -> int:
    return VaultBlob.objects.filter(key_id=key_id).count()


def all_blob_ids() -> list[UUID]:
    """Every blob of the current force, for proofs of deletion."""
    return list(VaultBlob.objects.values_list("id", flat=True))


def blob_ids_of(*, owner_id: UUID) -> list[UUID]:
    """The blobs under the keys of one watchlist or alert, for proofs of deletion."""
    return list(VaultBlob.objects.filter(key__owner_id=owner_id).values_list("id", flat=True))
