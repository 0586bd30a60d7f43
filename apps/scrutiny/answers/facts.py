"""Everything that the 25 answers are computed from, read at once: the same number of queries for a day and
for a year of deployments. No face, no name of a listed person, staff by rank and pseudonym (ADR 14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts import api as accounts
from apps.accounts.data import UserData
from apps.alerts import api as alerts
from apps.alerts.api import Deciding
from apps.alerts.engagement_data import EngagementSummary
from apps.alerts.handover.data import HandOverCounts
from apps.audit import api as audit
from apps.casework import api as casework
from apps.casework.api import CaseworkSummary, Gone
from apps.casework.data import CaseCounts
from apps.core.wording import say_moment
from apps.deployments import api as deployments
from apps.deployments.data import DecisionData, DeploymentData, DutyData, GapData
from apps.deployments.data_day import ReviewNoteData, SignData
from apps.forces.data import ForceData
from apps.live.api import Counted
from apps.notices import api as notices
from apps.notices.outages import Outage
from apps.notices.versions import Changes
from apps.oversight import api as oversight
from apps.oversight.data import MatterData
from apps.scrutiny.course import passes_of
from apps.scrutiny.exceptions import Exceptions, Period, exceptions
from apps.scrutiny.exports.report import Column, Section, Table
from apps.scrutiny.period import PeriodRead, PeriodReport, read_period, report_of
from apps.scrutiny.period_rows import PeriodRow
from apps.scrutiny.queries import RECORDED
from apps.scrutiny.redaction import Names, redact
from apps.scrutiny.texts import REDACTED, digest, kept_of
from apps.scrutiny.told import GroupTable, group_tables
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData

NOT_RECORDED = "not recorded"
LOST = "not known any more"
# Each with all that was written in it.
MOST = 2_000
REVIEWED = "deployment.reviewed"
# What the audit holds of looking at people and of taking data out, in words.
LOOKED_UP: Mapping[str, str] = {
    "alert.face_viewed": "A face of an alert was looked at",
    "watchlist.staged_picture_viewed": "A picture of a list that is made was looked at",
    "watchlist.face_conflicts_viewed": "Two identities with one face were looked at",
    "watchlist.picture_repeats_viewed": "Pictures that are there twice were looked at",
    "watchlist.entries_viewed": "A list of names was read",
    "watchlist.special_entries_viewed": "Entries that need a signature were read",
    "watchlist.person_looked_up": "Somebody was looked for on a list",
    "watchlist.register_asked": "The membership register was asked",
    "audit.exported": "The audit record was taken out",
    "scrutiny.record_exported": "A record was taken out",
    "scrutiny.period_exported": "A report of a time was taken out",
    "scrutiny.answers_exported": "These answers were taken out",
    "scrutiny.annex_exported": "The annex about what is kept was taken out",
    "scrutiny.exceptions_exported": "Urgent exceptions were taken out",
    "scrutiny.in_force_exported": "What was in force at a moment was taken out",
    "scrutiny.disclosed": "A disclosure pack was made",
    "scrutiny.disclosure_exported": "The report of a disclosure pack was taken out",
    "scrutiny.foi_exported": "An answer to a freedom of information request was made",
    "handover.collected": "A sealed copy of pictures was collected",
    "people.exported": "Who worked here was taken out",
    "force.exported": "All data of the force was taken out",
    "sign_in.failed": "A sign-in failed",
}


@dataclass(frozen=True)
class Day:
    """One deployment that began, with what the day left behind. `told` gives a text of it without names."""

    deployment: DeploymentData
    row: PeriodRow
    decisions: tuple[DecisionData, ...]
    duties: tuple[DutyData, ...]
    signs: tuple[SignData, ...]
    note: ReviewNoteData | None
    listed: WatchlistData | None
    status: tuple[int, int, int]
    engaged: EngagementSummary
    gaps: Sequence[GapData]
    outages: tuple[Outage, ...]
    # None: it has no published notice.
    changes: Changes | None
    silent: tuple[int, datetime] | None
    passes: int | None
    told: Callable[[str], str]

    @property
    def reference(self) -> str:
        return self.row.reference

    @property
    def approval(self) -> DecisionData | None:
        """The one that held at the start."""
        return next((each for each in reversed(self.decisions) if each.kind == "approve"), None)

    @property
    def log_kept(self) -> bool:
        """Whether its alerts are still on record: what the schedule deleted is not nought."""
        return not self.row.log_deleted

    @property
    def findings(self) -> str:
        """What its review found, without names; empty before there is one."""
        review = next((each for each in reversed(self.decisions) if each.kind == "review"), None)
        return "" if review is None else self.told(review.reasons)


@dataclass(frozen=True)
class Facts:
    """`days` are the deployments of the time that began, the latest first; `report` sums them (period.py)."""

    force: ForceData
    period: Period
    now: datetime
    report: PeriodReport
    days: tuple[Day, ...]
    exceptions: Exceptions
    deciding: Deciding
    groups: tuple[GroupTable, ...]
    used: Mapping[str, tuple[int, int | None, int | None]]
    casework: Mapping[UUID, CaseworkSummary]
    cases: CaseCounts
    casework_gone: Gone
    handed_over: Mapping[UUID, HandOverCounts]
    matters: tuple[MatterData, ...]
    # What somebody typed that belongs to no one deployment, without the names of all of these lists.
    told: Callable[[str], str]
    staff: Mapping[UUID, UserData]

    def who(self, person_id: UUID | None, *, rank: str = "") -> str:
        """Rank and pseudonym: nobody of the force is named."""
        if person_id is None:
            return "the platform"
        known = self.staff.get(person_id)
        return f"{rank or (known.rank if known else '')} {audit.pseudonym(person_id)}".strip()


def facts_of(
    *, force: ForceData, period: Period, now: datetime, rehearsals: bool = False, published: bool = False
) -> Facts:
    """Of the open force. `published`: without what the oversight body has not published. Raises "
    "RuleViolated for more deployments than a report holds."""
    read = read_period(period, rehearsals=rehearsals, most=MOST)
    report = report_of([read], force=force, period=period, rehearsals=rehearsals, now=now)
    ids = [each.id for each in read.begun]
    staff = {person.id: person for person in accounts.staff()}
    listed = watchlists.names_on_lists(deployment_ids=ids)
    names = Names(name for each in listed.values() for name in each)
    of_each = {deployment_id: names.only(each) for deployment_id, each in listed.items()}
    return Facts(
        force=force,
        period=period,
        now=now,
        report=report,
        days=_days(read, report, of_each, staff),
        exceptions=exceptions(force=force, period=period, now=now),
        deciding=alerts.deciding(deployment_ids=ids),
        groups=group_tables(),
        used=audit.used(start=period.start, end=period.end, verbs=LOOKED_UP.keys()),
        casework=casework.of_deployments(deployment_ids=ids, now=now),
        cases=casework.of_period(first=period.first, last=period.last, now=now).cases,
        casework_gone=casework.deleted_of_period(first=period.first, last=period.last),
        handed_over=alerts.hand_over_counts(deployment_ids=ids, now=now),
        matters=_matters(period, published=published),
        told=_teller_of_all(names, staff),
        staff=staff,
    )


