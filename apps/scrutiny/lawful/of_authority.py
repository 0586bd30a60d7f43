"""Authority, approval, conditions, state, window and settings at an instant. No database, no clock."""

from __future__ import annotations

from datetime import datetime

from apps.core.data import Role
from apps.core.wording import say_moment, say_role, say_state, say_window
from apps.deployments import api as deployments
from apps.deployments.data import Cause, DeploymentState
from apps.scrutiny.lawful import course
from apps.scrutiny.lawful.course import at_moment
from apps.scrutiny.lawful.data import Decided, Line, Records, Standing

KEPT, NOT_KEPT, NOT_RECORDED = Standing.KEPT, Standing.NOT_KEPT, Standing.NOT_RECORDED
APPROVERS = frozenset({str(Role.AUTHORISING_OFFICER), str(Role.URGENT_AUTHORISING_OFFICER)})
NOTHING = "Nothing about it is on record."


def judged(kept: bool) -> Standing:
    return KEPT if kept else NOT_KEPT


def by(records: Records, one: Decided, at: datetime) -> str:
    """Who decided, in which role, and when."""
    who = records.who(one.actor_id, one.actor_label, one.rank)
    return f"{who}, {say_role(one.role)}, {at_moment(one.at, at)}"


def logged(one: Decided) -> tuple[str, ...]:
    """Where a decision stands."""
    event = (f"audit event {one.event_id}",) if one.event_id is not None else ()
    return (f"decision log, {one.kind.replace('_', ' ')}, {at_moment(one.at)}", *event)


def authority(records: Records, at: datetime) -> Line:
    found = course.revision_at(records, at)
    title, rule = (
        "The authority",
        "An approval is of one content by its hash; a narrowing follows link by link.",
    )
    if found is None:
        return Line("authority", title, (NOTHING,), "§2", rule, NOT_RECORDED, always=True)
    holds, problem = _chain_holds(records, found.number)
    was = (
        f"Revision {found.number} ({found.kind}), written down {at_moment(found.recorded_at, at)}",
        f"SHA-256 {found.content_hash}",
        problem
        or "Each revision names the hash of the one before it, and its content still has its own hash.",
    )
    source = (f"revision {found.number} of the authority",)
    return Line("authority", title, was, "§2", rule, judged(holds), source, always=True)


def _chain_holds(records: Records, number: int) -> tuple[bool, str]:
    before = ""
    for one in records.revisions:
        if one.number > number:
            break
        if one.previous_hash != before:
            return False, f"Revision {one.number} names another hash than that of the one before it."
        if one.computed_hash != one.content_hash:
            return False, f"The content of revision {one.number} has another hash now than was written down."
        before = one.content_hash
    newest = records.revisions[-1]
    if newest.number == number and newest.content_hash != records.authority_hash:
        return False, "The deployment itself carries another content than the last revision."
    return True, ""


def approval(records: Records, at: datetime) -> Line:
    title, rule = (
        "The approval",
        "An authorising officer approves exactly this content, with written reasons.",
    )
    found, revision = course.approval_at(records, at), course.revision_at(records, at)
    if found is None:
        words = "No approval held." if records.decisions else NOTHING
        return Line("approval", title, (words,), "§2", rule, NOT_RECORDED)
    was = [f"Approved by {by(records, found, at)}", f"Approved hash {found.content_hash}"]
    standing = NOT_RECORDED
    if revision is not None:
        covered = _covers(records, found, revision.number)
        standing = judged(covered and found.role in APPROVERS)
        if not covered:
            was.append("The content in force is not what was approved, nor a narrowing of it.")
        elif found.content_hash != revision.content_hash:
            was.append(f"Narrowed since, to {revision.content_hash}")
    return Line("approval", title, tuple(was), "§2", rule, standing, logged(found))


def _covers(records: Records, approved: Decided, number: int) -> bool:
    """Whether what is in force is the approved content, or came of it by narrowings only."""
    later = [one for one in records.revisions if one.number <= number]
    while later:
        if later[-1].content_hash == approved.content_hash:
            return True
        if later[-1].kind != "narrowed":
            return False
        later.pop()
    return False


