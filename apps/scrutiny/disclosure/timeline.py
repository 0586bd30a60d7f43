"""What happened to one alert, in order, from its audit events. No database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from uuid import UUID

from apps.core.wording import say_clock, say_date, say_role
from apps.scrutiny.disclosure.data import AlertEvent
from apps.scrutiny.exports.report import Column, Table

# What each event of an alert means to somebody who never saw the platform.
VERB_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "alert.raised": "Raised by recognition",
        "alert.shown": "Shown for the first time",
        "alert.claimed": "Taken on by somebody",
        "alert.claim_released": "Given back by them",
        "alert.face_viewed": "A picture was looked at",
        "alert.operator_match": "Operator: match",
        "alert.operator_not_a_match": "Operator: not a match",
        "alert.operator_unsure": "Operator: unsure",
        "alert.second_operator_unsure": "Second operator: unsure, so no match",
        "alert.expired": "Nobody decided in time: no stop",
        "alert.unsure_lapsed": "No second operator in time: no stop",
        "alert.engaged": "Engagement officer: engage",
        "alert.not_engaged": "Engagement officer: do not engage",
        "alert.identity_established": "Identity established by ordinary means",
        "alert.identity_contradicted": "Identity contradicted: released",
        "alert.outcome_recorded": "Outcome recorded",
        "alert.stop_recorded": "Record of the stop written",
        "alert.apparent_child": "Looked under 18",
        "alert.no_apparent_child": "Did not look under 18 after all",
        "alert.engagement_overdue": "The engagement took longer than the force's time",
        "alert.engagement_examined": "The review answered for the engagement",
        "alert.receipt_given": "A receipt was given",
        "alert.no_longer_wanted": "Taken off the list: no longer wanted",
        "alert.purged": "Picture and template deleted",
        "handover.requested": "A copy for the case was asked for",
        "handover.not_needed": "It was said that no copy is needed",
        "handover.needed_after_all": "A copy was needed after all",
        "handover.approved": "The copy was approved",
        "handover.refused": "The copy was refused",
        "handover.collected": "The copy was collected",
        "handover.acknowledged": "The case system acknowledged the copy",
    }
)
COLUMNS = (Column("When"), Column("What"), Column("By"), Column("Audit event", True))
PROOF = (Column("Ordinal", True), Column("When"), Column("What"), Column("Id and digest (SHA-256)"))
# The one code of a person in the force, without the name.
Who = Callable[[UUID | None, str, str], str]


def words_of(verb: str) -> str:
    """One without words is said as the code says it."""
    return VERB_WORDS.get(verb, verb.partition(".")[2].replace("_", " ").capitalize())


def timeline(events: Iterable[AlertEvent], who: Who) -> Table:
    rows = tuple(
        (f"{say_date(one.at)} {say_clock(one.at)}", words_of(one.verb), by(one, who), str(one.ordinal))
        for one in events
    )
    return Table("What happened, in order", COLUMNS, rows)


def by(event: AlertEvent, who: Who) -> str:
    """Role and code; the platform for itself."""
    if event.actor_id is None:
        return "the platform"
    roles = ", ".join(say_role(role.strip()) for role in event.roles.split(",") if role.strip())
    code = who(event.actor_id, "", event.rank)
    radio = ", for an officer who said it by radio" if event.by_radio else ""
    return f"{code}{f', {roles}' if roles else ''}{radio}"


def proof(events: Iterable[AlertEvent], caption: str) -> Table:
    """By which anybody finds these events in an export of the audit."""
    rows = tuple(
        (str(one.ordinal), f"{say_date(one.at)} {say_clock(one.at)}", one.verb, f"{one.id}\n{one.digest}")
        for one in events
    )
    return Table(caption, PROOF, rows)
