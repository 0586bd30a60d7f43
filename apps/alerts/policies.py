"""Who may do what to an alert. Each `check_*` raises; `can_*` is its boolean twin, so that a button and its
enforcement share one rule. Which role may step from which state is in states.py; here is what depends on the
person and the facts. Nothing here reads the database or a clock.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.alerts.data import (
    AWAITING_OPERATOR,
    CONFIRMS_IDENTITY,
    MATCHED,
    NEVER_OF_A_VOLUNTEER,
    ONLY_OF_A_VOLUNTEER,
    SAYS_WHO,
    UNBLINDED,
    UNDECIDED,
    WITHOUT_ENGAGEMENT,
    AlertData,
    AlertState,
    ClaimData,
    DecisionData,
    EngagementDecision,
    OperatorDecision,
    Outcome,
    PictureKind,
    Sighting,
    Step,
)
from apps.alerts.states import (
    ALERTS,
    ANSWER,
    CONTRADICT,
    ENGAGEMENT,
    OPERATOR,
    RECORD_OUTCOME,
    SECOND_UNSURE,
    table_of,
)
from apps.core.data import Actor, Role
from apps.core.errors import DomainError, NotPermitted, RuleViolated
from apps.core.text import check_prose
from apps.core.twins import twin
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, Duty, DutyData, LiveAuthority
from apps.watchlists.data import SubjectCard

# Long enough for a look at two faces and a word on the radio; the console renews it every ten seconds.
CLAIM_LASTS = timedelta(seconds=30)
SHORTEST_ASKED = 5
LOCATED = (
    "this person was found: their identity, a stop, a talk, a search or a receipt is recorded. Record what"
    " came of it, or release them as the wrong person"
)
CONSOLE_ROLES = frozenset({Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER})


class PictureGone(DomainError):
    """The picture existed and was deleted, or its deadline has passed."""

    code = "picture_gone"


class AlertClaimed(DomainError):
    """A colleague works on this step of the alert and their claim has not lapsed."""

    code = "claimed"


@dataclass(frozen=True)
class Case:
    """An alert with everything a rule may ask about it."""

    alert: AlertData
    deployment: DeploymentData
    duties: Collection[DutyData]
    decisions: Collection[DecisionData]
    outcomes: Collection[Outcome]
    # Listed on the Blue List, as a member of staff or a test subject who agreed to it.
    volunteer: bool = False
    # The record of the engagement says that an officer stood before somebody (EngagementData.located).
    located: bool = False
    # They came off the list since: no longer wanted, or nobody could say.
    off_the_list: bool = False
    # The force's service was to say since the alert whether they are still wanted, and has not.
    service_silent: bool = False

    @property
    def engaged(self) -> bool:
        return any(past.value == EngagementDecision.ENGAGE.value for past in self.decisions)

    @property
    def engaged_by(self) -> UUID | None:
        return next((p.actor_id for p in self.decisions if p.value == EngagementDecision.ENGAGE.value), None)

    @property
    def was_located(self) -> bool:
        return self.located or self.alert.identity_established_at is not None

    @property
    def contradicted(self) -> bool:
        return Outcome.RELEASED_IDENTITY_WRONG in self.outcomes


def person(actor: Actor) -> UUID:
    """Invariant 8: a person decides. An automatic actor has no id and cannot."""
    if actor.id is None:
        raise NotPermitted("only a person decides on an alert", code="not_a_person")
    return actor.id


def check_console(actor: Actor) -> None:
    """Who may look at the console at all; what it shows them is narrower still."""
    if not actor.has(*CONSOLE_ROLES):
        raise NotPermitted("the console is for operators, engagement officers and the silver commander")


def check_apart(case: Case, *, actor: Actor, duty: Duty) -> None:
    """Separation of duties (domain.md §1), by what people did on this deployment, whatever roles they hold.

    Who planned it chose whom to look for, so their eye is not the independent one; who approved it never
    adjudicates; the silver commander and the engineer are kept apart by the deployments' own table.
    """
    if person(actor) in {case.deployment.planner_id, case.deployment.approver_id}:
        raise NotPermitted(
            "who planned or approved this deployment has no part in its alerts", code="duties_separated"
        )
    deployments.check_duty(case.duties, actor=actor, duty=duty)


def check_raise(
    authority: LiveAuthority,
    card: SubjectCard,
    seen: Sighting,
    *,
    actor: Actor,
) -> None:
    """Invariants 1, 2 and 10 once more, where the row is written. Messages give no similarity: they end in
    logs, and of what did not match nothing may be left."""
    if not actor.is_system:
        raise NotPermitted("alerts are raised by recognition only")
    reasons = []
    if not -1.0 <= seen.cosine_similarity <= 1.0:
        reasons.append("cosine similarity must lie in [-1, 1]")
    # Written so that a NaN is refused too.
    if not seen.cosine_similarity >= seen.threshold:
        reasons.append("cosine similarity is below the threshold")
    if seen.threshold != authority.threshold:
        reasons.append(f"threshold {seen.threshold} is not the authorised {authority.threshold}")
    if card.deployment_id != authority.deployment_id or card.removed_at is not None:
        reasons.append("the subject is not on this deployment's list")
    if seen.camera_id not in authority.camera_ids:
        reasons.append(f"camera {seen.camera_id} is not on the authority")
    if reasons:
        raise RuleViolated(reasons)


def expiry(now: datetime, *, decision_expiry_s: int) -> datetime:
    """From the server's clock, not the camera's: a camera that runs late must not swallow alerts."""
    return now + timedelta(seconds=decision_expiry_s)


def purge_deadline(captured_at: datetime, now: datetime, *, keep_hours: int) -> datetime:
    """At most `keep_hours` from the alert, by whichever clock is earlier: a camera cannot prolong it."""
    return min(captured_at, now) + timedelta(hours=keep_hours)


def operator_transition(alert: AlertData, decision: OperatorDecision) -> str:
    if alert.decoy:
        return ANSWER
    if decision is OperatorDecision.UNSURE and alert.state is AlertState.UNSURE:
        return SECOND_UNSURE
    return decision.value


def check_operator_decide(case: Case, *, decision: OperatorDecision, actor: Actor, now: datetime) -> None:
    alert = case.alert
    table = table_of(decoy=alert.decoy)
    table.apply(operator_transition(alert, decision), current=alert.state, actor=actor)
    check_apart(case, actor=actor, duty=Duty.OPERATOR)
    if any(past.actor_id == actor.id for past in case.decisions):
        raise NotPermitted("after an 'unsure' it is another operator's turn", code="same_person")
    if now >= alert.expires_at:
        raise RuleViolated(["the time to decide has passed: no stop"])
    # A decision needs something to look at; without pictures there would be only the system's word.
    if pictures_gone(alert, now):
        raise RuleViolated(["the pictures of this alert are deleted"])


def _check_engagement_officer(case: Case, actor: Actor) -> None:
    check_apart(case, actor=actor, duty=Duty.ENGAGEMENT)
    if any(past.actor_id == actor.id and past.step is Step.OPERATOR for past in case.decisions):
        raise NotPermitted(
            "the operator of an alert cannot also be its engagement officer", code="same_person"
        )


def check_engagement_decide(case: Case, *, decision: EngagementDecision, actor: Actor, now: datetime) -> None:
    ALERTS.apply(decision.value, current=case.alert.state, actor=actor)
    _check_engagement_officer(case, actor)
    if now >= case.alert.expires_at:
        raise RuleViolated(["nobody decided on this match in time, and the person has gone: no stop"])
    # Without the pictures only the score would be left, and nobody engages on a score alone.
    if decision is EngagementDecision.ENGAGE and pictures_gone(case.alert, now):
        raise RuleViolated(["the pictures of this alert are deleted: it can no longer lead to an engagement"])


def check_reason(decision: EngagementDecision, reason: str) -> None:
    if decision is EngagementDecision.DO_NOT_ENGAGE and not reason.strip():
        raise RuleViolated(["give the reason for not engaging"])
    if decision is EngagementDecision.ENGAGE and reason.strip():
        raise RuleViolated(["a reason is stored with “do not engage” only"])
    check_prose(reason=reason)


def standing_claim(alert: AlertData, *, now: datetime) -> ClaimData | None:
    """The claim that holds at `now`, if one does. A person who went silent holds nothing."""
    return alert.claim if alert.claim is not None and now < alert.claim.lapses_at else None


def check_unclaimed(alert: AlertData, *, actor: Actor, now: datetime) -> None:
    """Nobody decides on what a colleague is working on."""
    standing = standing_claim(alert, now=now)
    if standing is not None and standing.holder_id != actor.id:
        raise AlertClaimed(
            f"{standing.holder_label} is working on this alert. You can decide when they release it, or"
            f" {CLAIM_LASTS.seconds} seconds after their last sign of life."
        )


def check_claim(case: Case, *, actor: Actor, now: datetime) -> Step:
    """Who may decide on the present step may claim it, and nobody else. Returns that step."""
    if case.alert.state in AWAITING_OPERATOR:
        check_operator_decide(case, decision=OperatorDecision.NOT_A_MATCH, actor=actor, now=now)
        step = Step.OPERATOR
    else:
        check_engagement_decide(case, decision=EngagementDecision.DO_NOT_ENGAGE, actor=actor, now=now)
        step = Step.ENGAGEMENT
    check_unclaimed(case.alert, actor=actor, now=now)
    return step


def check_may_record(case: Case, *, actor: Actor) -> None:
    """Whether there is any outcome this person could record now. A person released as the wrong one is free:
    whatever follows would be about somebody else."""
    ALERTS.apply(RECORD_OUTCOME, current=case.alert.state, actor=actor)
    _check_engagement_officer(case, actor)
    if case.contradicted:
        raise RuleViolated(["the person was released as the wrong one: nothing more can be recorded"])


def not_offered(case: Case) -> frozenset[Outcome]:
    """What cannot be true of this person, whatever comes of it: no form offers it, and it is refused."""
    never = NEVER_OF_A_VOLUNTEER if case.volunteer else ONLY_OF_A_VOLUNTEER
    return never | {Outcome.NOT_LOCATED} if case.was_located else never


def check_record_outcome(
    case: Case,
    *,
    outcomes: Collection[Outcome],
    status_confirmed: bool,
    actor: Actor,
    status_asked: str = "",
) -> None:
    """`outcomes` are to be added to those already recorded; `status_asked`: whom the officer asked whether
    the person is still wanted, where the service did not say."""
    check_may_record(case, actor=actor)
    together = {*case.outcomes, *outcomes}
    reasons = []
    if not outcomes:
        reasons.append("name at least one outcome")
    if not case.engaged and not set(outcomes) <= WITHOUT_ENGAGEMENT:
        reasons.append("nobody was engaged: only 'not located' or 'not engaged' can be true")
    if case.engaged and Outcome.NOT_ENGAGED in outcomes:
        reasons.append("the person was engaged: 'not engaged' cannot be true")
    if Outcome.RELEASED_IDENTITY_WRONG in together and together & CONFIRMS_IDENTITY:
        reasons.append("the identity cannot be both wrong and correct")
    # Whoever was found after they had not been gets the outcome of that.
    if Outcome.NOT_LOCATED in outcomes and together & SAYS_WHO:
        reasons.append("somebody who was not located cannot have another outcome")
    elif Outcome.NOT_LOCATED in outcomes and case.was_located:
        reasons.append(LOCATED)
    if case.volunteer and NEVER_OF_A_VOLUNTEER.intersection(outcomes):
        reasons.append("the person is a volunteer: no arrest, breach or summons can be recorded")
    if not case.volunteer and ONLY_OF_A_VOLUNTEER.intersection(outcomes):
        reasons.append("the person is no test subject: record what came of it")
    if Outcome.ARREST in outcomes and not case.volunteer:
        reasons += _arrest_problems(case, status_confirmed, status_asked)
    if reasons:
        raise RuleViolated(reasons)


def _arrest_problems(case: Case, confirmed: bool, asked: str) -> list[str]:
    """What comes first, alone. domain.md §4: "still wanted?" is checked on the alert before an arrest can be
    recorded."""
    if case.off_the_list:
        return ["the person is off the list: record “correct identity, no longer wanted”"]
    # Two faces that look alike are no identity: a person may be arrested, a resemblance may not.
    if case.alert.identity_established_at is None:
        return ["establish the identity by ordinary means before recording an arrest"]
    if not confirmed:
        return ["check that the person is still wanted before recording an arrest"]
    if case.service_silent and len(asked.strip()) < SHORTEST_ASKED:
        return [
            "the service has not said since this alert that the person is still wanted: ask by radio, and"
            " write whom you asked"
        ]
    return []


def check_contradict(case: Case, *, actor: Actor) -> None:
    """One press, no reason asked, whatever was recorded before: release comes first (domain.md §5)."""
    ALERTS.apply(CONTRADICT, current=case.alert.state, actor=actor)
    _check_engagement_officer(case, actor)
    if not case.engaged:
        raise RuleViolated(["nobody was engaged on this alert"])


def check_establish_identity(case: Case, *, actor: Actor) -> None:
    """The offence shows only once identity is established by ordinary means (domain.md §5)."""
    check_contradict(case, actor=actor)
    if case.contradicted:
        raise RuleViolated(["the identity was contradicted"])
    if case.alert.identity_established_at is not None:
        raise RuleViolated(["the identity is established already"])


def pictures_gone(alert: AlertData, now: datetime) -> bool:
    """The deadline itself ends the looking, even when the purge is late."""
    return alert.purged_at is not None or now >= alert.purge_due_at


def closed_without_a_match(alert: AlertData, now: datetime) -> bool:
    """No stop follows, so nobody needs the faces again. Its time may be over before the sweep has said so."""
    if alert.state in {AlertState.NOT_A_MATCH, AlertState.EXPIRED, AlertState.DECOY_ANSWERED}:
        return True
    return alert.state in UNDECIDED and now >= alert.expires_at


def check_view_picture(case: Case, *, which: PictureKind, actor: Actor, now: datetime) -> None:
    """Operators see an alert's two faces; engagement officers from the moment it is dispatched to them."""
    as_operator = actor.has(*OPERATOR)
    if not as_operator and not actor.has(*ENGAGEMENT):
        raise NotPermitted(f"your role does not include the {which.value} picture of an alert")
    check_apart(case, actor=actor, duty=Duty.OPERATOR if as_operator else Duty.ENGAGEMENT)
    if not as_operator and case.alert.state not in MATCHED:
        raise NotPermitted("this alert was not dispatched", code="not_dispatched")
    if pictures_gone(case.alert, now):
        raise PictureGone("the pictures of this alert are deleted")
    if closed_without_a_match(case.alert, now):
        raise NotPermitted("this alert is closed: there is nothing left to look at", code="closed")