def _matters(period: Period, *, published: bool) -> tuple[MatterData, ...]:
    """What the oversight body put in this time or about it, and whatever is open still. `published`: only
    what the body itself has published, for what the force gives out."""
    found = (*oversight.all_open(), *oversight.of_period(first=period.first, last=period.last))
    by_id = {each.id: each for each in found if not published or each.published_at is not None}
    return tuple(sorted(by_id.values(), key=lambda each: each.put_at))


def _teller_of_all(names: Names, staff: Mapping[UUID, UserData]) -> Callable[[str], str]:
    people = tuple(person.display_name for person in staff.values())
    return lambda text: redact(text, names, staff=people) if text else ""


def _whole(read: PeriodRead) -> list[DeploymentData]:
    """The same deployments with all that was written in them, in the same order."""
    period = read.period
    page = deployments.list_page(
        states=RECORDED, decided_only=True, limit=MOST, starts_from=period.start, starts_before=period.end
    )
    ids = {each.id for each in read.begun}  # one may have begun between the two reads
    return [each for each in page.items if each.id in ids]


def _days(
    read: PeriodRead, report: PeriodReport, names: Mapping[UUID, Names], staff: Mapping[UUID, UserData]
) -> tuple[Day, ...]:
    ids = [each.id for each in read.begun]
    rows = {row.reference: row for row in report.rows}
    decisions, duties = (
        deployments.decisions_of(deployment_ids=ids),
        deployments.duties_of(deployment_ids=ids),
    )
    signs, notes = deployments.looks_of(deployment_ids=ids), deployments.review_notes_of(deployment_ids=ids)
    status = watchlists.status_totals_of(deployment_ids=ids)
    engaged = alerts.engagement_summaries(deployment_ids=ids)
    outages = notices.outages_of_each(deployment_ids=ids)
    changes = notices.changes_of_each(deployment_ids=ids)
    nobody = Names(())
    events = audit.events_of_each(object_ids=ids, verbs=(REDACTED, REVIEWED))
    people = tuple(person.display_name for person in staff.values())
    return tuple(
        Day(
            deployment=each,
            row=rows[each.reference],
            decisions=decisions.get(each.id, ()),
            duties=duties.get(each.id, ()),
            signs=signs.get(each.id, ()),
            note=notes.get(each.id),
            listed=read.lists.get(each.id),
            status=status.get(each.id, (0, 0, 0)),
            engaged=engaged[each.id],
            gaps=read.gaps.get(each.id, ()),
            outages=outages.get(each.id, ()),
            changes=changes.get(each.id),
            silent=_silent(read.counted.get(each.id)),
            passes=passes_of(events.get(each.id, [])),
            told=_teller(events.get(each.id, []), names.get(each.id, nobody), people),
        )
        for each in _whole(read)
    )


