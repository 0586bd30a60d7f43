"""Who may record what of an engagement, and what can be true of it. Nothing here reads the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from apps.alerts import policies
from apps.alerts.data import AlertState, DecisionData, EngagementDecision
from apps.alerts.engagement_data import EngagementData, ForceKind, Power, SearchPower, StopRecord
from apps.alerts.policies import Case
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.text import prose_problems
from apps.core.twins import twin
from apps.core.wording import say_clock
from apps.deployments.data import Duty, DutyData

SHORTEST_OTHER = 4
LONGEST_TEXT = 120
SHORTEST_EXAMINED = 20
# Who writes down what an officer said by radio. It is nobody's decision but the officer's.
BY_RADIO = frozenset({Role.OPERATOR, Role.SILVER_COMMANDER})
REVIEWERS = frozenset({Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER})


def check_record(case: Case, *, actor: Actor) -> None:
    """As for a release: an engagement officer, whenever the engagement was, before and after its outcome."""
    policies.check_contradict(case, actor=actor)


def check_child(case: Case, *, actor: Actor) -> None:
    check_record(case, actor=actor)


def check_receipt(case: Case, *, actor: Actor) -> None:
    """Whoever was spoken to gets one, stop or not, and most of all who was released."""
    check_record(case, actor=actor)


def check_stop(
    record: StopRecord, *, earliest: datetime, now: datetime, released_at: datetime | None = None
) -> None:
    """What cannot be true, or says nothing. That force was used or somebody searched without a power is true
    where it happened: it is written down, and the review has to answer for it."""
    reasons = [*_times(record, earliest, now), *_others(record)]
    if released_at and record.started_at and record.started_at > released_at:
        reasons.append("The person was released before that: no stop on this alert begins after it.")
    if record.searched and record.search_power is None:
        reasons.append("Say by which power the person was searched, or that there was none.")
    if record.force_used and not record.force_kinds:
        reasons.append("Say what kind of force was used.")
    reasons += prose_problems(
        [
            ("Which power", record.power_other),
            ("Which power of the search", record.search_other),
            ("Which kind of force", record.force_other),
            ("Body-worn video", record.body_worn),
        ]
    )
    if reasons:
        raise RuleViolated(reasons)


def _times(record: StopRecord, earliest: datetime, now: datetime) -> list[str]:
    reasons = []
    if record.started_at and record.power is None:
        reasons.append("Say by which power the person was stopped, or that there was none.")
    if record.started_at and not earliest <= record.started_at <= now:
        reasons.append("A stop begins after the alert, and not in the future.")
    if record.ended_at and record.started_at is None:
        reasons.append("Say when the stop began.")
    elif record.ended_at and record.started_at and not record.started_at <= record.ended_at <= now:
        reasons.append("A stop ends after it began, and not in the future.")
    return reasons


def _others(record: StopRecord) -> list[str]:
    asked = (
        (record.power is Power.OTHER, record.power_other, "Say which other power it was."),
        (record.search_power is SearchPower.OTHER, record.search_other, "Say which other power of search."),
        (ForceKind.OTHER in record.force_kinds, record.force_other, "Say which other kind of force."),
    )
    reasons = [words for is_asked, text, words in asked if is_asked and len(text.strip()) < SHORTEST_OTHER]
    texts = (record.power_other, record.search_other, record.force_other, record.body_worn)
    if any(len(text) > LONGEST_TEXT for text in texts):
        reasons.append(f"Write at most {LONGEST_TEXT} characters.")
    return reasons


def check_may_enter(case: Case, *, actor: Actor) -> None:
    """Who may write down a decision said by radio: an operator or the silver commander, on duty here, and
    nobody who decided on this very alert: the two decisions stay two people's (invariant 8)."""
    me = policies.person(actor)
    if not actor.has(*BY_RADIO):
        raise NotPermitted("an operator or the silver commander enters what is said by radio")
    if me in {case.deployment.planner_id, case.deployment.approver_id}:
        raise NotPermitted(
            "who planned or approved this deployment has no part in its alerts", code="duties_separated"
        )
    if any(me in (past.actor_id, past.entered_by_id) and past.step == "operator" for past in case.decisions):
        raise NotPermitted(
            "You decided on this alert as its operator, so you cannot enter the second decision. Another"
            " operator or the silver commander can.",
            code="same_person",
        )
    if not _on_duty(case.duties, me, {Duty.OPERATOR, Duty.SILVER}):
        raise RuleViolated(["Take your duty on the Run page first."], code="not_on_duty")
    if case.alert.state not in {AlertState.DISPATCHED, AlertState.ENGAGED, AlertState.OUTCOME_RECORDED}:
        raise RuleViolated([f"{_why_over(case)}nothing of this alert waits to be said by radio"])


def _why_over(case: Case) -> str:
    last = max(case.decisions, key=lambda past: past.decided_at, default=None)
    if last is not None and last.value == EngagementDecision.DO_NOT_ENGAGE:
        return f"{last.actor_label} decided at {say_clock(last.decided_at)} not to engage: "
    if last is not None and case.alert.state is AlertState.EXPIRED:
        return "no officer decided in time, so that it is no stop: "
    return ""


def check_enter_for(case: Case, *, officer: Actor, actor: Actor) -> None:
    """`officer` is the engagement officer who said it: another person, on duty as such, named."""
    check_may_enter(case, actor=actor)
    if officer.id == actor.id:
        raise NotPermitted("what you decide yourself you enter at your own console", code="same_person")
    if not _on_duty(case.duties, policies.person(officer), {Duty.ENGAGEMENT}):
        raise RuleViolated(["choose an engagement officer who is on duty here"])


def check_radio(case: Case, *, officer: Actor, entered_by: Actor | None) -> None:
    """`entered_by`: who writes it down for the officer; None where the officer does it themselves."""
    if entered_by is not None:
        check_enter_for(case, officer=officer, actor=entered_by)


def _on_duty(duties: Collection[DutyData], person: object, wanted: Collection[Duty]) -> bool:
    return any(
        duty.actor_id == person and duty.duty in wanted and duty.laid_down_at is None for duty in duties
    )


def is_asked(engagement: EngagementData, *, reviewed: bool) -> bool:
    """Whether the review has to say something of it. One that is complete asks for nothing missing."""
    return engagement.wrong if reviewed else engagement.to_examine


def check_examine(
    engagement: EngagementData,
    *,
    decisions: Collection[DecisionData],
    words: str,
    actor: Actor,
    reviewed: bool,
) -> None:
    """What the review says of one engagement that was false or is not recorded: how it came, what was done,
    what the person was told. Nobody answers for what they decided: not the officer, not the operator."""
    if not actor.has(*REVIEWERS):
        raise NotPermitted("whoever writes the review looks at each engagement")
    if policies.person(actor) in {past.actor_id for past in decisions}:
        raise NotPermitted(
            "You decided on this alert yourself: somebody else says what came of it.", code="same_person"
        )
    if not is_asked(engagement, reviewed=reviewed):
        raise RuleViolated(["the review need not say anything of this engagement"])
    if engagement.examined_at is not None:
        raise RuleViolated(["this engagement was looked at already"])
    if len(words.strip()) < SHORTEST_EXAMINED:
        raise RuleViolated(
            [f"Write what happened and what follows from it, in at least {SHORTEST_EXAMINED} characters."]
        )
    if problems := prose_problems([("What you found", words)]):
        raise RuleViolated(problems)


can_record = twin(check_record)
can_child = twin(check_child)
can_receipt = twin(check_receipt)
can_enter = twin(check_may_enter)
