"""What a restored database must not open again: keys that were destroyed stay destroyed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.core.tenancy import current_force_id
from apps.vault.data import KeyPurpose
from apps.vault.keystore import key_store
from apps.vault.models import VaultKey
from apps.vault.operations import destroy_key, destroy_material
from apps.vault.tombstones import noted

# Under one key for many people: whoever was taken off since the backup would be on the list again.
GIVEN_UP = (KeyPurpose.WATCHLIST, KeyPurpose.STAGING)


@dataclass(frozen=True, slots=True)
class Buried:
    """`came_back`: keys that were destroyed and lay in the key store again. `untold`: rows that did not know
    yet. `given_up`: keys of lists and uploads, or all when the key store is lost."""

    came_back: int
    untold: int
    given_up: int


def bury(*, store_lost: bool, now: datetime) -> Buried:
    """For the open force, after a restore and before anybody reads. `store_lost`: no key is left to open
    anything with, so nothing is kept that would ask for one."""
    force_id, gone = current_force_id(), noted()
    rows = dict(VaultKey.objects.values_list("id", "destroyed_at"))
    dead = gone | {key_id for key_id, destroyed_at in rows.items() if destroyed_at is not None}
    came_back = [key_id for key_id, _ in key_store().keys(force_id=force_id) if key_id in dead]
    for key_id in came_back:
        destroy_material(force_id=force_id, key_id=key_id)
    untold = [key_id for key_id, destroyed_at in rows.items() if destroyed_at is None and key_id in gone]
    for key_id in untold:
        destroy_key(key_id=key_id, now=now)
    open_ones = VaultKey.objects.filter(destroyed_at__isnull=True)
    if not store_lost:
        open_ones = open_ones.filter(purpose__in=GIVEN_UP)
    given_up = list(open_ones.values_list("id", flat=True))
    for key_id in given_up:
        destroy_key(key_id=key_id, now=now)
    return Buried(len(came_back), len(untold), len(given_up))
