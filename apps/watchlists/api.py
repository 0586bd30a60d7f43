"""The watchlists, for other apps. Every function needs an open force context."""

from apps.watchlists.blue_list import consent_list, record_consent, stored_pictures
from apps.watchlists.consent import withdraw_all_own_consents, withdraw_consent, withdraw_own_consent
from apps.watchlists.consents import own_consents, terms_on, withdrawn_consents
from apps.watchlists.decisions import (
    confirm_faces,
    face_cases,
    settle_faces,
    take_back_faces,
    undecided,
    view_conflict_picture,
    waiting_for_second,
)
from apps.watchlists.decoys import DecoyPicture, decoy_pictures
from apps.watchlists.entries import can_read, count_by_category, read_entries
from apps.watchlists.finding import find_people
from apps.watchlists.gallery import GalleryMissing
from apps.watchlists.history import AnsweredCheck, SealedList, answered_checks, sealed_lists
from apps.watchlists.names import names_in, names_on_list, names_on_lists
from apps.watchlists.operations import accept, refill_gallery, remove_subject, seal
from apps.watchlists.operations_import import import_entries, usable_pack
from apps.watchlists.operations_purge import bring_forward_purge, discard, purge
from apps.watchlists.policies import can_look
from apps.watchlists.queries import (
    get,
    get_for_deployment,
    get_for_deployments,
    not_purged,
    search,
    subject_card,
    subject_cards,
    subject_ids,
)
from apps.watchlists.reader import read_import
from apps.watchlists.register_answers import ask_register
from apps.watchlists.remaking import retire_source, stage_remake
from apps.watchlists.repeats import open_items, repeat_cases, settle_picture, take_back_picture
from apps.watchlists.retention import purge_due
from apps.watchlists.sign_offs import leave_out_unsigned, sign_for, special_entries
from apps.watchlists.special import GROUP_WORDS
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
from apps.watchlists.status_checks import (
    apply_status,
    begin_status_check,
    comes_off,
    fail_status_check,
    last_asking,
    old_status,
    oldest_status,
    overdue_status,
    service_outage,
    status_checks,
    status_references,
    status_totals,
    status_totals_of,
    take_off_overdue,
)

__all__ = [
    "GROUP_WORDS",
    "AnsweredCheck",
    "DecoyPicture",
    "GalleryMissing",
    "SealedList",
    "accept",
    "add_pictures",
    "answered_checks",
    "apply_status",
    "ask_register",
    "begin_status_check",
    "bring_forward_purge",
    "can_look",
    "can_read",
    "claim_import",
    "comes_off",
    "confirm_faces",
    "confirm_import",
    "confirmed_by",
    "consent_list",
    "count_by_category",
    "decoy_pictures",
    "discard",
    "discard_import",
    "face_cases",
    "fail_import",
    "fail_status_check",
    "find_people",
    "finish_check",
    "finish_import",
    "get",
    "get_for_deployment",
    "get_for_deployments",
    "get_import",
    "import_entries",
    "last_asking",
    "latest_import",
    "leave_out_unsigned",
    "left_out",
    "look_at_picture",
    "names_in",
    "names_on_list",
    "names_on_lists",
    "not_purged",
    "old_status",
    "oldest_status",
    "open_imports",
    "open_items",
    "overdue_status",
    "own_consents",
    "prepare_import",
    "purge",
    "purge_due",
    "read_entries",
    "read_import",
    "record_consent",
    "refill_gallery",
    "release_import",
    "remove_subject",
    "repeat_cases",
    "retire_source",
    "seal",
    "sealed_lists",
    "search",
    "service_outage",
    "settle_faces",
    "settle_picture",
    "sign_for",
    "special_entries",
    "stage_import",
    "stage_remake",
    "status_checks",
    "status_references",
    "status_totals",
    "status_totals_of",
    "stored_pictures",
    "subject_card",
    "subject_cards",
    "subject_ids",
    "take_back_faces",
    "take_back_picture",
    "take_lapsed_imports",
    "take_off_overdue",
    "terms_on",
    "undecided",
    "usable_pack",
    "view_conflict_picture",
    "view_staged_picture",
    "waiting_for_second",
    "withdraw_all_own_consents",
    "withdraw_consent",
    "withdraw_own_consent",
    "withdrawn_consents",
]
