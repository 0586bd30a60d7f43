"""Place, cameras, checklist, signs, staff, notice and recognition at an instant. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.core.wording import say_duration, say_list
from apps.deployments import api as deployments
from apps.deployments.data import COMPUTED_CHECKS, CheckKind, Duty
from apps.scrutiny.lawful import course
from apps.scrutiny.lawful.course import Span, at_moment
from apps.scrutiny.lawful.data import Line, Records, Standing
from apps.scrutiny.lawful.of_authority import KEPT, NOT_KEPT, NOT_RECORDED, NOTHING, judged, logged

DUTIES = (Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER)
DUTY_WORDS = {
    Duty.SILVER: "silver commander",
    Duty.OPERATOR: "operator",
    Duty.ENGAGEMENT: "engagement officer",
    Duty.ENGINEER: "system engineer",
}
CHECK_WORDS = {
    CheckKind.CAMERA_FOCUS: "Focus of the cameras",
    CheckKind.ZONE_MARKED: "Zone of recognition marked",
    CheckKind.BLUE_LIST_PASS: "Walk of the Blue List",
    CheckKind.CLOCKS_IN_SYNC: "Clocks",
    CheckKind.SIGNAGE: "Signs",
    CheckKind.STAFFING: "Staffing",
}
WHERE_THEY_STOOD = (
    "Where the cameras stood is known by this check only; a camera that is moved is to be checked again."
)


def place(records: Records, at: datetime) -> Line:
    title, rule = "Place and zone", "Recognition looks only at the zones of the authority, at its place."
    found = course.revision_at(records, at)
    if found is None:
        return Line("place", title, (NOTHING,), "§2, §9", rule, NOT_RECORDED)
    content = found.authority
    outlined = sum(bool(camera.zone) for camera in content.cameras)
    was = [
        f"{records.said(content.place_name)}, an area of {len(content.polygon)} corners",
        f"Zone outlined for {outlined} of {len(content.cameras)} cameras; else it is the whole picture",
    ]
    source = [f"revision {found.number} of the authority"]
    marked = _checked(records, at).get(CheckKind.ZONE_MARKED)
    if marked is None:
        was.append("That the zone was marked is not on record.")
        return Line("place", title, tuple(was), "§2, §9", rule, NOT_RECORDED, tuple(source))
    passed, when = marked
    was += [
        f"Zone of recognition {'marked' if passed else 'not marked'}, {at_moment(when, at)}",
        WHERE_THEY_STOOD,
    ]
    source.append(f"checklist, zone marked, {at_moment(when, at)}")
    return Line("place", title, tuple(was), "§2, §9", rule, judged(passed), tuple(source))


def _checked(records: Records, at: datetime) -> dict[CheckKind, tuple[bool, datetime]]:
    """The last recording of each item since the seal."""
    sealed = course.sealed_at(records, at)
    if sealed is None:
        return {}
    since = (one for one in records.checks if sealed.at <= one.recorded_at <= at)
    return {one.kind: (one.passed, one.recorded_at) for one in since}


def checklist(records: Records, at: datetime) -> Line:
    title, rule = "Checklist before the start", "Each item is passed before LIVE; one that fails stops it."
    found = _checked(records, at)
    wanted = [kind for kind in CheckKind if kind not in COMPUTED_CHECKS]
    was = []
    for kind in wanted:
        words = CHECK_WORDS[kind]
        if kind in found:
            passed, when = found[kind]
            was.append(f"{words}: {'passed' if passed else 'failed'}, {at_moment(when, at)}")
        else:
            was.append(f"{words}: not recorded")
    failed = any(not passed for passed, _ in found.values())
    standing = NOT_KEPT if failed else KEPT if len(found) == len(wanted) else NOT_RECORDED
    return Line("checklist", title, tuple(was), "§2", rule, standing, ("checklist",))


def cameras(records: Records, at: datetime) -> Line:
    title, rule = "Cameras", "Nothing is searched of a camera that is not of the authority, or is stopped."
    found = course.revision_at(records, at)
    if found is None:
        return Line("cameras", title, (NOTHING,), "§2", rule, NOT_RECORDED)
    names = [records.said(camera.name) for camera in found.authority.cameras]
    was = [f"Authorised: {say_list(names)}"]
    source = [f"revision {found.number} of the authority"]
    for stop in records.stops:
        if stop.stopped_at <= at and (stop.released_at is None or at < stop.released_at):
            was.append(f"Stopped: {records.said(stop.camera_name)}, since {at_moment(stop.stopped_at, at)}")
            source.append(f"camera stop {stop.id}")
    if len(was) == 1:
        was.append("None was stopped.")
    return Line("cameras", title, tuple(was), "§2", rule, KEPT, tuple(source))


def signs(records: Records, at: datetime) -> Iterator[Line]:
    """One line for each approach of the authority."""
    title, rule = "Sign", "A sign stands before the zone on every approach and is looked at on a timer."
    content, sealed = course.authority_at(records, at), course.sealed_at(records, at)
    if content is None or not content.approaches:
        words = NOTHING if content is None else "The authority names no approach."
        yield Line("sign", "Signs", (words,), "§2", rule, NOT_RECORDED)
        return
    every = timedelta(minutes=records.settings.sign_check_minutes)
    for number, approach in enumerate(content.approaches, 1):
        name = f"{title} at {records.said(approach)}"
        look = course.last(
            one
            for one in records.looks
            if one.approach == approach and one.recorded_at is not None and sealed is not None
            and sealed.at <= one.recorded_at <= at
        )  # fmt: skip
        key = f"sign.{number}"
        if look is None or look.recorded_at is None:
            yield Line(key, name, ("No look at it is on record.",), "§2", rule, NOT_RECORDED)
            continue
        late = look.recorded_at + every <= at
        seen = "it stood" if look.passed else "it failed"
        was = [f"Last looked at {at_moment(look.recorded_at, at)}: {seen}"]
        ago = say_duration(at - look.recorded_at)
        was.append(f"{ago} before; to be looked at within {say_duration(every)}{': overdue' if late else ''}")
        source = (f"look at a sign, {at_moment(look.recorded_at, at)}",)
        yield Line(key, name, tuple(was), "§2", rule, judged(look.passed and not late), source)


def staff(records: Records, at: datetime) -> Line:
    title = "People on duty"
    rule = (
        "Enough people are on duty, an operator and an engagement officer among them, each trained that day."
    )
    if not records.duties:
        return Line("staff", title, (NOTHING,), "§1, §2", rule, NOT_RECORDED)
    on_duty = [span for span in course.spans(records) if span.duty in DUTIES and span.covers(at)]
    counts = [span for span in on_duty if _trained(records, span)]
    was = []
    for duty in DUTIES:
        of_it = [_person(records, span, span in counts, at) for span in on_duty if span.duty is duty]
        was.append(f"{DUTY_WORDS[duty]}: {'; '.join(of_it) or 'nobody'}")
    people, minimum = len({span.actor_id for span in counts}), records.settings.minimum_staffing
    was.append(f"{people} with a certificate in force that day; at least {minimum} are needed")
    there = {span.duty for span in counts}
    enough = people >= minimum and all(duty in there for duty in deployments.NEEDED)
    source = ("duties", "roles and certificates as they were on record then")
    return Line("staff", title, tuple(was), "§1, §2", rule, judged(enough), source)


def _trained(records: Records, span: Span) -> bool:
    roles = deployments.DUTY_ROLES[span.duty]
    return any(one.user_id == span.actor_id and one.role in roles and one.trained for one in records.people)


def _person(records: Records, span: Span, counts: bool, at: datetime) -> str:
    who = records.who(span.actor_id, span.actor_label, "")
    training = "certificate in force" if counts else "no certificate in force, not counted"
    return f"{who} since {at_moment(span.on, at)}, {training}"


def notice(records: Records, at: datetime) -> Line:
    title = "Public notice"
    rule = "The notice is public for the force's days before the start, or an exception was authorised."
    content, started = course.authority_at(records, at), course.started_at(records, at)
    seen, out = course.verified_at(records, at), course.published_at(records, at)
    minimum = records.settings.notice_minimum_days
    was, source = [], []
    if out is not None:
        was.append(f"Published {at_moment(out.at, at)}")
        source.append(f"audit event {out.id}")
    if seen is None:
        was.append("That anybody from outside saw it by then is not on record.")
    else:
        since, event = seen
        was.append(f"Counted as public since {at_moment(since, at)}: {say_duration(at - since)} by then")
        source.append(f"audit event {event.id}")
    if started is None:
        return Line("notice", title, tuple(was), "§3", rule, NOT_RECORDED, tuple(source))
    urgent = content is not None and bool(content.urgent_grounds) and out is not None
    enough = seen is not None and deployments.earliest_start(seen[0], minimum) <= started.at
    was.append(f"At least {minimum} days were needed before the start, {at_moment(started.at, at)}")
    if urgent and not enough and content is not None:
        grounds = content.urgent_grounds.replace("_", " ")
        was.append(f"Less was authorised as an exception: {grounds}")
    source += logged(started)
    standing = KEPT if enough or urgent else NOT_KEPT if seen is not None else NOT_RECORDED
    return Line("notice", title, tuple(was), "§3", rule, standing, tuple(source))


def notice_away(records: Records, at: datetime) -> Line:
    title = "Notice to be read from outside"
    rule = "The public page is there; an outage is recorded against the force's tolerance."
    tolerance = timedelta(minutes=records.settings.notice_outage_tolerance_minutes)
    away = course.last(
        one for one in records.outages if one.began_at <= at and (one.ended_at is None or at < one.ended_at)
    )
    if away is None:
        known = course.verified_at(records, at) is not None
        words = "No outage is on record for this moment." if known else "Nobody from outside had seen it yet."
        return Line("notice_away", title, (words,), "§3", rule, KEPT if known else NOT_RECORDED, ("looks",))
    lasted = at - away.began_at
    source = (f"outage of the notice, {at_moment(away.began_at, at)}",)
    if not away.was_looked_at:
        words = f"Nobody had looked since {at_moment(away.began_at, at)}."
        return Line("notice_away", title, (words,), "§3", rule, NOT_RECORDED, source)
    words = f"It could not be read since {at_moment(away.began_at, at)}, for {say_duration(lasted)} by then"
    allowed = f"The force tolerates {say_duration(tolerance)}"
    return Line("notice_away", title, (words, allowed), "§3", rule, judged(lasted <= tolerance), source)


def recognition(records: Records, at: datetime) -> Line:
    title, rule = "Recognition itself", "Where it cannot see it stops, and the time is recorded as a gap."
    shards: dict[object, tuple[bool, datetime, object]] = {}
    for event in records.events:
        if event.at <= at and event.verb in ("recognition.started", "recognition.stopped"):
            going = event.verb == "recognition.started"
            shards[event.payload.get("shard")] = (going, event.at, event.id)
    names = _camera_names(records, at)
    gaps = [one for one in records.gaps if one.started_at <= at < one.ended_at]
    was = [
        f"A gap: {names.get(gap.camera_id, 'every camera') if gap.camera_id else 'every camera'}, "
        f"{at_moment(gap.started_at, at)} to {at_moment(gap.ended_at, at)}, {records.said(gap.reason)}"
        for gap in gaps
    ]
    was += [
        f"A gap without an end yet, since {at_moment(one.since, at)}: {one.reason}"
        for one in records.blind
        if one.since <= at
    ]
    source = [f"gap {gap.id}" for gap in gaps]
    running = [when for going, when, _ in shards.values() if going]
    source += [f"audit event {event_id}" for _, _, event_id in shards.values()]
    if running and not was:
        was.append(f"It ran, since {at_moment(max(running), at)}, and no gap is on record for this moment")
    elif not running:
        words = "It had ended." if shards else "That it ran is not on record."
        was.append(words)
    standing: Standing = KEPT if shards or gaps else NOT_RECORDED
    return Line("recognition", title, tuple(was), "§2", rule, standing, tuple(source))


def _camera_names(records: Records, at: datetime) -> dict[object, str]:
    content = course.authority_at(records, at)
    return {} if content is None else {one.id: records.said(one.name) for one in content.cameras}