def _silent(counted: Counted | None) -> tuple[int, datetime] | None:
    """How many cameras are silent still, and since when the first of them: in no gap before it is over."""
    if counted is None or counted.silent_since is None:
        return None
    return counted.silent, counted.silent_since


def _teller(events: Iterable[object], names: Names, staff: Sequence[str]) -> Callable[[str], str]:
    """What was kept of a text while the list was there; and without the names that are known now."""
    kept = {each.of: each.text for each in kept_of(events).values()}  # type: ignore[arg-type]  # audit events

    def told(text: str) -> str:
        return redact(kept.get(digest(text), text), names, staff=staff) if text else ""

    return told


def answer(
    number: int,
    question: str,
    *paragraphs: str,
    tables: Sequence[Table] = (),
    source: str,
) -> Section:
    """One of the 25: what is said, its tables, and from which records it was computed."""
    return Section(
        title=f"{number}. {question}",
        paragraphs=tuple(words for words in paragraphs if words),
        tables=tuple(table for table in tables if table.rows),
        notes=(f"Source: {source}.",),
    )


def gone(facts: Facts) -> tuple[str, ...]:
    """What is in no number because the schedule has deleted it."""
    report = facts.report
    return (
        f"{report.deleted_words}. They are in no answer." if report.deleted else "",
        f"Of {report.without_log} deployments the alerts are deleted by the schedule, and are in no number."
        if report.without_log
        else "",
    )


def is_lost(facts: Facts, number: int) -> bool:
    """Whether this nought of alerts, or of what came of them, is none: the schedule has deleted some."""
    report = facts.report
    return not number and bool(report.without_log or report.deleted.began)


def at_least(facts: Facts, number: int) -> str:
    """A number of alerts, or of what came of them, without those that are deleted."""
    if is_lost(facts, number):
        return LOST
    return f"at least {number}" if is_lost(facts, 0) else str(number)


def table(caption: str, columns: str, rows: Iterable[Sequence[object]]) -> Table:
    """`columns`: titles with a bar between them, those of numbers with a # before."""
    titles = tuple(Column(title.lstrip("#"), title.startswith("#")) for title in columns.split("|"))
    return Table(caption, titles, tuple(tuple(_cell(value) for value in row) for row in rows))


def _cell(value: object) -> str:
    if value is None or value == "":
        return NOT_RECORDED
    return say_moment(value) if isinstance(value, datetime) else str(value)


def of(number: int, total: int) -> str:
    return f"{number:,} of {total:,}"
