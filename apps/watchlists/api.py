"""The watchlists, for other apps. Every function needs an open force context."""

from apps.watchlists.operations import accept, refill_gallery, remove_subject, seal
from apps.watchlists.operations_import import import_entries
from apps.watchlists.operations_purge import bring_forward_purge, discard, purge
from apps.watchlists.queries import get, get_for_deployment, search, subject_card, subject_cards, subject_ids
from apps.watchlists.reader import read_import
from apps.watchlists.retention import purge_due

__all__ = [
    "accept",
    "bring_forward_purge",
    "discard",
    "get",
    "get_for_deployment",
    "import_entries",
    "purge",
    "purge_due",
    "read_import",
    "refill_gallery",
    "remove_subject",
    "seal",
    "search",
    "subject_card",
    "subject_cards",
    "subject_ids",
]
