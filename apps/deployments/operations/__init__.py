"""Writes, each atomic with its audit event. `now` is aware UTC; `actor` is checked before anything else."""

from apps.deployments.operations.approval import (
    approve,
    mark_notice_published,
    mark_notice_verified,
    mark_results_published,
    refuse,
    return_,
    revoke,
)
from apps.deployments.operations.equipment import record_duty, record_gap, register_camera
from apps.deployments.operations.import_jobs import (
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
from apps.deployments.operations.running import (
    end,
    end_overdue,
    expire_overdue,
    make_ready,
    record_check,
    resume,
    review,
    start,
    suspend,
)

__all__ = [
    "accept_watchlist",
    "amend",
    "approve",
    "begin_import",
    "cancel",
    "confirm_import",
    "discard_import",
    "discard_watchlist",
    "draft",
    "end",
    "end_overdue",
    "expire_overdue",
    "import_job",
    "import_watchlist",
    "make_ready",
    "mark_notice_published",
    "mark_notice_verified",
    "mark_results_published",
    "record_check",
    "record_duty",
    "record_gap",
    "refuse",
    "register_camera",
    "resume",
    "return_",
    "review",
    "revoke",
    "seal_watchlist",
    "start",
    "submit",
    "suspend",
    "sweep_imports",
    "view_staged_picture",
]
