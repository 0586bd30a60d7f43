"""Answers 11 to 15: with what it searched, how often it was wrong, and how people decided."""

from __future__ import annotations

from collections import Counter

from apps.alerts.api import Deciding, Rate, Spread
from apps.core.wording import say_list
from apps.scrutiny.answers.facts import (
    LOST,
    NOT_RECORDED,
    Facts,
    answer,
    at_least,
    gone,
    is_lost,
    of,
    table,
)
from apps.scrutiny.exports.report import Section
from apps.scrutiny.queries import true_recognition

CORRECTION = "By how much broken tracks inflate the number of tracks is not recorded."


def model(facts: Facts) -> Section:
    rows = Counter(
        (
            day.deployment.authority.pack_id,
            (day.listed.pack_version if day.listed else "") or NOT_RECORDED,
            f"{day.row.threshold:.4g}",
        )
        for day in facts.days
    )
    return answer(
        11,
        "Which model and version searched, at which threshold, and on which evidence?",
        "A threshold is a cosine similarity and means something for one version of one pack only. It "
        "cannot be changed while a deployment runs. An operation starts only where the recorded evidence "
        "of the pack supports one false alert in a thousand at that threshold and size of the list, in "
        "every group.",
        tables=[
            table(
                "Packs",
                "Pack|Version|#Threshold|#Deployments",
                [(*key, number) for key, number in rows.most_common()],
            )
        ],
        source="authority and sealed list of each deployment",
    )


def false_alerts(facts: Facts) -> Section:
    report = facts.report
    counts = report.summed
    rows = [
        # Where nobody counted, it is not nought.
        ("Faces seen, in tracks", f"{report.tracks:,}" if report.uncounted < len(report.rows) else ""),
        ("Deployments whose tracks nobody counted", report.uncounted),
        ("Alerts", at_least(facts, counts.alerts)),
        ("Rejected by the operator", at_least(facts, counts.operator_rejected)),
        ("Confirmed true", at_least(facts, counts.confirmed_true)),
        ("Confirmed false", at_least(facts, counts.confirmed_false)),
        ("Unresolved", at_least(facts, counts.unresolved)),
    ]
    of_tracks = report.false.of_tracks
    return answer(
        12,
        "How many faces and alerts were there, how many were false, and how many volunteers were recognised?",
        f"False, of alerts whose result is known: {report.false.of_alerts.words}.",
        "" if is_lost(facts, counts.alerts) else report.left_out,
        *gone(facts),
        f"False, of tracks: {of_tracks.words if of_tracks else 'not known'}. {CORRECTION}",
        recognition_words(facts),
        tables=[table("Numbers", "What|#Number", rows)],
        source="decision log and counters of recognition, summed as on the page of deployments over a time",
    )


def recognition_words(facts: Facts) -> str:
    """True recognition over the time, of the deployments on which passes were counted."""
    known = (
        true_recognition(day.deployment, day.row.alerts, day.passes) for day in facts.days if day.log_kept
    )
    found = [each.rate for each in known if each.rate is not None]
    if not found:
        return f"True recognition of volunteers: {NOT_RECORDED}; nobody counted their passes."
    rate = Rate(sum(each.numerator for each in found), sum(each.denominator for each in found))
    return f"True recognition of volunteers on {len(found)} deployments: {rate.words} of passes."


def groups(facts: Facts) -> Section:
    tables = [
        table(f"{each.title} ({each.deployments} deployments so far)", "Group|#People spoken to", each.rows)
        for each in facts.groups
    ]
    return answer(
        13,
        "How were alerts and engagements spread over ethnicity, sex and age?",
        "Of everybody an officer spoke to since the first deployment, not of this time: tables of single "
        "deployments or times could be subtracted until one person is left (ADR 21). Nobody who passed by is "
        "ever classified, and of alerts on which no officer spoke to anybody there is no such record.",
        _not_told(facts),
        tables=tables,
        source="what officers recorded of people they spoke to, in the tables that were told so far",
    )


def _not_told(facts: Facts) -> str:
    without = [each.title.partition(",")[0] for each in facts.groups if not each.rows]
    return f"{say_list(without)}. {facts.groups[0].why_not}" if without else ""


def deciding(facts: Facts) -> Section:
    found = facts.deciding
    times = [("Operator", *_times(found.operator)), ("Engagement officer", *_times(found.officer))]
    people = [(facts.who(each.person_id), each.step.value, each.decisions, each.yes) for each in found.people]
    return answer(
        14,
        "How long did decisions take, and how often did the second person see it otherwise?",
        *(() if is_lost(facts, found.matches) else _between_two(found)),
        "Acceptance is told by person so that a reader can ask; nobody is ranked by it. What was said by "
        "radio has the time at which it was written down.",
        *gone(facts),
        tables=[
            table(
                "Seconds to decide",
                "Step|#Decisions|#Median|#Nine of ten within|#Longest",
                times,
            ),
            table("Acceptance", "Who|Step|#Decisions|#Said yes", people),
        ],
        source="decision log of alerts",
    )


def _between_two(found: Deciding) -> tuple[str, str]:
    return (
        f"Of {found.matches} alerts that an operator called a match, the officer did not engage on "
        f"{found.not_engaged}, {found.ran_out} ran out or wait without the officer's decision, and "
        f"{found.contradicted} turned out to be somebody else.",
        f"An operator was unsure of {found.unsure}; a second one decided {found.second_operator} of them.",
    )


def _times(spread: Spread) -> tuple[object, ...]:
    if not spread.number:
        return (0, "", "", "")
    return (
        spread.number,
        *(f"{each or 0:.1f}" for each in (spread.median_s, spread.ninth_s, spread.longest_s)),
    )


def false_engagements(facts: Facts) -> Section:
    spoken_to = facts.report.summed.engagements
    rows = [
        (
            day.reference,
            each.number,
            each.seconds,
            each.power,
            _said(each.searched),
            _said(each.force_used),
            "yes" if each.child else "no",
            "yes" if each.examined else "no",
        )
        for day in facts.days
        for each in day.engaged.false
    ]
    columns = "Reference|#Alert|#Seconds|Power|Searched|Force used|Looked under 18|Answered for in the review"
    return answer(
        15,
        "What happened at each false engagement?",
        *gone(facts),
        "People spoken to who were somebody else: "
        + (LOST if is_lost(facts, spoken_to) else f"{of(len(rows), spoken_to)} engagements")
        + ".",
        tables=[table("Each of them", columns, rows)],
        source="records of stops",
    )


def _said(value: bool | None) -> str:
    return NOT_RECORDED if value is None else "yes" if value else "no"
