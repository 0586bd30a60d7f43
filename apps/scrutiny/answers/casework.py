"""Answers 16, 17, 21, 23 and 25: what came of it afterwards, as people recorded it. What nobody recorded is
said to be not recorded, and never nought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from apps.casework import api as casework
from apps.casework.api import CaseworkSummary
from apps.casework.data import BreachCounts, ComplaintCounts, HoursRole, RequestCounts
from apps.core.clock import london
from apps.oversight.data import MatterData
from apps.scrutiny.answers.facts import NOT_RECORDED, Facts, answer, gone, of, say_day, table
from apps.scrutiny.exports.report import Section, Table


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
        f"Arrests: {total}. For an offence that the deployment was for: "
        f"{sum(each.on_purpose for each in found)}; for another: {sum(each.off_purpose for each in found)}; "
        f"{NOT_RECORDED}: {without}.",
        _handed_over(facts),
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
        f"{avoided}; {NOT_RECORDED} of {of(unknown, spoken_to)} engagements. Avoiding the area is no ground "
        "for a stop.",
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
    cases = facts.cases
    return answer(
        21,
        "Which complaints and breaches were there?",
        f"Complaints: {_number(cases.complaints)}.",
        f"Breaches: {_number(cases.breaches)}{_lateness(cases.breaches)}.",
        f"Requests for data and information: {_number(cases.requests)}{_answered(cases.requests)}.",
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


def _number(counts: ComplaintCounts | BreachCounts | RequestCounts) -> str:
    if not counts.recorded:
        return NOT_RECORDED
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
    alerts = sum(day.row.alerts.alerts for day in both)
    arrests = sum(day.row.alerts.arrests for day in both)
    rows = [(casework.HOURS_LABELS[role], f"{by_role[role]:f}") for role in HoursRole if role in by_role]
    return answer(
        23,
        "What did it cost, and how many officer hours, for each outcome?",
        f"Hours are recorded of {of(len(known), len(facts.days))} deployments"
        + (f", {total:f} in all; cost: {cost}." if known else "."),
        f"For each alert {_each(spent, alerts)}, for each arrest {_each(spent, arrests)}." if both else "",
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


def _each(total: Decimal, number: int) -> str:
    return f"{total / number:.1f} hours" if number else "none to count by"


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
