"""What the pages for oversight show, in words: a record turned into text, nothing decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.core.wording import say_moment, say_role, say_span
from apps.notices.data import DeletionState, DeletionStep
from apps.scrutiny.data import Authorised, DeploymentRecord, RecordRow
from apps.scrutiny.texts import AUTHORITY_TEXTS, FINDINGS

NOT_STARTED = "not started"

# The decision log's own codes, as an officer would say them; one without words is said as it is.
KIND_WORDS = {
    "submit": "Submitted",
    "return": "Returned to the planner",
    "refuse": "Refused",
    "approve": "Approved",
    "publish_notice": "Notice published",
    "seal_list": "List sealed",
    "accept_list": "Sealed list accepted",
    "make_ready": "Declared ready",
    "start": "Started",
    "suspend": "Suspended",
    "resume": "Resumed",
    "end": "Ended",
    "end_at_window_close": "Ended, as the window was over",
    "review": "Reviewed",
    "publish_results": "Results published",
    "void": "Approval voided by a wider plan",
    "narrow": "Made narrower",
    "cancel": "Cancelled",
    "revoke": "Approval taken back",
    "expire": "Expired, as it was not started in time",
}


@dataclass(frozen=True)
class ListRow:
    """One row of the list of records. `deletion_code` is a DeletionState."""

    reference: str
    date: date
    place: str
    state: str
    rehearsal: bool
    alerts: str
    false: str
    deletion: str
    deletion_code: str


@dataclass(frozen=True)
class RecordWords:
    """`texts` are (question, answer) and `log` (when, what, who, role) in plain words."""

    authorised: str
    before_start: str
    texts: tuple[tuple[str, str], ...]
    findings: str
    log: tuple[tuple[str, str, str, str], ...]


def list_rows(rows: Sequence[RecordRow], *, now: datetime) -> list[ListRow]:
    return [_list_row(row, now) for row in rows]


def _list_row(row: RecordRow, now: datetime) -> ListRow:
    deletion, code = _deletion(row.deletions, now)
    return ListRow(
        reference=row.reference,
        date=row.date,
        place=row.place,
        state=row.state,
        rehearsal=row.rehearsal,
        alerts=NOT_STARTED if row.alerts is None else f"{row.alerts:,}",
        false=NOT_STARTED if row.false is None else f"{row.false:,}",
        deletion=deletion,
        deletion_code=code,
    )


def _deletion(steps: Sequence[DeletionStep], now: datetime) -> tuple[str, str]:
    """The worst of the steps speaks for the deployment."""
    states = {step.state(now) for step in steps}
    if DeletionState.OVERDUE in states:
        return "Overdue", DeletionState.OVERDUE
    if DeletionState.WAITING in states:
        last = max(step.due_at for step in steps if step.due_at is not None and step.done_at is None)
        return f"Due by {say_moment(last)}", DeletionState.WAITING
    if DeletionState.DONE_LATE in states:
        return "Done, late", DeletionState.DONE_LATE
    if DeletionState.DONE in states:
        return "Done", DeletionState.DONE
    return ("Nothing to delete" if states else "Nothing due yet"), DeletionState.NOTHING


def record_page(record: DeploymentRecord) -> RecordWords:
    return RecordWords(
        authorised=_who(record.authorised) if record.authorised else "Not approved",
        before_start=_before(record.authorised) if record.authorised else "",
        texts=tuple((question, record.texts[field]) for field, question in AUTHORITY_TEXTS.items()),
        findings=record.texts.get(FINDINGS, ""),
        log=tuple(
            (
                say_moment(entry.at),
                KIND_WORDS.get(entry.kind, entry.kind.replace("_", " ").capitalize()),
                entry.label,
                say_role(entry.role),
            )
            for entry in record.log
        ),
    )


def _who(authorised: Authorised) -> str:
    """The label holds the rank that the officer had then; the account is asked where it does not."""
    rank = authorised.rank if authorised.rank and authorised.rank not in authorised.label else ""
    return f"{rank} {authorised.label}, {say_role(authorised.role)}".strip()


def _before(authorised: Authorised) -> str:
    span = say_span(timedelta(seconds=authorised.before_start_s))
    return f"{span} {'before' if authorised.before_start_s >= 0 else 'after'} the start"
