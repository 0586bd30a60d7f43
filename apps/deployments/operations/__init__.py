"""Writes, each atomic with its audit event. `now` is aware UTC; `actor` is checked before anything else."""

from apps.deployments.operations.after import log_engagement, remind_results
from apps.deployments.operations.approval import (
    approve,
    mark_notice_published,
    mark_notice_verified,
    mark_results_published,
    refuse,
    return_,
    revoke,
)
from apps.deployments.operations.cameras import release_camera, stop_camera
from apps.deployments.operations.confirmed import confirm, meet_condition, refuse_afterwards
from apps.deployments.operations.duties import lay_down_duty, suspend_if_unstaffed
from apps.deployments.operations.equipment import record_duty, record_gap, register_camera
from apps.deployments.operations.import_jobs import (
    add_pictures,
    begin_from_blue_list,
    begin_import,
    confirm_import,
    discard_import,
    discard_watchlist,
    import_job,
    sweep_imports,
    view_staged_picture,
)
from apps.deployments.operations.lists import accept_watchlist, import_watchlist, seal_watchlist
from apps.deployments.operations.planning import amend, cancel, draft, submit
from apps.deployments.operations.remaking import remake_list, take_back_for_model
from apps.deployments.operations.removal import check_may_remove, find_person, remove_person
from apps.deployments.operations.running import (
    end,
    make_ready,
    record_check,
    resume,
    review,
    start,
    suspend,
    suspend_by_itself,
)
from apps.deployments.operations.same_face import (
    confirm_faces,
    face_cases,
    settle_faces,
    take_back_faces,
    view_conflict_picture,
)
from apps.deployments.operations.same_picture import repeat_cases, settle_picture, take_back_picture
from apps.deployments.operations.sign_offs import leave_out_unsigned, sign_for, special_entries
from apps.deployments.operations.signs import keep_photograph, record_sign, suspend_if_signs_abandoned
from apps.deployments.operations.status import (
    ask_service,
    check_by_file,
    leave_out_overdue,
    send_for_alert,
    sweep_status,
)
from apps.deployments.operations.sweeps import end_overdue, expire_overdue, suspend_unconfirmed

__all__ = [
    "accept_watchlist",
    "add_pictures",
    "amend",
    "approve",
    "ask_service",
    "begin_from_blue_list",
    "begin_import",
    "cancel",
    "check_by_file",
    "check_may_remove",
    "confirm",
    "confirm_faces",
    "confirm_import",
    "discard_import",
    "discard_watchlist",
    "draft",
    "end",
    "end_overdue",
    "expire_overdue",
    "face_cases",
    "find_person",
    "import_job",
    "import_watchlist",
    "keep_photograph",
    "lay_down_duty",
    "leave_out_overdue",
    "leave_out_unsigned",
    "log_engagement",
    "make_ready",
    "mark_notice_published",
    "mark_notice_verified",
    "mark_results_published",
    "meet_condition",
    "record_check",
    "record_duty",
    "record_gap",
    "record_sign",
    "refuse",
    "refuse_afterwards",
    "register_camera",
    "release_camera",
    "remake_list",
    "remind_results",
    "remove_person",
    "repeat_cases",
    "resume",
    "return_",
    "review",
    "revoke",
    "seal_watchlist",
    "send_for_alert",
    "settle_faces",
    "settle_picture",
    "sign_for",
    "special_entries",
    "start",
    "stop_camera",
    "submit",
    "suspend",
    "suspend_by_itself",
    "suspend_if_signs_abandoned",
    "suspend_if_unstaffed",
    "suspend_unconfirmed",
    "sweep_imports",
    "sweep_status",
    "take_back_faces",
    "take_back_for_model",
    "take_back_picture",
    "view_conflict_picture",
    "view_staged_picture",
]
