"""What the pages for oversight show, in words: a record turned into text, nothing decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from apps.alerts import api as alerts
from apps.core.data import Role
from apps.core.wording import say_duration, say_moment, say_role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.notices.api import say_pause
from apps.notices.data import PUNCTUAL, DeletionState, DeletionStep
from apps.scrutiny.data import Authorised, Certificate, DeploymentRecord, NoticeAway, RecordRow
from apps.scrutiny.texts import AUTHORITY_TEXTS, FINDINGS

NOT_STARTED = "not started"
LOG_DELETED = "deleted"

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
    "confirm": "Urgent approval confirmed",
    "refuse_unstarted": "Urgent approval refused afterwards",
    "refuse_running": "Urgent approval refused afterwards: it ended",
    "refuse_afterwards": "Urgent approval refused afterwards, when it had ended",
    "meet_condition": "Condition of the approval met",
}


# What a certificate counts, one and several of it.
COUNT_WORDS = {
    "subjects": ("person", "people"),
    "pictures": ("picture", "pictures"),
    "refusals": ("refused entry", "refused entries"),
    "alerts": ("alert", "alerts"),
    "keys": ("encryption key", "encryption keys"),
    "gallery_partitions": ("search index", "search indexes"),
    "blobs": ("encrypted file", "encrypted files"),
}
ITSELF = "The platform itself"


@dataclass(frozen=True)
class LogRow:
    at: str
    what: str
    who: str
    reasons: str


@dataclass(frozen=True)
class CertificateRow:
    """`late` says by how much, and is empty within what the rhythm of the purge explains."""

    what: str
    deleted: str
    due: str
    verified: str
    late: str
    how: str
    simulated: bool


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
    """The record in plain words. `texts` are (question, answer), `alerts` (words, number)."""

    heading: str
    why_heading: str
    rehearsal: str
    use_case: str
    authorised: str
    before_start: str
    notice: str
    notice_away: tuple[str, ...]
    false_of_alerts: str
    alerts: tuple[tuple[str, int], ...]
    pauses: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    findings: str
    log: tuple[LogRow, ...]
    certificates: tuple[CertificateRow, ...]


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
        alerts=_number(row, row.alerts),
        false=_number(row, row.false),
        deletion=deletion,
        deletion_code=code,
    )


def _number(row: RecordRow, number: int | None) -> str:
    if row.log_deleted:
        return LOG_DELETED
    return NOT_STARTED if number is None else f"{number:,}"


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
    return ("Nothing to delete" if states else "Not due yet"), DeletionState.NOTHING


def record_page(record: DeploymentRecord) -> RecordWords:
    word = _word(record)
    return RecordWords(
        heading=f"What was {word}",
        why_heading=f"Why it was {word}",
        rehearsal=_rehearsal(record) if record.rehearsal else "",
        use_case=deployments.use_case_labels(rehearsal=record.rehearsal)[record.use_case.replace(" ", "_")],
        authorised=_who(record.authorised) if record.authorised else "Not approved",
        before_start=_before(record.authorised, record) if record.authorised else "",
        notice=_notice(record),
        notice_away=tuple(_away(each) for each in record.notice_away),
        false_of_alerts=_false_of_alerts(record),
        alerts=_alerts(record),
        pauses=tuple(say_pause(pause) for pause in record.pauses),
        texts=tuple((question, record.texts[field]) for field, question in AUTHORITY_TEXTS.items()),
        findings=record.texts.get(FINDINGS, ""),
        log=tuple(
            LogRow(
                at=say_moment(entry.at),
                what=KIND_WORDS.get(entry.kind, entry.kind.replace("_", " ").capitalize()),
                who=ITSELF if entry.role == Role.SYSTEM else f"{entry.label}, {say_role(entry.role)}",
                reasons=entry.reasons,
            )
            for entry in record.log
        ),
        certificates=tuple(_certificate(certificate) for certificate in record.certificates),
    )


def _word(record: DeploymentRecord) -> str:
    """What the officer's decision made of it: a plan was never authorised because somebody wrote it."""
    if record.authorised is not None:
        return "authorised"
    return "refused" if record.state == DeploymentState.REFUSED else "proposed"


def _rehearsal(record: DeploymentRecord) -> str:
    if record.watchlist_volunteers:
        return (
            "Everybody on the list was a member of staff or a test subject who had agreed to it. "
            "Anybody who passes can be mistaken for somebody on the list."
        )
    return "Only members of staff and test subjects who agree to it may be on the list. No list was sealed."


