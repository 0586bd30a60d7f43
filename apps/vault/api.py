"""The vault, for other apps."""

from apps.vault.keystore import key_store_problem
from apps.vault.operations import (
    all_blob_ids,
    assert_room,
    blob_count,
    blob_ids_of,
    create_key,
    delete_blob,
    destroy_all_keys,
    destroy_key,
    destroy_orphans,
    finish_destruction,
    has_keys,
    key_exists,
    read,
    read_many,
    store,
    store_many,
)

__all__ = [
    "all_blob_ids",
    "assert_room",
    "blob_count",
    "blob_ids_of",
    "create_key",
    "delete_blob",
    "destroy_all_keys",
    "destroy_key",
    "destroy_orphans",
    "finish_destruction",
    "has_keys",
    "key_exists",
    "key_store_problem",
    "read",
    "read_many",
    "store",
    "store_many",
]
