"""The report of one deployment: what its page shows, in the same words. Texts come without the names that the
platform knows, as the record does."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.alerts.api import Times
from apps.core.wording import say_clock, say_date, say_day, say_duration, say_moment, say_state, say_window
from apps.scrutiny.data import DeploymentRecord, StatusOld, as_json, plain
from apps.scrutiny.exports.record_charts import NUMBERS, RecordCharts, came_to_table, charts_of_record
from apps.scrutiny.exports.report import Column, Report, Section, Table
from apps.scrutiny.pages import RecordWords, record_page
from apps.watchlists.api import GROUP_WORDS

NAMES_OUT = (
    "As people wrote it. Names that the platform knows, of people on the list and of staff, telephone "
    "numbers and e-mail addresses are taken out. It does not know other names."
)
TRACKS = "A track is one person passing one camera; a broken track counts twice."
NOT_RECORDED = "not recorded"
FEWER = "fewer tracks were counted than false alerts"
FACTS = (Column("What"), Column("Answer", True))


def report_of_record(record: DeploymentRecord, times: tuple[Times, Times]) -> Report:
    page = record_page(record)
    charts = charts_of_record(record, page, times)
    return Report(
        title=f"Deployment record {record.reference}",
        force=record.force,
        period_words=say_window(record.window_start, record.window_end),
        name=f"record-{record.reference}",
        sections=(
            _authorised(record, page),
            Section(page.why_heading, paragraphs=(NAMES_OUT,)),
            *(Section(question, _lines(answer), level=3) for question, answer in page.texts if answer),
            *_log_deleted(record),
            _happened(record, page, charts),
            *charts.section,
            *_stops(record),
            *_looking(record),
            *_street(record),
            _review(record, page),
            Section("Pauses", page.pauses or ("It was not paused.",)),
            _frames(record),
            *_log(page),
            _certificates(page),
        ),
        data={**as_json(record), "decision_times": _times(record, times)},
    )


def _times(record: DeploymentRecord, times: tuple[Times, Times]) -> object:
    """For a program; None where the log is deleted."""
    who = ("operators", "engagement_officers")
    return None if record.log_deleted_at else plain(dict(zip(who, times, strict=True)))


def _log_deleted(record: DeploymentRecord) -> tuple[Section, ...]:
    if record.log_deleted_at is None:
        return ()
    words = (
        f"The log of alerts was deleted on {say_moment(record.log_deleted_at)}, by the years of the force's "
        "schedule. What follows about alerts, decisions and people spoken to is not 0: it is not here any "
        "more."
    )
    return (Section("What is deleted", paragraphs=(words,)),)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _when(instant: datetime | None, otherwise: str) -> str:
    return say_moment(instant) if instant else otherwise


def _authorised(record: DeploymentRecord, page: RecordWords) -> Section:
    approved = (
        f"{say_moment(record.authorised.at)}, {page.before_start}" if record.authorised else "not approved"
    )
    special = (f"{number} {GROUP_WORDS[group]}" for group, number in record.watchlist_special.items())
    rows = (
        ("State", say_state(record.state)),
        ("Rehearsal", "yes" if record.rehearsal else "no"),
        ("Date", say_day(record.date)),
        ("Location", record.place),
        ("Window", say_window(record.window_start, record.window_end)),
        ("Start", _when(record.started_at, "not started")),
        ("End", _when(record.ended_at, "not ended")),
        ("Authorised by", page.authorised),
        ("Approved", approved),
        ("Public notice", page.notice),
        *(("Notice away", words) for words in page.notice_away),
        ("Use case", page.use_case),
        ("People on the list at the seal", str(record.watchlist_subjects)),
        ("Pictures on the list at the seal", str(record.watchlist_pictures)),
        ("Staff and test subjects of the Blue List, counted apart", str(record.watchlist_volunteers)),
        ("Entries refused at the import", str(record.watchlist_refused)),
        ("Taken off the list afterwards", str(record.watchlist_removed)),
        ("Listed by an officer's signature only", "; ".join(special) or "nobody"),
        ("Checks whether people were still wanted", str(record.status_checks)),
        ("No longer wanted and taken off", str(record.no_longer_wanted)),
        ("Of whom nobody could say, and taken off", str(record.unverifiable)),
        *(("Recognition while a check was too old", _old(each)) for each in record.status_old),
        ("Threshold (cosine similarity)", str(record.threshold)),
        ("Recognition model", record.pack_id),
    )
    return Section(
        page.heading,
        paragraphs=(page.rehearsal,) if page.rehearsal else (),
        tables=(Table("The authority, the notice and the list", FACTS, rows),),
    )


def _old(old: StatusOld) -> str:
    return f"{old.people} people, {say_moment(old.began_at)} to {_when(old.ended_at, 'now')}"


def _happened(record: DeploymentRecord, page: RecordWords, charts: RecordCharts) -> Section:
    unknown = FEWER if record.tracks_recorded else NOT_RECORDED
    of_tracks, confirmed = record.false_of_tracks, record.confirmed_false_of_tracks
    true = record.true_recognition
    rates = (
        ("False alerts among alerts", page.false_of_alerts),
        ("False alerts among tracks", of_tracks.words if of_tracks else unknown),
        ("Of these, found false by an officer, among tracks", confirmed.words if confirmed else unknown),
        ("True Recognition Rate", true.rate.words if true.rate else f"not known: {true.reason}"),
        ("Faces seen, in tracks (estimate)", str(record.tracks) if record.tracks_recorded else NOT_RECORDED),
    )
    outcomes = (
        ("Engagements", str(record.engagements)),
        ("Not engaged", str(record.not_engaged)),
        ("Arrests", str(record.arrests)),
        ("Other disposals", str(record.other_disposals)),
        ("No action", str(record.no_action)),
        ("Not located", str(record.not_located)),
    )
    return Section(
        "What happened",
        charts=(charts.came_to,) if charts.came_to else (),
        tables=(
            Table("Rates", FACTS, rates),
            *(() if charts.came_to else (came_to_table(page),)),
            Table("What officers did. One alert may count in several rows", NUMBERS, outcomes),
        ),
        notes=(TRACKS,),
    )


def _stops(record: DeploymentRecord) -> tuple[Section, ...]:
    engaged = record.engaged
    if not record.engagements:
        return ()
    longest = _span(engaged.longest_s)
    rows = (
        ("Stops by a power", str(engaged.stops)),
        ("Half of them took at most", _span(engaged.median_s)),
        ("The longest", longest),
        ("Talked to, free to go", str(engaged.no_power)),
        ("No power recorded", str(engaged.not_recorded)),
        ("Searched", str(engaged.searches)),
        ("Force used", str(engaged.force_used)),
        ("Looked under 18", str(engaged.children)),
        ("Had avoided the cameras", str(engaged.avoided)),
        ("Longer than the force's time", str(engaged.overdue)),
        ("Said by radio, entered by another", str(engaged.by_radio)),
    )
    wrong = tuple(
        (
            f"{one.number}{', looked under 18' if one.child else ''}",
            *(_span(one.seconds), one.power or NOT_RECORDED, _yes(one.searched), _yes(one.force_used)),
            "answered" if one.examined else "open",
        )
        for one in engaged.false
    )
    heads = tuple(Column(name) for name in ("Alert", "How long", "Power", "Search", "Force", "Review"))
    more = (Table("Engagements on a false alert", heads, wrong),) if wrong else ()
    note = "An alert alone gives no power to stop anybody. Nobody is ranked by these counts."
    return (Section("Stops", tables=(Table("Stops in numbers", NUMBERS, rows), *more), notes=(note,)),)


def _span(seconds: float | None) -> str:
    return NOT_RECORDED if seconds is None else say_duration(timedelta(seconds=seconds))


def _yes(answer: bool | None) -> str:
    return {True: "yes", False: "no", None: NOT_RECORDED}[answer]


def _looking(record: DeploymentRecord) -> tuple[Section, ...]:
    looking, decoys = record.looking, record.looking.decoys
    tables: tuple[Table, ...] = ()
    if looking.bands:
        heads = ("Alerts", "Operator: not this person", "Officer: wrong person", "Right person")
        rows = tuple(
            (
                f"{band.low} to {band.high}",
                *(str(n) for n in (band.alerts, band.not_this_person, band.confirmed_false)),
                str(band.confirmed_true),
            )
            for band in looking.bands
        )
        columns = (Column("Similarity"), *(Column(name, True) for name in heads))
        tables = (Table("How people answered what recognition asked", columns, rows),)
    if decoys.shown:
        names = ("Shown", "Answered", "Rightly", "Wrongly", "Unsure")
        numbers = (decoys.shown, decoys.answered, decoys.right, decoys.wrong, decoys.unsure)
        # How they were answered is not told of fewer than three people.
        known = zip(names, numbers, strict=True)
        shown = tuple((words, str(number)) for words, number in known if number is not None)
        tables += (Table("Decoys of the Blue List, in no other number here", NUMBERS, shown),)
    return (Section("“Not this person”", tables=tables),) if tables else ()


def _street(record: DeploymentRecord) -> tuple[Section, ...]:
    street = record.street
    signs = tuple(
        f"{_when(look.at, NOT_RECORDED)}, {look.approach}: the sign {'stood' if look.stood else 'failed'}"
        f"{f'. {look.words}' if look.words else ''}"
        for look in street.signs
    )
    said = tuple(f"{say_moment(at)}, {kind}: {words}" for at, kind, words in street.engagement)
    silent = tuple(
        f"{one.camera}, stopped {say_moment(one.since)}, looked at again: {_when(one.until, 'never')}"
        for one in street.silences
    )
    parts = (
        ("Signs", signs),
        ("What passers-by said", said),
        ("Cameras that fell silent", silent),
        ("Lessons", _lines(street.lessons)),
        ("Conditions for the next deployment", _lines(street.conditions)),
    )
    return tuple(Section(title, words) for title, words in parts if words)


def _review(record: DeploymentRecord, page: RecordWords) -> Section:
    if record.reviewed_at is None:
        return Section("What the review found", ("There is no review.",))
    notes = (f"Reviewed {say_moment(record.reviewed_at)}.",)
    return Section("What the review found", _lines(page.findings), notes=notes)


def _frames(record: DeploymentRecord) -> Section:
    frames = record.frames
    rows = (
        ("Frames received", str(frames.received)),
        ("Looked at", str(frames.recognised)),
        ("Overtaken by a newer one", str(frames.dropped)),
        ("Refused as not authorised", str(frames.refused)),
        (
            "At least one camera without recognition, pauses not counted",
            _span(record.gaps_s) if record.gaps else "none",
        ),
    )
    gaps = tuple(
        (
            f"{say_date(gap.started_at)} {say_clock(gap.started_at)}",
            _span(gap.seconds),
            gap.camera,
            gap.reason,
        )
        for gap in record.gaps
    )
    heads = tuple(Column(name) for name in ("From", "How long", "Camera (every one if empty)", "Reason"))
    tables = (Table("Frames", NUMBERS, rows), *((Table("Interruptions", heads, gaps),) if gaps else ()))
    return Section("Frames and interruptions", tables=tables)


def _log(page: RecordWords) -> tuple[Section, ...]:
    """The reasons stand below the table: a cell of a page's length is no table any more."""
    heads = (Column("Number"), Column("What"), Column("When"), Column("Who"))
    rows = tuple((str(at), row.what, row.at, row.who) for at, row in enumerate(page.log, 1))
    if not rows:
        return (Section("Decision log", ("Nothing has been decided yet.",)),)
    reasons = tuple(
        Section(f"Why: decision {at}, {row.what}", _lines(row.reasons), level=3)
        for at, row in enumerate(page.log, 1)
        if row.reasons
    )
    return (Section("Decision log", tables=(Table("Decisions, the first one first", heads, rows),)), *reasons)


def _certificates(page: RecordWords) -> Section:
    if not page.certificates:
        return Section("Proof of deletion", ("No deletion has been certified yet.",))
    heads = tuple(Column(name) for name in ("What", "Deleted", "Due", "Verified", "How"))
    rows = tuple(
        (
            f"{row.what}{' (in simulated time)' if row.simulated else ''}",
            *(row.deleted, row.due, f"{row.verified}{f', {row.late}' if row.late else ''}", row.how),
        )
        for row in page.certificates
    )
    return Section("Proof of deletion", tables=(Table("Deletion certificates", heads, rows),))
