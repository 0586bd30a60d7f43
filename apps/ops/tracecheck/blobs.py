"""What of the vault can still be decrypted, tried blob by blob with the keys in the key store."""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import InvalidTag

from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.vault import api as vault
from apps.vault.data import KeyDestroyed


def decryptable_blobs() -> tuple[int, frozenset[UUID]]:
    """(blobs tried, ids of those that decrypt), over all forces. The plaintext is dropped at once."""
    tried, readable = 0, set()
    for force_id in forces.all_force_ids():
        with force_context(force_id):
            for blob_id in vault.all_blob_ids():
                tried += 1
                if decrypts(blob_id):
                    readable.add(blob_id)
    return tried, frozenset(readable)


def decrypts(blob_id: UUID) -> bool:
    try:
        vault.read(blob_id=blob_id)
    except (KeyDestroyed, NotFound, InvalidTag):
        return False
    return True