def check_see_score(case: Case, *, actor: Actor) -> None:
    """After the blind decision, and never before the second one to whoever may take it: a number invites to
    engage on a score alone (domain.md §1)."""
    if case.alert.state not in UNBLINDED:
        raise NotPermitted("the operator decides blind", code="blind")
    by_this_person = any(past.actor_id == actor.id for past in case.decisions)
    if case.alert.state is AlertState.DISPATCHED and actor.has(*ENGAGEMENT) and not by_this_person:
        raise NotPermitted("the similarity shows once the engagement decision is stored", code="blind")


def check_shown(alert: AlertData, *, actor: Actor, now: datetime) -> None:
    """A quick operator may have decided before the measurement arrives; a look at history is none."""
    person(actor)
    if not actor.has(*OPERATOR):
        raise NotPermitted("only an operator's console measures when an alert was shown")
    if now >= alert.expires_at:
        raise RuleViolated(["the alert's time is over"])


can_console = twin(check_console)
can_operator_decide = twin(check_operator_decide)
can_engagement_decide = twin(check_engagement_decide)
can_record_outcome = twin(check_may_record)
can_contradict = twin(check_contradict)
can_establish_identity = twin(check_establish_identity)
can_view_picture = twin(check_view_picture)
can_see_score = twin(check_see_score)
