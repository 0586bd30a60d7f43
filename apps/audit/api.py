"""The audit, for other apps."""

from apps.audit.anchor_file import forces_with_anchors
from apps.audit.anchoring import AnchorConflict, anchor_due, take_anchor
from apps.audit.data import EXPORTED, READABLE, VERIFIED, canonical, canonical_pieces
from apps.audit.exporting import Export, ExportKind, begin_export, chunks, export_name
from apps.audit.feed import Feed, FeedEvent, head_position, linked_since
from apps.audit.history import events_of
from apps.audit.operations import chain_force, erase_due, record, record_each
from apps.audit.policies import READERS, check_read, sees_names
from apps.audit.pseudonyms import PSEUDONYM, people_behind, pseudonym
from apps.audit.queries import events_about, events_of_each, last_times, unlinked_count, used
from apps.audit.search import Filters, RecordRow, search, status
from apps.audit.signing import signer
from apps.audit.statements import sign_export, standing
from apps.audit.verifying import verify
from apps.audit.waiting import Unchained, unchained

__all__ = [
    "EXPORTED",
    "PSEUDONYM",
    "READABLE",
    "READERS",
    "VERIFIED",
    "AnchorConflict",
    "Export",
    "ExportKind",
    "Feed",
    "FeedEvent",
    "Filters",
    "RecordRow",
    "Unchained",
    "anchor_due",
    "begin_export",
    "canonical",
    "canonical_pieces",
    "chain_force",
    "check_read",
    "chunks",
    "erase_due",
    "events_about",
    "events_of",
    "events_of_each",
    "export_name",
    "forces_with_anchors",
    "head_position",
    "last_times",
    "linked_since",
    "people_behind",
    "pseudonym",
    "record",
    "record_each",
    "search",
    "sees_names",
    "sign_export",
    "signer",
    "standing",
    "status",
    "take_anchor",
    "unchained",
    "unlinked_count",
    "used",
    "verify",
]
