"""Answers 1 to 6 and 24: who allowed it, what for, why there, and how the public was told."""

from __future__ import annotations

from collections import Counter

from apps.core.wording import say_duration, say_role
from apps.deployments.data import DeploymentState, Nearby
from apps.scrutiny.answers.facts import Day, Facts, answer, gone, of, table
from apps.scrutiny.exports.report import Section

NONE = "none"


def who_authorised(facts: Facts) -> Section:
    rows = []
    for day in facts.days:
        approval, deployment = day.approval, day.deployment
        if approval is None:
            rows.append((day.reference, "", "", ""))
            continue
        before = day.row.started_at - approval.decided_at
        by = f"{say_role(approval.role)}, {facts.who(approval.actor_id, rank=approval.rank)}"
        urgent = "yes" if deployment.authority.urgent_grounds else "no"
        rows.append((day.reference, by, f"{say_duration(before)} before the start", urgent))
    return answer(
        1,
        "Who authorised it, with which rank, and how long before the start?",
        "The approval that held when recognition began.",
        *gone(facts),
        tables=[table("Approvals", "Reference|By|When|Urgent", rows)],
        source="decision log of each deployment",
    )


def objective(facts: Facts) -> Section:
    reviewed = sum(bool(day.findings) for day in facts.days)
    rows = [
        (
            day.reference,
            day.told(day.deployment.authority.policing_purpose),
            day.findings or _unreviewed(day),
        )
        for day in facts.days
    ]
    return answer(
        2,
        "What was the objective, and was it met?",
        f"Reviewed: {of(reviewed, len(facts.days))}. Whether it was met is what the review says, "
        "in its words.",
        tables=[table("Objective and review", "Reference|What it was for|What its review found", rows)],
        source="authority and review of each deployment, without names",
    )


def _unreviewed(day: Day) -> str:
    """Nobody reviews what an officer stopped: the reason of the stop stands in its record."""
    stopped = day.deployment.state is DeploymentState.REVOKED
    return "stopped by an officer, not reviewed: the record has the reason" if stopped else "not reviewed yet"


def place(facts: Facts) -> Section:
    rows = [
        (day.reference, day.row.place, day.told(day.deployment.authority.place_reason)) for day in facts.days
    ]
    return answer(
        3,
        "Why this place?",
        tables=[table("Places", "Reference|Place|Why there", rows)],
        source="authority of each deployment, without names",
    )


def less_intrusive(facts: Facts) -> Section:
    rows = [(day.reference, day.told(day.deployment.authority.less_intrusive_means)) for day in facts.days]
    return answer(
        4,
        "Which less intrusive means were rejected?",
        tables=[table("Milder means", "Reference|Considered, and why they were not enough", rows)],
        source="authority of each deployment, without names",
    )


def notice(facts: Facts) -> Section:
    report, exceptional = facts.report, facts.exceptions.summed
    rows = [
        (
            day.reference,
            "" if day.row.notice is None else f"{day.row.notice.total_seconds() / 3600:.1f}",
            "yes" if day.row.is_short else "no",
            str(day.deployment.authority.urgent_grounds).replace("_", " ") or NONE,
            sum(each.was_looked_at for each in day.outages),
            "" if day.changes is None else day.changes.versions,
            "" if day.changes is None else day.changes.corrections,
        )
        for day in facts.days
    ]
    urgent = sum(bool(day.deployment.authority.urgent_grounds) for day in facts.days)
    confirmed = ", ".join(f"{words.lower()} {number}" for words, number in exceptional.confirmations)
    return answer(
        5,
        "How many hours of public notice were there, and which exceptions?",
        f"Less than the minimum: {of(report.short, len(report.rows))}.",
        f"Begun on an urgent approval: {of(urgent, len(facts.days))}.",
        "By the day of the approval, rehearsals and what never began included, urgent approvals were "
        f"{of(exceptional.urgent, exceptional.approvals)}" + (f" ({confirmed})." if confirmed else "."),
        _changed(facts),
        tables=[
            table(
                "Notice",
                "Reference|#Hours before the start|Less than the minimum|Exception|#Outages of the page"
                "|#Versions after the first|#Corrections of results",
                rows,
            )
        ],
        source="notices and their history, looks at the public page, decision log, settings that bound each "
        "deployment",
    )


def _changed(facts: Facts) -> str:
    """What the public was told otherwise after the first version."""
    found = [day.changes for day in facts.days if day.changes is not None]
    parts: Counter[str] = Counter()
    for each in found:
        parts.update(each.parts)
    changed = ", ".join(f"{words} {number}" for words, number in parts.most_common())
    return (
        f"Versions of the notice after the first: {sum(each.versions for each in found)}."
        + (f" What changed: {changed}." if changed else "")
        + f" Corrections of published results: {sum(each.corrections for each in found)}. Results "
        f"brought up to date by the platform: {sum(each.renewed for each in found)}."
    )


def signs(facts: Facts) -> Section:
    return answer(
        6,
        "What shows that signs stood before the zone?",
        "A look counts as passed only with a located photograph, in which faces are blurred.",
        tables=[
            table(
                "Signs",
                "Reference|#Approaches|#With a photograph before the start|#Looks|#Looks that failed",
                [(day.reference, *_signs_of(day)) for day in facts.days],
            )
        ],
        source="looks at the signs, recorded on the street",
    )


def _signs_of(day: Day) -> tuple[int, int, int, int]:
    shown = {
        look.approach
        for look in day.signs
        if look.passed and look.photograph_id and look.recorded_at and look.recorded_at <= day.row.started_at
    }
    approaches = day.deployment.authority.approaches
    failed = sum(not look.passed for look in day.signs)
    return len(approaches), len(shown & set(approaches)), len(day.signs), failed


def nearness(facts: Facts) -> Section:
    rows = [
        (
            day.reference,
            ", ".join(sorted(day.deployment.authority.nearby)) or NONE,
            day.told(day.deployment.authority.nearby_measures),
        )
        for day in facts.days
        if day.deployment.authority.nearby
    ]
    near = Counter(kind for day in facts.days for kind in day.deployment.authority.nearby)
    kinds = [(kind.value, near[kind.value]) for kind in Nearby]
    return answer(
        24,
        "Was it near a protest, a place of worship, a school or health premises?",
        f"Near one of these: {of(len(rows), len(facts.days))}.",
        tables=[
            table("By kind", "Near|#Deployments", kinds if rows else []),
            table("Each of them", "Reference|Near|What was done about it", rows),
        ],
        source="authority of each deployment",
    )
