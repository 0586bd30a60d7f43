"""What the page of the record says in words: what was done, and the details of an event."""

from __future__ import annotations

from typing import Any

from apps.audit import api as audit
from apps.core.wording import say_list

# Where the code alone, written as words, would not say it.
VERB_WORDS = {
    "alert.face_viewed": "Face of an alert looked at",
    "alert.shown": "Alert shown on a screen",
    "alert.operator_match": "Operator: match",
    "alert.operator_not_a_match": "Operator: not a match",
    "alert.operator_unsure": "Operator: unsure",
    "alert.second_operator_unsure": "Second operator: unsure",
    "alert.unsure_lapsed": "Alert expired with an operator unsure",
    "audit.content_erased": "Content of old events erased",
    "breach.ico_told": "Commissioner told of a breach",
    "breach.ico_not_told": "Commissioner not told of a breach, with reasons",
    "deployment.live": "Recognition started",
    "deployment.voided": "Approval voided by a wider plan",
    "deployment.revoked": "Approval taken back",
    "deployment.list_accepted": "Sealed list accepted",
    "identity.confirmed": "Confirmed who they are",
    "ops.trace_checked": "Looked for traces",
    "ops.backed_up": "Backup of the database made",
    "ops.restored": "Database restored from a backup",
    "people.exported": "People of a date downloaded",
    "person.left": "Person left the force",
    "role.asked": "Role asked for",
    "role.asleep": "Role sleeps after a one-time link",
    "role.taken_back": "Role no longer asked for",
    "certificate.asked": "Certificate recorded, to be confirmed",
    "certificate.taken_back": "Certificate taken back",
    "alert.log_deleted": "Decision log of a deployment deleted",
    "assessment.deleted": "Assessment deleted",
    "deployment.record_deleted": "Record of a deployment deleted",
    "person.deleted": "Somebody who left deleted by the schedule",
    "settings.names_deleted": "Who wrote old settings deleted by the schedule",
    "watchlist.consent_deleted": "Consent to the Blue List deleted by the schedule",
    "retention.alarm_raised": "A deletion would fail at its time",
    "retention.alarm_overdue": "A deletion is overdue",
    "retention.alarm_ended": "A deletion that would have failed would go through again",
    "retention.certified": "Deletion certified",
    "retention.not_verified": "Deletion not verified",
    "scrutiny.names_removed": "Names taken out of a record",
    "scrutiny.record_exported": "Record of a deployment downloaded",
    "scrutiny.in_force_exported": "What was in force at a moment downloaded",
    "scrutiny.disclosed": "Disclosure pack made",
    "scrutiny.disclosure_exported": "Disclosure pack downloaded",
    "session.ended": "Sign-in ended",
    "sign_in.failed": "Sign-in failed",
    "sign_on.configured": "Single sign-on set up",
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "watchlist.entries_viewed": "Entries of a list looked at",
    "watchlist.register_asked": "Membership register asked about a reference",
    "watchlist.register_deleted": "Entries of the membership register deleted",
    "watchlist.staged_picture_viewed": "Picture of a list looked at",
}
WORDS = {True: "yes", False: "no", None: "none"}


def verb_words(verb: str) -> str:
    return VERB_WORDS.get(verb) or verb.replace(".", " ").replace("_", " ").capitalize()


def details(payload: Any) -> list[tuple[str, str]]:
    """(what, value in words) of each part of an event's payload."""
    return [(_label(key), _say(value)) for key, value in payload.items()] if payload else []


def _label(key: str) -> str:
    return str(key).replace("_", " ").capitalize()


def _say(value: Any) -> str:
    match value:
        case bool() | None:
            return WORDS[value]
        case dict():
            return (
                "; ".join(f"{str(key).replace('_', ' ')}: {_say(part)}" for key, part in value.items())
                or "none"
            )
        case list():
            return say_list([_say(part) for part in value]) if value else "none"
    # A number is said as it is written in the record: it may be a year or part of a reference.
    return str(value)


def no_such_person(code: str) -> str:
    """Why a code finds nobody; empty for one that does. Needs a force context."""
    if audit.PSEUDONYM.fullmatch(code.strip()) is None:
        return "Type the code beside a role, for example P-67E162CD. Names cannot be searched."
    if not audit.people_behind(code):
        return "Nobody in this record has that code. Compare it with the one beside the role."
    return ""
