"""The watchlists, for other apps. Every function needs an open force context."""

from apps.watchlists.decisions import (
    confirm_faces,
    face_cases,
    settle_faces,
    take_back_faces,
    view_conflict_picture,
    waiting_for_second,
)
from apps.watchlists.entries import can_read, count_by_category, read_entries
from apps.watchlists.finding import find_people
from apps.watchlists.names import names_on_list
from apps.watchlists.operations import accept, refill_gallery, remove_subject, seal
from apps.watchlists.operations_import import import_entries, usable_pack
from apps.watchlists.operations_purge import bring_forward_purge, discard, purge
from apps.watchlists.policies import can_look
from apps.watchlists.queries import (
    get,
    get_for_deployment,
    get_for_deployments,
    search,
    subject_card,
    subject_cards,
    subject_ids,
)
from apps.watchlists.reader import read_import
from apps.watchlists.retention import purge_due
from apps.watchlists.staged_pictures import view_staged_picture
from apps.watchlists.staged_work import (
    claim_import,
    confirmed_by,
    finish_check,
    finish_import,
    look_at_picture,
    prepare_import,
    release_import,
)
from apps.watchlists.staging import (
    add_pictures,
    confirm_import,
    discard_import,
    fail_import,
    get_import,
    latest_import,
    left_out,
    open_imports,
    stage_import,
    take_lapsed_imports,
)

__all__ = [
    "accept",
    "add_pictures",
    "bring_forward_purge",
    "can_look",
    "can_read",
    "claim_import",
    "confirm_faces",
    "confirm_import",
    "confirmed_by",
    "count_by_category",
    "discard",
    "discard_import",
    "face_cases",
    "fail_import",
    "find_people",
    "finish_check",
    "finish_import",
    "get",
    "get_for_deployment",
    "get_for_deployments",
    "get_import",
    "import_entries",
    "latest_import",
    "left_out",
    "look_at_picture",
    "names_on_list",
    "open_imports",
    "prepare_import",
    "purge",
    "purge_due",
    "read_entries",
    "read_import",
    "refill_gallery",
    "release_import",
    "remove_subject",
    "seal",
    "search",
    "settle_faces",
    "stage_import",
    "subject_card",
    "subject_cards",
    "subject_ids",
    "take_back_faces",
    "take_lapsed_imports",
    "usable_pack",
    "view_conflict_picture",
    "view_staged_picture",
    "waiting_for_second",
]