def _who(authorised: Authorised) -> str:
    """The label holds the rank that the officer had then; the account is asked where it does not."""
    rank = authorised.rank if authorised.rank and authorised.rank not in authorised.label else ""
    return f"{rank} {authorised.label}, {say_role(authorised.role)}".strip()


def _before(authorised: Authorised, record: DeploymentRecord) -> str:
    return _apart(authorised.before_start_s, record)


def _apart(seconds: float, record: DeploymentRecord) -> str:
    start = "the start" if record.started_at else "the planned start"
    return f"{say_duration(timedelta(seconds=seconds))} {'before' if seconds >= 0 else 'after'} {start}"


def _away(away: NoticeAway) -> str:
    """For instance "Not there from … for 41 minutes (no answer). The notice clock stopped for that time."."""
    said = "Not there" if away.was_looked_at else "Nobody looked"
    span = f" for {say_duration(away.ended_at - away.began_at)}" if away.ended_at else " and not back yet"
    why = f" ({away.problem})." if away.was_looked_at else "."
    stopped = " The notice clock stopped for that time." if away.stopped_s else ""
    return f"{said} from {say_moment(away.began_at)}{span}{why}{stopped}"


def _notice(record: DeploymentRecord) -> str:
    """Since when anybody could read it, and how long before the start that was."""
    if record.notice_published_at is None:
        return "not published"
    if record.notice_exception:
        said = f"urgent exception from the minimum ({record.notice_exception}), published"
        confirmed = f"; {record.confirmation}" if record.confirmation else ""
        return f"{said} {say_moment(record.notice_published_at)}{confirmed}"
    if record.notice_verified_at is None:
        return f"published {say_moment(record.notice_published_at)}, not yet seen by the check from outside"
    start = record.started_at or record.window_start
    apart = _apart((start - record.notice_verified_at).total_seconds(), record)
    counts = any(away.stopped_s for away in record.notice_away)
    said = "counts, after outages, from" if counts else "seen by a check from outside"
    return f"{said} {say_moment(record.notice_verified_at)}, {apart}"


def _false_of_alerts(record: DeploymentRecord) -> str:
    """Of those whose result is known, and how many are not in it; while it is open, what may still come."""
    split, rate = record.alerts, record.false_of_alerts
    left_out = alerts.say_left_out(unresolved=split.unresolved, alerts=split.total)
    if not left_out:
        return rate.words
    known = f"{rate.words}, of alerts whose result is known" if rate.denominator else "no result is known"
    still = f" {split.waiting:,} of them still {'waits' if split.waiting == 1 else 'wait'}."
    return f"{known}. {left_out}{still if split.is_open else ''}"


def _alerts(record: DeploymentRecord) -> tuple[tuple[str, int], ...]:
    """The parts add up to the first row, then come the outcomes, of which one alert may have several."""
    split = record.alerts
    # What ran out of time a moment ago and is not swept up yet is nobody's decision.
    rest = split.unresolved - split.expired - split.waiting - record.not_located
    declined = min(rest, record.not_engaged)
    waits = "Still waiting for a decision or an outcome" if split.is_open else "No outcome was written down"
    return (
        ("All alerts", split.total),
        ("Rejected by the operator", split.operator_rejected),
        ("Confirmed true", split.confirmed_true),
        ("Confirmed false", split.confirmed_false),
        ("Ran out of time without a decision", split.expired),
        ("The person was not located", record.not_located),
        ("The officer decided not to engage", declined),
        (waits, split.waiting + rest - declined),
    )


def _certificate(certificate: Certificate) -> CertificateRow:
    late = certificate.late_s > PUNCTUAL.total_seconds()
    known = [kind for kind in COUNT_WORDS if kind in certificate.counts]
    kinds = known + sorted(set(certificate.counts) - set(known))
    counts = [_counted(certificate.counts[kind], kind) for kind in kinds if certificate.counts[kind]]
    return CertificateRow(
        what=certificate.title,
        deleted=", ".join(counts) or "nothing was left",
        due=say_moment(certificate.due_at),
        verified=say_moment(certificate.finished_at),
        late=f"{say_duration(timedelta(seconds=certificate.late_s))} late" if late else "",
        how=certificate.verified_how,
        simulated=certificate.simulated,
    )


def _counted(number: int, kind: str) -> str:
    one, many = COUNT_WORDS.get(kind, (kind.replace("_", " "), kind.replace("_", " ")))
    return f"{number:,} {one if number == 1 else many}"
