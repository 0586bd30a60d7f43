"""Answers 18 to 20 and 22: what was deleted, who looked, what failed, and whether people were trained."""

from __future__ import annotations

from collections import Counter

from apps.deployments.data import Duty
from apps.scrutiny.answers.facts import LOOKED_UP, Facts, answer, of, table
from apps.scrutiny.data import covered_seconds
from apps.scrutiny.exports.report import Section


def deletion(facts: Facts) -> Section:
    kept = facts.report.deletions
    late = sum(each.late + each.overdue for each in kept)
    return answer(
        18,
        "What proves that everything was deleted, for each kind of data, and how late?",
        f"Deleted late, or overdue now: {of(late, late + sum(each.done for each in kept))} that were due.",
        "Each deletion has a certificate in the audit record: counts, due, started, finished, how it was "
        "verified, and a hash. The record of a deployment lists its own.",
        tables=[
            table(
                "By kind of data",
                "Kind|#In all|#In time|#Late|#Not yet due|#Overdue",
                [(each.title, each.due, each.done, each.late, each.waiting, each.overdue) for each in kept],
            )
        ],
        source="deletion certificates in the audit record, and the deadlines of what is still there",
    )


def access(facts: Facts) -> Section:
    rows = [(LOOKED_UP[verb], *facts.used[verb]) for verb in LOOKED_UP if verb in facts.used]
    return answer(
        19,
        "Did anybody look who should not have, and was anything shared with another force?",
        "Every look at a face and at a list is in the audit record. How often the same person did it most is "
        "told so that a reader can ask; what is unusual is for people to judge.",
        "Rows of one force cannot be read in another: the database itself holds that wall. What left is "
        "counted here, and what programs of the force read by its tokens is in the audit record.",
        tables=[table("In this time", "What|#How often|#By how many people|#Most by one of them", rows)],
        source="audit record, of all that happened in this time and not only of these deployments",
    )


def outages(facts: Facts) -> Section:
    reasons: Counter[str] = Counter()
    rows, lasting = [], []
    for day in facts.days:
        spans = [(gap.started_at, gap.ended_at) for gap in day.gaps]
        reasons.update(day.told(gap.reason) for gap in day.gaps)
        away = [each for each in day.outages if each.was_looked_at]
        if spans or day.outages:
            minutes = f"{covered_seconds(spans) / 60:.1f}"
            rows.append((day.reference, len(spans), minutes, len(away), len(day.outages) - len(away)))
        if day.silent is not None:
            number, since = day.silent
            lasting.append((day.reference, number, since, f"{(facts.now - since).total_seconds() / 60:.1f}"))
    return answer(
        20,
        "What failed, and for how many minutes?",
        f"At least one camera without recognition: {_span(facts.report.blind_s)} in all.",
        "A camera that is silent still is in no gap yet: not ended yet are those of the last table."
        if lasting
        else "",
        tables=[
            table(
                "By deployment",
                "Reference|#Gaps of recognition|#Minutes|#Outages of the notice|#Times nobody looked at it",
                rows,
            ),
            table("Gaps by reason", "Reason|#Gaps", reasons.most_common(20)),
            table(
                "Silent, and not ended yet", "Reference|#Cameras|The first since|#Minutes until now", lasting
            ),
        ],
        source="gaps that recognition recorded, and looks at the public page from outside",
    )


def _span(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def training(facts: Facts) -> Section:
    duties: Counter[Duty] = Counter()
    people: dict[Duty, set[object]] = {}
    for day in facts.days:
        for each in day.duties:
            duties[each.duty] += 1
            people.setdefault(each.duty, set()).add(each.actor_id)
    return answer(
        22,
        "Were the people trained?",
        "Nobody takes a duty of the day, approves or accepts a list without a certificate for that role in "
        "force on every day of the window; who loses it on duty no longer counts for minimum staffing. "
        "Planning needs none.",
        tables=[
            table(
                "Duties in this time",
                "Duty|#On deployments|#People",
                [(duty.value, number, len(people[duty])) for duty, number in duties.most_common()],
            )
        ],
        source="duties of each deployment; the rule is enforced where a duty is taken",
    )