def confirmation(records: Records, at: datetime) -> Line | None:
    """None where no approval held: nothing could be confirmed."""
    title = "Confirmation of an urgent approval"
    rule = "An urgent approval is confirmed by a superintendent in time, or nothing runs on it."
    found = course.approval_at(records, at)
    if found is None:
        return None
    if found.role == Role.AUTHORISING_OFFICER:
        words = "None was due: an authorising officer approved it."
        return Line("confirmation", title, (words,), "§1", rule, KEPT, logged(found))
    if found.confirm_by is None:
        return Line("confirmation", title, ("Until when is not on record.",), "§1", rule, NOT_RECORDED)
    confirmed = course.confirmed_at(records, found, at)
    due = f"Due by {at_moment(found.confirm_by, at)}"
    if confirmed is not None:
        said = f"Confirmed by {by(records, confirmed, at)}"
        return Line("confirmation", title, (due, said), "§1", rule, KEPT, logged(confirmed))
    late = at >= found.confirm_by
    said = "It was not confirmed by then." if late else "It was still to come, in time."
    return Line("confirmation", title, (due, said), "§1", rule, judged(not late), logged(found))


def conditions(records: Records, at: datetime) -> Line:
    title, rule = "Conditions of the approval", "Recognition starts once each condition is met."
    held = [
        one
        for one in records.conditions
        if one.set_at <= at and (one.lapsed_at is None or one.lapsed_at > at)
    ]
    if not held:
        return Line("conditions", title, ("There were none.",), "§2", rule, KEPT, ("conditions",))
    was, open_ = [], False
    for one in held:
        met = one.met_at is not None and one.met_at <= at
        open_ = open_ or not met
        how = f"met {at_moment(one.met_at, at)}" if met and one.met_at is not None else "not met by then"
        was.append(f"{one.number}. {records.said(one.text)}: {how}")
    source = tuple(f"condition {one.id}" for one in held)
    return Line("conditions", title, tuple(was), "§2", rule, judged(not open_), source)


def state(records: Records, at: datetime) -> Line:
    title, rule = "The state", "Recognition is impossible outside the state “live”."
    found, moved = course.state_at(records, at)
    if found is None:
        return Line("state", title, (NOTHING,), "§2", rule, NOT_RECORDED)
    words = say_state(found)
    if moved is None:
        return Line("state", title, (words,), "§2", rule, judged(False))
    was = [f"{words}, since {at_moment(moved.at, at)}", f"By {by(records, moved, at)}"]
    if moved.cause:
        was.append(f"{deployments.CAUSE_LABELS[Cause(moved.cause)]}.")
    kept = found is DeploymentState.LIVE
    return Line("state", title, tuple(was), "§2", rule, judged(kept), logged(moved))


def window(records: Records, at: datetime) -> Line:
    title, rule = "The window", "Recognition is impossible outside the authorised window."
    found = course.revision_at(records, at)
    if found is None:
        return Line("window", title, (NOTHING,), "§2", rule, NOT_RECORDED)
    content = found.authority
    was = [f"Authorised: {say_window(content.window_start, content.window_end)}"]
    started = course.started_at(records, at)
    if started is not None:
        was.append(f"Recognition began {at_moment(started.at, at)}")
    if content.starts_by is not None:
        was.append(f"It was to begin before {say_moment(content.starts_by)}")
    inside = content.window_start <= at < content.window_end
    source = (f"revision {found.number} of the authority", *(logged(started) if started else ()))
    return Line("window", title, tuple(was), "§2", rule, judged(inside), source)


def settings(records: Records, at: datetime) -> Line:
    title = "Settings of the force"
    rule = "A deployment is judged by the settings in force when it was drafted."
    force = records.settings
    was = (
        f"Version {force.version}",
        f"At least {force.notice_minimum_days} days of notice; {force.minimum_staffing} people on duty; "
        f"signs looked at again within {force.sign_check_minutes} minutes; status checked within "
        f"{force.status_valid_hours} hours before a start",
    )
    drafted = next((one for one in records.events if one.verb == "deployment.drafted"), None)
    version = drafted.payload.get("settings_version") if drafted is not None else None
    source: tuple[str, ...] = (f"settings, version {force.version}",)
    if drafted is None or version is None:
        return Line("settings", title, was, "ADR 11", rule, NOT_RECORDED, source, always=True)
    source = (*source, f"audit event {drafted.id}")
    return Line("settings", title, was, "ADR 11", rule, judged(version == force.version), source, always=True)
