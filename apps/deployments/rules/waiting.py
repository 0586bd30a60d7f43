"""Whose turn it is, in plain words, until when. Nothing here reads the database or a clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apps.core.data import Role
from apps.core.wording import say_list, say_moment
from apps.deployments.data import CheckKind, DeploymentData, DeploymentState, Duty, Step, WaitsFor
from apps.deployments.rules.notice_clock import earliest_start, latest_publication
from apps.deployments.rules.policies import CHECK_DUTIES, DUTY_ROLES, seal_accepted
from apps.deployments.rules.states import APPROVED_STATES
from apps.deployments.rules.suspensions import ACCURACY, Cause
from apps.deployments.rules.urgency import awaits_confirmation, is_urgent
from apps.deployments.rules.words import CHECK_SHORT, DUTY_WORDS, one
from apps.forces.data import ForceData

PLANNER = (Role.PLANNER,)
OFFICER = (Role.AUTHORISING_OFFICER,)
URGENT_TOO = (*OFFICER, Role.URGENT_AUTHORISING_OFFICER)
CONDITION_ROLES = (Role.SILVER_COMMANDER, Role.PLANNER, Role.AUTHORISING_OFFICER)
ENGINEER = (Role.SYSTEM_ENGINEER,)
SILVER = (Role.SILVER_COMMANDER,)
REVIEWERS = (Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER)
S = DeploymentState
# How long before the results are due people are reminded of them.
REMIND_BEFORE = timedelta(hours=24)
NO_MODEL = (
    "Waiting for a recognition model with enough evidence for operations. It could be made a rehearsal."
)


@dataclass(frozen=True)
class Awaited:
    """What a turn depends on besides the deployment and the clock: the items of the checklist that somebody
    still has to record, whether any installed recognition model may run this plan, and the numbers of the
    conditions that are open."""

    items: tuple[CheckKind, ...]
    has_model: bool
    conditions: tuple[int, ...] = ()
    # Why it can rest on its assessments no more (assessments.no_longer_assessed).
    unassessed: tuple[str, ...] = ()
    # While it is suspended: which duties nobody is on, and at which signs nobody has looked since.
    duties: tuple[Duty, ...] = ()
    signs: tuple[str, ...] = ()
    # How many people of the imported list wait for an officer's signature.
    unsigned: int = 0

    @property
    def engineers(self) -> tuple[CheckKind, ...]:
        """Items that are the engineer's before anybody else's."""
        return tuple(kind for kind in self.items if CHECK_DUTIES[kind][0] is Duty.ENGINEER)

    @property
    def commanders(self) -> tuple[CheckKind, ...]:
        return tuple(kind for kind in self.items if kind not in self.engineers)


def turn(deployment: DeploymentData, *, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    """Who has to act next on this deployment, what they have to do, since when and until when."""
    if deployment.state in FINISHED:
        return WaitsFor((), FINISHED[deployment.state])
    found = TURNS[deployment.state](deployment, force, now, awaited)
    if awaited.unassessed and deployment.state in APPROVED_STATES:
        found = _unassessed(found, deployment, awaited)
    return _with_confirmation(found, deployment, now) if awaits_confirmation(deployment) else found


def _unassessed(found: WaitsFor, deployment: DeploymentData, awaited: Awaited) -> WaitsFor:
    """Planner and officer hear of it at once, whoever else is awaited meanwhile."""
    words = " ".join(awaited.unassessed)
    is_live = deployment.state is S.LIVE
    effect = "Once it is suspended it cannot be resumed." if is_live else "It cannot start."
    roles = (*PLANNER, *OFFICER, *(role for role in found.roles if role not in PLANNER + OFFICER))
    task = f"{words} {effect} {found.task}".strip()
    return replace(
        found,
        roles=roles,
        words=f"{effect} {words} {found.words}",
        task=task,
        steps=found.steps | {Step.EDIT, Step.NARROW, Step.REVOKE},
    )


def _with_confirmation(found: WaitsFor, deployment: DeploymentData, now: datetime) -> WaitsFor:
    """What else is to be done goes on meanwhile, but an officer is awaited too."""
    if deployment.confirm_by is None:  # awaits_confirmation has looked already; mypy cannot know
        raise AssertionError("an urgent approval is confirmed by some time")
    by = say_moment(deployment.confirm_by)
    words = f"An authorising officer has to confirm the urgent approval by {by}."
    if now >= deployment.confirm_by:
        words = f"The urgent approval was to be confirmed by {by}. It waits for an authorising officer."
    roles = (*OFFICER, *(role for role in found.roles if role not in OFFICER))
    task = f"Confirm the urgent approval by {by}, or refuse it. {found.task}".strip()
    return WaitsFor(roles, f"{words} {found.words}", task, deployment.approved_at, deployment.confirm_by)


def deciders(deployment: DeploymentData) -> tuple[Role, ...]:
    """An officer below superintendent decides on what is urgent too."""
    return URGENT_TOO if is_urgent(deployment.authority) else OFFICER


def list_opens(deployment: DeploymentData, force: ForceData) -> datetime:
    """The first moment at which the list may be imported: no biometric waits through the notice period."""
    return deployment.authority.window_start - timedelta(hours=force.list_window_hours)


def decide_by(deployment: DeploymentData, force: ForceData) -> datetime:
    """The last moment at which an approval leaves time for the notice, or none has to be left any more."""
    if is_urgent(deployment.authority):
        return deployment.lapses_at
    if deployment.notice_verified_at is not None:
        return deployment.authority.window_start
    return latest_publication(deployment.authority.window_start, force.notice_minimum_days)


def results_due(deployment: DeploymentData, force: ForceData) -> datetime | None:
    """When the results are due: the same time of day that many calendar days after the end (domain.md §3)."""
    if deployment.ended_at is None:
        return None
    return earliest_start(deployment.ended_at, force.results_deadline_days)


def _draft(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    if not awaited.has_model:
        return WaitsFor((), NO_MODEL, since=deployment.state_since)
    due = decide_by(deployment, force)
    words = "Waiting for the planner to finish and submit it."
    task = "Finish and submit the plan."
    if deployment.state is S.RETURNED:
        words, task = "Waiting for the planner to change and submit it again.", "Change and submit it again."
    if due <= now:
        words, task = f"{words} It needs a later window.", f"{task} It needs a later window."
    return WaitsFor(PLANNER, words, task, deployment.state_since, due)


def _submitted(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    due = decide_by(deployment, force)
    words, task = "Waiting for an authorising officer to decide.", "Decide."
    if due <= now:
        late = "There is no time left for the notice, so it can only be returned or refused."
        if is_urgent(deployment.authority):
            late = "There is no time left to start it in, so it can only be returned or refused."
        words, task = f"{words} {late}", f"{task} {late}"
    return WaitsFor(deciders(deployment), words, task, deployment.state_since, due)


def _approved(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    at = deployment.publish_at
    words = "The notice is being published."
    if at is not None and at > now:
        words = f"The notice publishes itself on {say_moment(at)}."
    return WaitsFor((), words, since=deployment.state_since, due=decide_by(deployment, force))


def _notice_published(
    deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited
) -> WaitsFor:
    start, opens = deployment.authority.window_start, list_opens(deployment, force)
    if deployment.notice_verified_at is None and not is_urgent(deployment.authority):
        words = "The notice is published. The platform is checking that the public can see it."
        return WaitsFor((), words, since=deployment.notice_published_at, due=decide_by(deployment, force))
    if now >= deployment.lapses_at:
        return _expiring(deployment)
    if now < opens:
        words = f"The notice is running. The list can be imported from {say_moment(opens)}."
        return WaitsFor((), words, since=deployment.notice_verified_at)
    if deployment.watchlist_id is None:
        words, task = "Waiting for the planner to import and seal the list.", "Import and seal the list."
    elif awaited.unsigned:
        many = "1 person" if awaited.unsigned == 1 else f"{awaited.unsigned} people"
        words = f"Waiting for an authorising officer to sign for {many} on the imported list."
        return WaitsFor(OFFICER, words, f"Sign for {many} on the list, or refuse.", opens, start)
    else:
        words, task = (
            "Waiting for the planner to seal the imported list.",
            "Check the imported list and seal it.",
        )
    return WaitsFor(PLANNER, words, task, max(opens, deployment.state_since or opens), start)


def _list_sealed(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    start = deployment.authority.window_start
    if now >= deployment.lapses_at:
        return _expiring(deployment)
    if not seal_accepted(deployment):
        words = "Waiting for an authorising officer to accept the sealed list."
        return WaitsFor(
            deciders(deployment), words, "Read and accept the sealed list.", deployment.sealed_at, start
        )
    recording = _recording(awaited, then="declares it ready")
    if not recording:
        words = "Waiting for the silver commander to declare it ready."
        return WaitsFor(SILVER, words, "Declare it ready.", due=start)
    return WaitsFor(
        _recorders(awaited),
        f"Waiting for the checklist. {recording}",
        f"Record what is open on the checklist. {recording}",
        due=start,
    )


def _ready(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    start, end = deployment.authority.window_start, deployment.lapses_at
    if now >= end:
        return _expiring(deployment)
    if awaited.conditions:
        numbers = say_list([str(number) for number in awaited.conditions])
        which = f"condition {numbers}" if len(awaited.conditions) == 1 else f"conditions {numbers}"
        words = f"It cannot start before {which} of the approval is noted as met."
        return WaitsFor(CONDITION_ROLES, words, f"Meet {which} and note how.", deployment.state_since, end)
    words = "Waiting for the silver commander to start it."
    task = f"Start it before {say_moment(end)}."
    if now < start:
        task = f"Start it from {say_moment(start)}."
        words = f"Ready. The silver commander can start it from {say_moment(start)}."
    if awaited.items:
        # All of them passed before it was ready, so they failed since.
        recording = _recording(awaited, then="starts it")
        words = f"It cannot start: something failed since it was ready. {recording}"
        task = f"Put right what failed, and record it again. {recording}"
        return WaitsFor(_recorders(awaited), words, task, deployment.state_since, end)
    return WaitsFor(SILVER, words, task, deployment.state_since, end)


def _live(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    end = say_moment(deployment.authority.window_end)
    return WaitsFor(
        SILVER,
        f"Live. It ends by itself on {end}.",
        f"Run it. It ends by itself on {end}.",
        deployment.state_since,
    )


def _suspended(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    words = "Suspended. Waiting for the silver commander to resume or end it."
    if deployment.suspended_for in ACCURACY:
        words = (
            "Suspended because of false alerts. Waiting for an authorising officer to look into them and to "
            "resume it, or for the silver commander to end it."
        )
        task = "Look into the false alerts. Resume it with your reasons, or have it ended."
        return WaitsFor((*OFFICER, *SILVER), words, task, deployment.state_since)
    if deployment.suspended_for is Cause.STAFFING and awaited.duties:
        return _unstaffed(deployment, awaited)
    if awaited.signs:
        return _unseen(deployment, awaited)
    if awaited.items:
        recording = _recording(awaited, then="resumes it or ends it")
        task = f"Put right what failed, and record it again. {recording}"
        return WaitsFor(_recorders(awaited), f"Suspended. {recording}", task, deployment.state_since)
    return WaitsFor(SILVER, words, "Resume it or end it.", deployment.state_since)


def _unstaffed(deployment: DeploymentData, awaited: Awaited) -> WaitsFor:
    """Too few people were on duty. Who can mend that comes first, then the commander who resumes."""
    who = say_list([one(DUTY_WORDS[duty]) for duty in awaited.duties])
    takes = "takes that duty" if len(awaited.duties) == 1 else "take those duties"
    words = (
        f"Suspended: too few people are on duty. It waits for {who} who {takes}; then the silver commander "
        "resumes it, or ends it."
    )
    roles = {role for duty in awaited.duties for role in DUTY_ROLES[duty]}
    task = "Take your duty here, so that it can go on. The silver commander then resumes it."
    return WaitsFor((*sorted(roles), *SILVER), words, task, deployment.state_since)


def _unseen(deployment: DeploymentData, awaited: Awaited) -> WaitsFor:
    """Nobody looked at the signs in time. Anybody who records one can mend that."""
    where = say_list(list(awaited.signs))
    words = (
        f"Suspended: somebody on duty has to look at the signs again at {where}. Then the silver commander "
        "resumes it, or ends it."
    )
    task = f"Look at the signs again at {where}, and record them. Then the silver commander resumes it."
    roles = {role for duty in CHECK_DUTIES[CheckKind.SIGNAGE] for role in DUTY_ROLES[duty]}
    return WaitsFor((*SILVER, *sorted(roles - set(SILVER))), words, task, deployment.state_since)


def _ended(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    words = "Waiting for the silver commander or an authorising officer to write the review."
    task, due = "Write the review.", results_due(deployment, force)
    if due is not None and due - now <= REMIND_BEFORE:
        # Said on everybody's home who can write it, and once more by the sweep's reminder.
        task = f"Write the review now: the results are due by {say_moment(due)}."
        words = f"{words} The results are due by {say_moment(due)}."
    return WaitsFor(REVIEWERS, words, task, deployment.ended_at, due)


def _reviewed(deployment: DeploymentData, force: ForceData, now: datetime, awaited: Awaited) -> WaitsFor:
    due = results_due(deployment, force)
    return WaitsFor((), "The results are being published.", since=deployment.state_since, due=due)


def _recorders(awaited: Awaited) -> tuple[Role, ...]:
    """Who acts next comes first."""
    return (*ENGINEER, *SILVER) if awaited.engineers else SILVER


def _recording(awaited: Awaited, *, then: str) -> str:
    """Which items are open for whom; empty when none is. `then` is what the commander does afterwards."""
    sentences = []
    if awaited.engineers:
        sentences.append(f"The system engineer records {_named(awaited.engineers)}.")
    if awaited.commanders:
        sentences.append(f"The silver commander records {_named(awaited.commanders)}, then {then}.")
    elif sentences:
        sentences.append(f"Then the silver commander {then}.")
    return " ".join(sentences)


def _named(items: Collection[CheckKind]) -> str:
    return say_list([CHECK_SHORT[kind] for kind in items])


def _expiring(deployment: DeploymentData) -> WaitsFor:
    words = "The window is over. It closes by itself."
    if deployment.lapses_at < deployment.authority.window_end:
        words = "The time by which it had to start is over. It closes by itself."
    return WaitsFor((), words, since=deployment.lapses_at)


TURNS: Mapping[DeploymentState, Callable[[DeploymentData, ForceData, datetime, Awaited], WaitsFor]] = {
    S.DRAFT: _draft,
    S.RETURNED: _draft,
    S.SUBMITTED: _submitted,
    S.APPROVED: _approved,
    S.NOTICE_PUBLISHED: _notice_published,
    S.LIST_SEALED: _list_sealed,
    S.READY: _ready,
    S.LIVE: _live,
    S.SUSPENDED: _suspended,
    S.ENDED: _ended,
    S.REVIEWED: _reviewed,
}

FINISHED: Mapping[DeploymentState, str] = {
    S.REFUSED: "It was refused. Nothing more has to be done.",
    S.RESULTS_PUBLISHED: "The results are published. Nothing more has to be done.",
    S.CANCELLED: "It was cancelled. Nothing more has to be done.",
    S.EXPIRED: "It was not started in its window. Nothing more has to be done.",
    S.REVOKED: "Its approval was revoked. Nothing more has to be done.",
}
