"""Who may ask for a copy, approve, collect and acknowledge it. Nothing here reads the database or a clock.

Whoever asks and whoever approves are two people, and the one who approves took no part in the alert. Neither
of them sees a face by it: what they collect opens with the recipient's key only.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.alerts import policies
from apps.alerts.data import UNDECIDED, AlertData, Outcome
from apps.alerts.handover.data import Ground, HandOverData, Kind
from apps.alerts.policies import Case, PictureGone
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.text import check_prose
from apps.core.twins import twin
from apps.core.wording import say_moment

REQUESTERS = frozenset({Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER, Role.PLANNER})
APPROVERS = frozenset({Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER})
TAKE_PART = REQUESTERS | APPROVERS
SHORTEST_REASON = 10
LONGEST_REASON = 1000
SHORTEST_REFERENCE = 3
LONGEST_REFERENCE = 80


def check_take_part(actor: Actor) -> None:
    if not actor.has(*TAKE_PART):
        raise NotPermitted("copies are for engagement officers, commanders, planners and approving officers")


def check_may_request(case: Case, *, kind: Kind, actor: Actor, now: datetime) -> None:
    """Whether a copy of this kind could be asked for at all. Raises PictureGone after the deadline."""
    policies.person(actor)
    if not actor.has(*REQUESTERS):
        raise NotPermitted("an engagement officer, the silver commander or a planner asks for a copy")
    _check_there(case.alert, now)
    # Whether it was shown to test operators may not be told before it is decided.
    if case.alert.state in UNDECIDED and now < case.alert.expires_at:
        raise RuleViolated(["People still decide on this alert. A copy can be asked for afterwards."])
    if case.alert.decoy:
        raise RuleViolated(["This alert showed operators a picture of a volunteer: nobody was seen."])
    if kind is Kind.EVIDENTIAL and Outcome.ARREST not in case.outcomes:
        raise RuleViolated(
            ["No arrest is recorded on this alert: there is nothing to hand over as evidence."]
        )


def check_request(
    case: Case,
    *,
    kind: Kind,
    ground: Ground | None,
    complaint_reference: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    check_may_request(case, kind=kind, actor=actor, now=now)
    reasons = []
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        reasons.append(f"Write why, in {SHORTEST_REASON} to {LONGEST_REASON} characters.")
    if kind is Kind.RESTRICTION and ground is None:
        reasons.append("Say who asked for it.")
    if ground is Ground.COMPLAINT:
        reasons += _reference_problems(complaint_reference, "the force's own reference of the complaint")
    elif complaint_reference.strip():
        reasons.append("A reference of a complaint is given with a complaint only.")
    if reasons:
        raise RuleViolated(reasons)
    check_prose(reason=reason, complaint_reference=complaint_reference)


def check_decide(found: HandOverData, *, took_part: Collection[UUID], actor: Actor, now: datetime) -> None:
    """`took_part`: who decided on the alert, recorded its outcome or entered either for another."""
    me = policies.person(actor)
    if not actor.has(*APPROVERS):
        raise NotPermitted("an authorising officer or the silver commander approves a copy")
    if me == found.requested_by_id:
        raise NotPermitted("You asked for this copy: somebody else approves it.", code="same_person")
    if me in took_part:
        raise NotPermitted(
            "You decided on this alert or recorded what came of it: somebody else approves its copy.",
            code="same_person",
        )
    if found.approved is not None:
        raise RuleViolated(["This request was decided already."])


def check_approve(found: HandOverData, *, took_part: Collection[UUID], actor: Actor, now: datetime) -> None:
    check_decide(found, took_part=took_part, actor=actor, now=now)
    _check_still_there(found, now)
    check_reauthenticated(actor)


def check_refuse(
    found: HandOverData, *, took_part: Collection[UUID], words: str, actor: Actor, now: datetime
) -> None:
    check_decide(found, took_part=took_part, actor=actor, now=now)
    if not SHORTEST_REASON <= len(words.strip()) <= LONGEST_REASON:
        raise RuleViolated([f"Write why not, in {SHORTEST_REASON} to {LONGEST_REASON} characters."])
    check_prose(why_not=words)


def check_collect(found: HandOverData, *, actor: Actor, now: datetime) -> None:
    """Whoever asked for it or approved it, while they hold a role here. Raises PictureGone."""
    me = policies.person(actor)
    check_take_part(actor)
    if me not in {found.requested_by_id, found.decided_by_id}:
        raise NotPermitted("whoever asked for a copy or approved it collects it")
    if not found.approved:
        raise RuleViolated(["This copy is not approved."])
    _check_still_there(found, now)


def check_may_acknowledge(found: HandOverData, *, actor: Actor) -> None:
    """Also after the deletion: what was collected in time may arrive later."""
    policies.person(actor)
    check_take_part(actor)
    if not found.collections:
        raise RuleViolated(["Nobody has collected this copy, so that it cannot have arrived."])
    if found.acknowledged_at is not None:
        raise RuleViolated(["It is handed over already."])


def check_acknowledge(found: HandOverData, *, reference: str, actor: Actor) -> None:
    check_may_acknowledge(found, actor=actor)
    if problems := _reference_problems(reference, "the reference under which it arrived"):
        raise RuleViolated(problems)
    check_prose(reference=reference)


def _reference_problems(text: str, what: str) -> list[str]:
    if SHORTEST_REFERENCE <= len(text.strip()) <= LONGEST_REFERENCE:
        return []
    return [f"Write {what}, in {SHORTEST_REFERENCE} to {LONGEST_REFERENCE} characters."]


def _check_there(alert: AlertData, now: datetime) -> None:
    if policies.pictures_gone(alert, now):
        raise PictureGone(deleted_words(alert.purged_at or alert.purge_due_at))


def _check_still_there(found: HandOverData, now: datetime) -> None:
    if found.gone(now):
        never = "" if found.collections else " It was deleted before it was collected."
        raise PictureGone(f"{deleted_words(found.deleted_at or found.deletes_at)}{never}")


def deleted_words(at: datetime) -> str:
    return f"The picture of this alert was deleted at its time, {say_moment(at)}, and no copy can be made."


can_request = twin(check_may_request)
can_decide = twin(check_decide)
can_collect = twin(check_collect)
can_acknowledge = twin(check_may_acknowledge)
