"""Model, threshold, the list in force and the alerts of a minute. No database, no clock.

Nobody on the list is named, and none of them is told apart: there are numbers and hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.alerts.api import PastAlert
from apps.core.wording import say_clock
from apps.deployments.data import DeploymentState
from apps.scrutiny.lawful import course
from apps.scrutiny.lawful.course import at_moment
from apps.scrutiny.lawful.data import Happened, Line, Records
from apps.scrutiny.lawful.of_authority import (
    KEPT,
    NOT_KEPT,
    NOT_RECORDED,
    NOTHING,
    by,
    judged,
    logged,
)
from apps.watchlists.api import SealedList

GREW_OLD, CHECKED_AGAIN = "deployment.status_grew_old", "deployment.status_checked_again"
# How far the clocks of two machines may be apart without anything being wrong.
ALLOWANCE = timedelta(seconds=2)
NOT_EACH_SECOND = (
    "What was loaded in this second is not written down. Recognition asks in every batch and refuses any "
    "other model, threshold or list."
)


def model(records: Records, at: datetime) -> Line:
    title = "Model and threshold"
    rule = "Model pack and threshold are those of the authority; any other is refused in every batch."
    found, sealed = course.revision_at(records, at), course.list_at(records, at)
    if found is None:
        return Line("model", title, (NOTHING,), "§2, §7", rule, NOT_RECORDED)
    content = found.authority
    was = [f"Authorised: “{content.pack_id}” at a cosine similarity of {content.threshold} or more"]
    source = [f"revision {found.number} of the authority"]
    if sealed is None:
        return Line("model", title, tuple(was), "§2, §7", rule, NOT_RECORDED, tuple(source))
    was += [f"The list was measured with “{sealed.pack_id}”, {sealed.pack_version}", NOT_EACH_SECOND]
    source.append(f"list {sealed.id}")
    same = judged(sealed.pack_id == content.pack_id)
    return Line("model", title, tuple(was), "§2, §7", rule, same, tuple(source))


def the_list(records: Records, at: datetime) -> Line:
    title = "The list in force"
    rule = "Recognition searches the sealed list, accepted by its hash, without whoever was taken off."
    sealed = course.sealed_at(records, at)
    if sealed is None:
        words = "No list was sealed." if records.decisions else NOTHING
        return Line("list", title, (words,), "§2", rule, NOT_RECORDED)
    payload = course.payload_of(records, sealed.event_id)
    row, accepted = course.list_at(records, at), course.accepted_at(records, at)
    seal_hash = str(payload.get("seal_hash") or (row.seal_hash if row is not None else ""))
    was = [f"Sealed by {by(records, sealed, at)}", f"Seal hash {seal_hash or 'not on record'}"]
    was += list(_people(records, at, sealed.at, row, is_whole=bool(payload)))
    source = [*logged(sealed), *(f"audit event {one.id}" for one in _removed(records, sealed.at, at))]
    if accepted is None:
        was.append("Nobody had accepted it.")
        return Line("list", title, tuple(was), "§2", rule, NOT_KEPT, tuple(source))
    who, of = accepted
    was.append(f"Accepted by {by(records, who, at)}")
    source += logged(who)
    if not (of and seal_hash):
        return Line("list", title, tuple(was), "§2", rule, NOT_RECORDED, tuple(source))
    same = of == seal_hash and (row is None or row.seal_hash == seal_hash)
    was.append("It was accepted by this hash." if same else f"It was accepted by another hash: {of}")
    return Line("list", title, tuple(was), "§2", rule, judged(same), tuple(source))


def _people(
    records: Records, at: datetime, since: datetime, row: SealedList | None, *, is_whole: bool
) -> Iterator[str]:
    """`is_whole`: the content of the audit of that time is still there."""
    if row is None:
        yield "How many people were on it is not on record."
        return
    staff = f", {row.volunteers} of them of the Blue List" if row.volunteers else ""
    pictures = f"{row.pictures} {'picture' if row.pictures == 1 else 'pictures'}"
    yield f"At the seal {_counted(row.subjects)}{staff}, {pictures}"
    if not is_whole:
        yield "How many were taken off by then is not on record: the years have erased it."
        return
    gone = len(_removed(records, since, at))
    yield f"Taken off by then: {gone}; on it then: {_counted(max(0, row.subjects - gone))}"


def _counted(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"


def _removed(records: Records, since: datetime, at: datetime) -> list[Happened]:
    return [one for one in records.removals if since <= one.at <= at]


def status(records: Records, at: datetime) -> Line:
    title, rule = (
        "Whether people were still wanted",
        "Nobody is looked for on an old word that they are wanted.",
    )
    content, row = course.authority_at(records, at), course.list_at(records, at)
    only_staff = row is not None and row.subjects == row.volunteers
    if (content is not None and content.rehearsal) or only_staff:
        words = "Only people of the Blue List were on it: there is no status to check."
        return Line("status", title, (words,), "§4", rule, KEPT)
    hours = records.settings.status_valid_hours
    old = course.last(one for one in records.events if one.at <= at and one.verb in (GREW_OLD, CHECKED_AGAIN))
    checked = course.last(one for one in records.status_checks if one.finished_at <= at)
    started = course.started_at(records, at)
    was, source = [], []
    if checked is not None:
        was.append(
            f"Last asked about everybody {at_moment(checked.finished_at, at)}, of {_counted(checked.asked)}"
        )
        source.append(f"status check {checked.id}")
    if old is not None and old.verb == GREW_OLD:
        number = old.payload.get("people", "some")
        was.append(
            f"Of {number} on it no check was younger than {hours} hours, since {at_moment(old.at, at)}"
        )
        source.append(f"audit event {old.id}")
        return Line("status", title, tuple(was), "§4", rule, NOT_KEPT, tuple(source))
    if started is None:
        return Line("status", title, (*was, "Nothing had begun."), "§4", rule, NOT_RECORDED, tuple(source))
    was.append(f"At the start no check was older than {hours} hours, and none was noted as too old since")
    return Line("status", title, tuple(was), "§4", rule, KEPT, (*source, *logged(started)))


def alerts(records: Records, at: datetime) -> Line:
    """Those raised in the minute of the instant: each is judged by what held when it was raised."""
    title = "Alerts of this minute"
    rule = "An alert comes only of a camera, a model and a threshold of the authority, while it is live."
    begin = at.replace(second=0, microsecond=0)
    if records.log_deleted_at is not None:
        gone = f"Deleted by the years of the schedule, {at_moment(records.log_deleted_at, at)}"
        return Line("alerts", title, (gone,), "§2", rule, NOT_RECORDED, ("alerts",), always=True)
    found = [one for one in records.alerts if begin <= one.raised_at < begin + timedelta(minutes=1)]
    if not found:
        return Line("alerts", title, ("There were none.",), "§2", rule, KEPT, ("alerts",), always=True)
    was, known, wrong = [], True, False
    for one in found:
        problem = _problem(records, one)
        known, wrong = known and problem is not None, wrong or bool(problem)
        said = "as authorised" if problem == "" else problem or "what was authorised then is not on record"
        was.append(f"Alert {one.number}, {say_clock(one.raised_at)}: {said}")
    standing = NOT_KEPT if wrong else judged(True) if known else NOT_RECORDED
    source = tuple(f"alert {one.number}" for one in found)
    return Line("alerts", title, tuple(was), "§2", rule, standing, source, always=True)


def _problem(records: Records, alert: PastAlert) -> str | None:
    """What was wrong with how it came about; empty for nothing, None where it cannot be told."""
    content = course.authority_at(records, alert.raised_at)
    states = {course.state_at(records, when)[0] for when in (alert.raised_at - ALLOWANCE, alert.raised_at)}
    if content is None or states == {None}:
        return None
    problems = []
    if DeploymentState.LIVE not in states:
        problems.append("raised while it was not live")
    if not content.window_start - ALLOWANCE <= alert.raised_at < content.window_end + ALLOWANCE:
        problems.append("raised outside the window")
    if alert.camera_id not in {camera.id for camera in content.cameras}:
        problems.append("of a camera that is not of the authority")
    if round(alert.threshold, 4) != content.threshold:
        problems.append(f"by another threshold, {alert.threshold}")
    return ", ".join(problems)
