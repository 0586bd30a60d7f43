"""The pack as a report. No database: everything comes as `Disclosed`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.alerts.api import PastAlert
from apps.alerts.data import OUTCOME_LABELS
from apps.alerts.engagement_data import POWER_LABELS, EngagementData
from apps.core.wording import say_duration, say_moment, say_window
from apps.deployments import api as deployments
from apps.deployments.data import Cause
from apps.scrutiny.disclosure import evidence
from apps.scrutiny.disclosure.data import Disclosed
from apps.scrutiny.disclosure.policies import LOG_DELETED
from apps.scrutiny.disclosure.timeline import proof, timeline
from apps.scrutiny.exports.report import Column, Report, Section, Table
from apps.scrutiny.lawful import course
from apps.scrutiny.lawful.course import at_moment
from apps.scrutiny.lawful.report import data_of, sections_of
from apps.watchlists.api import SealedList

BAND = 0.05
FACTS = (Column("What"), Column("Answer"))
FORMAT = "lfr-disclosure/1"
HOLDS = (
    "Made from what the platform had on record when it was made. It holds no face, no template and no name: "
    "the person of an alert is its number, and people of the force are rank, role and a code by which the "
    "force finds them. What people wrote in their own words is not in it, and is asked for from the force."
)
FALSE_WORDS = {
    "operator": "the operator said that it was not a match; nobody was spoken to",
    "officer": "the officer found that it was somebody else",
}
TWO_RATES = (
    "False is what an operator called not a match or an officer found to be somebody else. A track is one "
    "person passing one camera; a broken track counts twice."
)
STATE_WORDS = {
    "dispatched": "an officer was to decide",
    "not_a_match": "not a match",
    "expired": "nobody decided in time",
    "engaged": "an officer was with somebody",
    "not_engaged": "not engaged",
    "outcome_recorded": "outcome recorded",
}


def report_of(found: Disclosed) -> Report:
    of = f"alert {found.alert.number}" if found.alert is not None else "the whole deployment"
    record = found.record
    name = f"alert-{found.alert.number}" if found.alert is not None else "deployment"
    return Report(
        title=f"Disclosure: {record.reference}, {of}",
        force=record.force,
        period_words=say_window(record.window_start, record.window_end),
        name=f"disclosure-{record.reference}-{name}",
        sections=tuple(_sections(found)),
        data=_data(found),
    )


def _sections(found: Disclosed) -> Iterator[Section]:
    yield _about(found)
    if found.alert is not None:
        yield _of_alert(found, found.alert)
        yield Section("Timeline", tables=(timeline(found.events, found.records.who),))
        if found.engagement is not None:
            yield _stop(found.engagement)
    else:
        yield _all_alerts(found)
    yield evidence.section(found.pack, found.record.pack_id, _sealed(found))
    if found.moment is not None:
        yield from sections_of(found.moment)
    yield _false_alerts(found)
    yield _interruptions(found)
    yield _certificates(found)
    of = "this alert" if found.alert is not None else "this deployment"
    yield Section("Audit events", tables=(proof(found.events, f"Every audit event of {of}"),))


def _about(found: Disclosed) -> Section:
    record = found.record
    labels = deployments.use_case_labels(rehearsal=record.rehearsal)
    rows = (
        ("Deployment", record.reference),
        ("Place", found.records.said(record.place)),
        ("Window", say_window(record.window_start, record.window_end)),
        ("Began", _when(record.started_at, "it did not begin")),
        ("Ended", _when(record.ended_at, "it has not ended")),
        ("Rehearsal with consenting people only", "yes" if record.rehearsal else "no"),
        ("Use case", labels[record.use_case.replace(" ", "_")]),
        ("Threshold of the authority (cosine similarity)", str(record.threshold)),
        ("People on the list at the seal", str(record.watchlist_subjects)),
    )
    return Section("What this is", (HOLDS,), tables=(Table("The deployment", FACTS, rows),))


def _when(instant: datetime | None, otherwise: str) -> str:
    return at_moment(instant) if instant is not None else otherwise


def _sealed(found: Disclosed) -> SealedList | None:
    return course.list_at(found.records, found.moment.at) if found.moment is not None else None


def _of_alert(found: Disclosed, alert: PastAlert) -> Section:
    content = course.authority_at(found.records, alert.raised_at)
    cameras = {one.id: one.name for one in content.cameras} if content is not None else {}
    unknown = "not on record" if content is None else "not of the authority"
    rows = (
        ("Number", str(alert.number)),
        ("Camera", found.records.said(cameras.get(alert.camera_id, unknown))),
        ("Seen by the camera", at_moment(alert.captured_at)),
        ("Raised", at_moment(alert.raised_at)),
        ("First shown to somebody", _when(alert.first_shown_at, "not on record")),
        ("Similarity (cosine)", "" if alert.similarity is None else f"{alert.similarity:.4f}"),
        ("Threshold when it was raised", str(alert.threshold)),
        ("The operator decided", "without knowing the similarity"),
        ("How it stands", STATE_WORDS.get(str(alert.state), str(alert.state).replace("_", " "))),
        ("Outcome", _outcomes(alert)),
        ("Identity established by ordinary means", _when(alert.identity_established_at, "not on record")),
        ("Found to be false", FALSE_WORDS.get(alert.called_false_by, "no")),
        ("Picture and template", _deleted(alert)),
    )
    return Section(f"Alert {alert.number}", (evidence.NOT_LIKELY,), tables=(Table("The alert", FACTS, rows),))


def _outcomes(alert: PastAlert) -> str:
    return "; ".join(OUTCOME_LABELS[outcome] for outcome in alert.outcomes) or "none recorded"


def _deleted(alert: PastAlert) -> str:
    if alert.purged_at is not None:
        return f"deleted {at_moment(alert.purged_at)}"
    return f"to be deleted by {at_moment(alert.purge_due_at)}"


def _stop(engagement: EngagementData) -> Section:
    record, unknown = engagement.record, "not recorded"
    answers = {True: "yes", False: "no", None: unknown}
    seconds = engagement.seconds
    rows = (
        ("Engaged", at_moment(engagement.engaged_at)),
        ("By what power", POWER_LABELS[record.power] if record.power else unknown),
        ("Began", _when(record.started_at, unknown)),
        ("Ended", _when(record.ended_at, unknown)),
        ("How long", unknown if seconds is None else say_duration(timedelta(seconds=seconds))),
        ("Searched", answers[record.searched]),
        ("Force used", answers[record.force_used]),
        ("Body-worn video noted", "yes" if record.body_worn else "no"),
        ("Looked under 18", "yes" if engagement.child_at else "no"),
        ("Receipt", "given" if engagement.receipt_until else "none, or its time is over"),
        ("Longer than the force's time", "yes" if engagement.escalated_at else "no"),
    )
    note = "An alert alone gives no power to stop anybody."
    return Section("The engagement", tables=(Table("What was recorded of it", FACTS, rows),), notes=(note,))


def _all_alerts(found: Disclosed) -> Section:
    heads = ("Alert", "Raised", "Similarity, from", "How it stands", "Outcome")
    columns = tuple(Column(head, head == "Alert") for head in heads)
    rows = tuple(
        (
            *(str(one.number), at_moment(one.raised_at), band(one)),
            *(STATE_WORDS.get(str(one.state), "not decided yet"), _outcomes(one)),
        )
        for one in found.records.alerts
        if not one.counted_apart
    )
    if not rows:
        return Section("Alerts", (_log_deleted(found) or "There was no alert.",))
    return Section("Alerts", tables=(Table("Every alert, by its number", columns, rows),))


def _log_deleted(found: Disclosed) -> str:
    """In place of what the schedule has deleted, which is not nought; empty while it is there."""
    at = found.records.log_deleted_at
    return f"{LOG_DELETED}, {say_moment(at)}." if at else ""


def band(alert: PastAlert) -> str:
    """Between which two similarities it lay: exact enough for what is told of other people."""
    if alert.similarity is None:
        return "not told before it is decided"
    # A hair more, so that 0.50 above 0.45 is not in the band below because of its binary digits.
    number = math.floor((alert.similarity - alert.threshold) / BAND + 1e-9)
    low = alert.threshold + number * BAND
    return f"{low:.2f} to below {low + BAND:.2f}"


def false_ones(found: Disclosed) -> list[PastAlert]:
    return [one for one in found.records.alerts if one.called_false_by and not one.counted_apart]


def _false_alerts(found: Disclosed) -> Section:
    record = found.record
    if deleted := _log_deleted(found):
        return Section("False alerts of the day", (deleted,))
    rates = (
        ("False, of the alerts whose result is known", record.false_of_alerts.words),
        ("False, of tracks", record.false_of_tracks.words if record.false_of_tracks else "not known"),
        ("Alerts", str(record.alerts.total)),
        ("Unresolved", str(record.alerts.unresolved)),
    )
    tables = [Table("Of all alerts of the deployment", FACTS, rates)]
    heads = tuple(
        Column(head, head == "Alert") for head in ("Alert", "Raised", "Similarity, from", "How it was found")
    )
    rows = tuple(
        (str(one.number), at_moment(one.raised_at), band(one), FALSE_WORDS[one.called_false_by])
        for one in false_ones(found)
    )
    if rows:
        tables.append(Table("Every false alert of the day", heads, rows))
    said = () if rows else ("No alert of the day was found to be false.",)
    return Section("False alerts of the day", said, tables=tuple(tables), notes=(TWO_RATES,))


def _interruptions(found: Disclosed) -> Section:
    gaps, pauses = found.record.gaps, found.record.pauses
    heads = (Column("From"), Column("To"), Column("What"), Column("Kind of reason"))
    rows = [
        (at_moment(gap.started_at), at_moment(gap.ended_at), _blind(found, gap.camera), "gap") for gap in gaps
    ]
    rows += [
        (
            at_moment(one.started_at),
            _when(one.ended_at, "not ended"),
            "suspended",
            deployments.CAUSE_LABELS[Cause(one.cause)] if one.cause else "",
        )
        for one in pauses
    ]
    if not rows:
        return Section("Gaps and suspensions", ("None is on record.",))
    return Section(
        "Gaps and suspensions", tables=(Table("When recognition did not run", heads, tuple(rows)),)
    )


def _blind(found: Disclosed, camera: str) -> str:
    return f"no recognition, {found.records.said(camera) or 'every camera'}"


def _certificates(found: Disclosed) -> Section:
    heads = tuple(Column(head) for head in ("What", "Verified", "Due", "Certificate and SHA-256"))
    rows = tuple(
        (one.title, say_moment(one.finished_at), say_moment(one.due_at), f"{one.id}\n{one.sha256}")
        for one in found.record.certificates
    )
    if not rows:
        return Section("Certificates of deletion", ("No deletion has been certified yet.",))
    return Section("Certificates of deletion", tables=(Table("What was deleted", heads, rows),))


def _data(found: Disclosed) -> dict[str, object]:
    """For a program: what identifies the events and the alert; everything else stands in the sections."""
    alert = found.alert
    return {
        "disclosure": FORMAT,
        "reference": found.record.reference,
        "alert": None
        if alert is None
        else {
            "id": str(alert.id),
            "number": alert.number,
            "captured_at": alert.captured_at.isoformat(),
            "raised_at": alert.raised_at.isoformat(),
            "cosine_similarity": alert.similarity,
            "threshold": alert.threshold,
            "state": str(alert.state),
            "outcomes": [str(outcome) for outcome in alert.outcomes],
        },
        "events": [
            {
                "id": str(one.id),
                "ordinal": one.ordinal,
                "verb": one.verb,
                "at": one.at.isoformat(),
                "digest": one.digest,
            }
            for one in found.events
        ],
        "moment": data_of(found.moment) if found.moment is not None else None,
        "false_alerts": [one.number for one in false_ones(found)],
    }
