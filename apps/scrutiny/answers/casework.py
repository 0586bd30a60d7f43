"""Answers 16, 17, 21, 23 and 25: what came of it afterwards, as people recorded it. What nobody recorded is
said to be not recorded, and never nought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.casework import api as casework
from apps.casework.api import CaseworkSummary, Gone
from apps.casework.data import BreachCounts, CaseKind, ComplaintCounts, HoursRole, RequestCounts
from apps.core.clock import london
from apps.core.wording import say_day, say_list
from apps.oversight.data import MatterData
from apps.scrutiny.answers.facts import (
    LOST,
    NOT_RECORDED,
    Day,
    Facts,
    answer,
    at_least,
    gone,
    is_lost,
    of,
    table,
)
from apps.scrutiny.exports.report import Section, Table

GONE_WORDS: Mapping[CaseKind, str] = {
    CaseKind.COMPLAINT: "complaints",
    CaseKind.BREACH: "breaches",
    CaseKind.REQUEST: "requests",
}


def arrests(facts: Facts) -> Section:
    found = [facts.casework[day.deployment.id].arrests for day in facts.days]
    results: Counter[str] = Counter()
    offences: Counter[str] = Counter()
    for each in found:
        results.update({casework.RESULT_LABELS[name]: number for name, number in each.by_result.items()})
        offences.update({casework.OFFENCE_LABELS[name]: number for name, number in each.by_offence.items()})
    total, without = sum(each.total for each in found), sum(len(each.without) for each in found)
    if without:
        results[f"Result {NOT_RECORDED}"] = without
    return answer(
        16,
        "How many arrests were there, for how serious offences, and did they serve the purpose?",
        f"Arrests: {at_least(facts, total)}.",
        ""
        if is_lost(facts, total)
        else f"For an offence that the deployment was for: {sum(each.on_purpose for each in found)}; for "
        f"another: {sum(each.off_purpose for each in found)}; {NOT_RECORDED}: {without}.",
        _handed_over(facts),
        _gone_of(facts, facts.casework_gone.results_of, "results of arrests"),
        *gone(facts),
        tables=[
            table("What came of the arrests", "Result|#Arrests", results.most_common() if total else ()),
            table("By offence, the most serious first", "Offence|#Arrests", _ordered(offences)),
        ],
        source="outcomes of alerts, and what the force recorded of each arrest afterwards",
    )


def _handed_over(facts: Facts) -> str:
    counts = facts.handed_over.values()
    arrests = sum(each.arrests for each in counts)
    if not arrests:
        return ""
    left = sum(each.unconfirmed for each in counts)
    collected = f"of {left} it was collected and not acknowledged; " if left else ""
    spared = sum(each.not_needed for each in counts)
    not_needed = f"of {spared} an officer said that no copy was needed; " if spared else ""
    return (
        f"Of {arrests} arrests, evidence was handed over to the case system within the hour of "
        f"{sum(each.in_the_hour for each in counts)} and later of "
        f"{sum(each.later for each in counts)}; {collected}{not_needed}of "
        f"{sum(each.never for each in counts)} it never was, and of {sum(each.not_yet for each in counts)} "
        "it still can be."
    )


def _ordered(offences: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(words, offences[words]) for words in casework.OFFENCE_LABELS.values() if offences.get(words)]


def off_purpose(facts: Facts) -> Section:
    rows = []
    for day in facts.days:
        found, engaged = facts.casework[day.deployment.id].arrests, day.engaged
        if found.off_purpose or engaged.avoided or engaged.no_power:
            rows.append((day.reference, found.off_purpose, engaged.avoided, engaged.no_power, engaged.stops))
    avoided = sum(day.engaged.avoided for day in facts.days)
    unknown = sum(day.engaged.avoided_unknown for day in facts.days)
    spoken_to = facts.report.summed.engagements
    return answer(
        17,
        "What did it lead to that it was not for, and was anybody stopped for avoiding it?",
        "People spoken to who had covered their face, turned round or gone another way: "
        + (
            LOST
            if is_lost(facts, spoken_to)
            else f"{avoided}; {NOT_RECORDED} of {of(unknown, spoken_to)} engagements"
        )
        + ". Avoiding the area is no ground for a stop.",
        *gone(facts),
        tables=[
            table(
                "By deployment",
                "Reference|#Arrests off purpose|#Had avoided it|#Spoken to without a power|#Stops",
                rows,
            )
        ],
        source="records of stops, and what the force recorded of each arrest afterwards",
    )


def complaints(facts: Facts) -> Section:
    cases, lost = facts.cases, facts.casework_gone
    gone_ones = {*lost.cases, *lost.statements}
    return answer(
        21,
        "Which complaints and breaches were there?",
        f"Complaints: {_number(cases.complaints, CaseKind.COMPLAINT in gone_ones)}.",
        f"Breaches: {_number(cases.breaches, CaseKind.BREACH in gone_ones)}{_lateness(cases.breaches)}.",
        f"Requests for data and information: {_number(cases.requests, CaseKind.REQUEST in gone_ones)}"
        f"{_answered(cases.requests)}.",
        _cases_gone(lost),
        tables=[
            _by("Complaints by state", "State", cases.complaints.by_state, casework.COMPLAINT_STATE_LABELS),
            _by(
                "Complaints by what they are about", "About", cases.complaints.by_about, casework.ABOUT_LABELS
            ),
            _by("Breaches by kind", "Kind", cases.breaches.by_kind, casework.BREACH_LABELS),
            _by("Requests by kind", "Kind", cases.requests.by_kind, casework.REQUEST_LABELS),
        ],
        source="cases that came in during this time, also those about no one deployment",
    )


def _cases_gone(found: Gone) -> str:
    """What the years of the schedule took: it came in, or was said, and is in no number."""
    cases = [f"{number} {GONE_WORDS[kind]}" for kind, number in found.cases.items()]
    said = [f"{say_list(cases)} that came in during this time"] if cases else []
    said += [
        f"statements that there were no {GONE_WORDS[kind]}: {number}"
        for kind, number in found.statements.items()
    ]
    return f"Deleted by the schedule, and in no number here: {'; '.join(said)}." if said else ""


def _gone_of(facts: Facts, ids: Collection[UUID], what: str) -> str:
    number = sum(day.deployment.id in ids for day in facts.days)
    return f"Of {of(number, len(facts.days))} deployments the schedule has deleted {what}." if number else ""


def _number(counts: ComplaintCounts | BreachCounts | RequestCounts, some_gone: bool) -> str:
    if not counts.recorded:
        return "none that is still here" if some_gone else NOT_RECORDED
    if counts.total or counts.stated_none_at is None:
        return str(counts.total)
    return f"none, as somebody stated on {say_day(london(counts.stated_none_at).date())}"


def _lateness(found: BreachCounts) -> str:
    if not found.total:
        return ""
    lowered = found.was_overdue
    before = f"; of {lowered} the risk was lowered only when it was overdue" if lowered else ""
    return (
        f"; the Information Commissioner was told of {found.told_in_time} within 72 hours, of "
        f"{found.told_late} later, of {found.not_told} with written reasons not, and "
        f"{found.overdue} are overdue{before}"
    )


def _answered(found: RequestCounts) -> str:
    return f"; answered late {found.late}, overdue {found.overdue}" if found.total else ""


def _by(caption: str, title: str, counts: Mapping[Any, int], labels: Mapping[Any, str]) -> Table:
    rows = [(labels[name], counts[name]) for name in labels if counts.get(name)]
    return table(caption, f"{title}|#Number", rows)


def hours(facts: Facts) -> Section:
    known = [each for each in facts.casework.values() if each.hours is not None]
    # Only where both are on record: hours of a day whose alerts are deleted belong to no alert of another.
    both = [day for day in facts.days if day.log_kept and facts.casework[day.deployment.id].hours]
    by_role: dict[HoursRole, Decimal] = {}
    for each in known:
        for line in each.hours.lines if each.hours else ():
            by_role[line.role] = by_role.get(line.role, Decimal()) + line.hours
    total, cost = sum(by_role.values(), Decimal()), _cost(known)
    spent = sum((_hours(facts.casework[day.deployment.id]) for day in both), Decimal())
    rows = [(casework.HOURS_LABELS[role], f"{by_role[role]:f}") for role in HoursRole if role in by_role]
    return answer(
        23,
        "What did it cost, and how many officer hours, for each outcome?",
        f"Hours are recorded of {of(len(known), len(facts.days))} deployments"
        + (f", {total:f} in all; cost: {cost}." if known else "."),
        f"{_for_each(both, spent, '{:.1f} hours')}." if both else "",
        _cost_for_each(facts, both),
        _gone_of(facts, facts.casework_gone.hours_of, "hours and cost"),
        *gone(facts),
        tables=[table("Hours by role", "Role|#Hours", rows)],
        source="hours and cost that people of the force recorded after each deployment",
    )


def _hours(each: CaseworkSummary) -> Decimal:
    return each.hours.hours if each.hours is not None else Decimal()


def _cost(known: Iterable[CaseworkSummary]) -> str:
    found = [each.hours for each in known if each.hours is not None and each.hours.cost is not None]
    if not found:
        return NOT_RECORDED
    lines, costed = sum(len(each.lines) for each in found), sum(each.costed for each in found)
    pounds = sum((each.cost or Decimal() for each in found), Decimal())
    return f"£{pounds:,.2f}, of {of(costed, lines)} lines of {len(found)} deployments"


def _cost_for_each(facts: Facts, days: Iterable[Day]) -> str:
    """Only of deployments that have both a cost and their alerts on record."""
    found = [(day, facts.casework[day.deployment.id].hours) for day in days]
    known = [(day, hours) for day, hours in found if hours is not None and hours.cost is not None]
    if not known:
        return f"Cost for each outcome: {NOT_RECORDED}."
    cost = sum((hours.cost or Decimal() for _, hours in known), Decimal())
    without = sum(len(hours.lines) - hours.costed for _, hours in known)
    part = f"; lines without a cost: {without}" if without else ""
    return f"Cost: {_for_each((day for day, _ in known), cost, '£{:,.2f}').lower()}{part}."


def _for_each(days: Iterable[Day], total: Decimal, words: str) -> str:
    """`total`, for each alert and each outcome of these days."""
    found = [day.row.alerts for day in days]
    numbers = {
        "alert": sum(each.alerts for each in found),
        "true alert": sum(each.confirmed_true for each in found),
        "arrest": sum(each.arrests for each in found),
    }
    each = (
        f"each {name} {words.format(total / number) if number else 'none to count by'}"
        for name, number in numbers.items()
    )
    return "For " + ", for ".join(each)


def recommendations(facts: Facts) -> Section:
    asked = [each for each in facts.matters if each.kind == "question"]
    made = [each for each in facts.matters if each.kind == "recommendation"]
    today = london(facts.now).date()
    return answer(
        25,
        "What became of earlier recommendations?",
        f"Recommendations that are open, or about this time: {len(made)}. "
        f"Late: {sum(each.is_late(today) for each in made)}.",
        f"Questions: {len(asked)}, without an answer {sum(each.waits_for_force for each in asked)}.",
        tables=[
            table(
                "Recommendations",
                "Number|Recommendation|Reply|State|Due",
                [_row(facts, each) for each in made],
            ),
            table("Questions", "Number|Question|Reply|State|Due", [_row(facts, each) for each in asked]),
        ],
        source="what the oversight body wrote, and the force's replies, in their own words",
    )


def _row(facts: Facts, each: MatterData) -> tuple[object, ...]:
    reply = facts.told(each.reply) or "no reply yet"
    return (each.number, facts.told(each.text), reply, each.state_words, say_day(each.due_on))
