"""The console's JSON: what one person may see of the news, and no more.

Blindness is decided here, on the server: while no operator's decision is stored, neither the similarity nor
the threshold, nor who the candidate is, is in what leaves the server (domain.md §5).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.alerts import decoys, policies
from apps.alerts.console import RUNNING, ConsoleNews
from apps.alerts.data import (
    AWAITING_OPERATOR,
    MATCHED,
    OUTCOME_LABELS,
    UNBLINDED,
    AlertData,
    AlertState,
    DecisionData,
    EngagementDecision,
    OperatorDecision,
    PictureKind,
)
from apps.alerts.engagement_rest import engagement_json
from apps.alerts.escalation import escalation_words
from apps.alerts.policies import Case
from apps.alerts.presence import nobody_words
from apps.core.data import Actor
from apps.core.wording import say_state
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.watchlists.data import Category, SubjectCard

BEFORE_LIVE = (
    DeploymentState.DRAFT,
    DeploymentState.SUBMITTED,
    DeploymentState.RETURNED,
    DeploymentState.APPROVED,
    DeploymentState.NOTICE_PUBLISHED,
    DeploymentState.LIST_SEALED,
    DeploymentState.READY,
)
STATE_LABELS = {
    AlertState.RAISED: "Waiting for an operator",
    AlertState.UNSURE: "Waiting for a second operator",
    AlertState.DISPATCHED: "Match: waiting for the engagement officer",
    AlertState.NOT_A_MATCH: "Not a match: no stop",
    AlertState.EXPIRED: "Expired: no stop",
    AlertState.ENGAGED: "Engaged: outcome wanted",
    AlertState.NOT_ENGAGED: "Not engaged",
    AlertState.OUTCOME_RECORDED: "Outcome recorded",
    AlertState.DECOY_ANSWERED: "Decoy: nothing follows from it",
}
# Of a match: the only decision there is, is the operator's.
LAPSED = "Match, and no officer decided in time: no stop"
CATEGORY_LABELS = {
    Category.COURT_WARRANT: "Wanted by the courts",
    Category.SUSPECTED: "Suspected of an offence",
    Category.COURT_ORDER: "Subject to bail conditions or a court order",
    Category.MISSING: "Missing and at increased risk",
    Category.RISK_OF_HARM: "At risk of harm",
    Category.ASSOCIATE: "Associate",
    Category.WITNESS: "Witness",
    Category.VICTIM: "Victim",
    Category.BLUE_LIST: "Blue List: consenting test subject",
}
# What the state of the deployment means for whoever sits at the console; empty while all is as it should be.
ASK_BY_RADIO = "Ask by radio before anything follows from an alert, and tell the silver commander."
OVER = "This deployment is over: no new alert comes."
ENDED = f"{OVER} Outcomes can be recorded until the pictures are deleted."
BANNERS = {
    DeploymentState.LIVE: "",
    DeploymentState.SUSPENDED: (
        "This deployment is suspended: recognition is off. Alerts that are open can still be decided, and "
        "outcomes recorded."
    ),
    DeploymentState.ENDED: ENDED,
    DeploymentState.REVIEWED: ENDED,
    DeploymentState.RESULTS_PUBLISHED: ENDED,
    **dict.fromkeys(BEFORE_LIVE, "This deployment has not started: no alert can come."),
}
DECISIONS = frozenset({*OperatorDecision, *EngagementDecision})
WELFARE = "Welfare, not detention."
IDENTITY_FIRST = "Establish identity by ordinary means before anything else."
REQUIRED_ACTIONS = {
    Category.MISSING: WELFARE,
    Category.RISK_OF_HARM: WELFARE,
    Category.WITNESS: WELFARE,
    Category.VICTIM: WELFARE,
    Category.BLUE_LIST: "A rehearsal: the person is a volunteer.",
}


@dataclass(frozen=True)
class Viewer:
    """Who looks, when, what they have seen, and whether everything is old news to them (the first load)."""

    actor: Actor
    now: datetime
    initial: bool
    after: int = 0


def console_json(news: ConsoleNews, viewer: Viewer) -> dict[str, Any]:
    return {
        "revision": news.news.revision,
        "more": news.news.more,
        "server_time": viewer.now.isoformat(),
        "deployment": {
            "reference": news.deployment.reference,
            "state": news.deployment.state.value,
            "state_words": say_state(news.deployment.state),
            "banner": _banner(news.deployment),
            "going_on": _going_on(news.deployment, viewer.actor),
            "suspension": _suspension(news),
            "status_old": f"{news.status_old} {ASK_BY_RADIO}" if news.status_old else "",
            "rehearsal": news.deployment.authority.rehearsal,
        },
        # Somebody else may have signed in with the same browser: what is on the screen is not theirs.
        "viewer": str(viewer.actor.id),
        "presence": _presence(news, viewer),
        "nobody_here": nobody_words(news.there) if news.deployment.state in RUNNING else "",
        "escalation": escalation_words(news.escalations),
        "alerts": [alert_json(alert, news, viewer) for alert in news.news.alerts],
        **({"earlier": asdict(news.earlier)} if news.earlier else {}),
    }


def _presence(news: ConsoleNews, viewer: Viewer) -> list[dict[str, Any]] | None:
    """Who is at the console, on which steps. None while nobody can say."""
    if news.there is None:
        return None
    return [
        {
            "label": person.label,
            "steps": sorted(person.steps),
            "covered": person.covered,
            "since": person.since.isoformat(),
            "mine": person.person_id == viewer.actor.id,
        }
        for person in news.there
    ]


def _banner(deployment: DeploymentData) -> str:
    words = BANNERS.get(deployment.state, OVER)
    if deployment.state is not DeploymentState.SUSPENDED:
        return words
    return f"{words} {deployments.who_goes_on(deployment.suspended_for)}"


def _going_on(deployment: DeploymentData, actor: Actor) -> str:
    """What to offer whoever may resume or end it; empty for everybody else."""
    if deployment.state is not DeploymentState.SUSPENDED:
        return ""
    return deployments.going_on_label(deployment.suspended_for, actor)


def _suspension(news: ConsoleNews) -> dict[str, Any] | None:
    """Who, when and why, as it was written. Nobody has an id when the platform did it by itself."""
    found = news.suspension
    if found is None:
        return None
    return {
        "by": found.actor_label if found.actor_id else "the platform itself",
        "at": found.decided_at.isoformat(),
        "reason": found.reasons,
    }


def alert_json(alert: AlertData, news: ConsoleNews, viewer: Viewer) -> dict[str, Any]:
    case = news.case(alert)
    card = news.cards.get(alert.subject_id)
    actions = alert_actions(case, viewer)
    return {
        "id": str(alert.id),
        "number": alert.number,
        "revision": alert.revision,
        "state": alert.state.value,
        "state_label": _state_label(case, viewer),
        "arrival": _arrival(alert, actions, viewer),
        "claim": _claim(alert, viewer),
        "camera": news.camera_names.get(alert.camera_id, "Camera no longer listed"),
        "captured_at": alert.captured_at.isoformat(),
        "raised_at": alert.raised_at.isoformat(),
        "expires_at": alert.expires_at.isoformat() if alert.state in AWAITING_OPERATOR else None,
        "pictures": _pictures(case, card, viewer),
        "picture_age_days": card.picture_age_days if card else None,
        "no_longer_wanted": card is not None and card.removed_at is not None,
        "actions": actions,
        "engagement": engagement_json(
            case,
            news.engagements.get(alert.id),
            copy=news.copies.get(alert.id),
            actor=viewer.actor,
            now=viewer.now,
        ),
        "outcomes": _outcomes(case, news),
        **({"outcomes_not_offered": sorted(policies.not_offered(case))} if "outcome" in actions else {}),
        **(_after_the_decision(alert, news, viewer) if alert.state in UNBLINDED else {}),
        **({"decoy": _decoy(case, viewer)} if _is_over_decoy(alert) else {}),
        **(_score(alert) if policies.can_see_score(case, actor=viewer.actor) else {}),
        **({"card": _card(case, card)} if card and _may_see_card(case, viewer) else {}),
    }


def _outcomes(case: Case, news: ConsoleNews) -> list[dict[str, str]]:
    """Each with who wrote it down, where the officer said it by radio; without one where they did not."""
    engagement = news.engagements.get(case.alert.id)
    by = engagement.outcomes_entered_by if engagement else {}
    return [
        {"value": each.value, "label": OUTCOME_LABELS[each]}
        | ({"entered_by": by[each]} if each in by else {})
        for each in case.outcomes
    ]


def _is_over_decoy(alert: AlertData) -> bool:
    """What it was may be said: it is decided, or its time is over."""
    return alert.decoy and alert.state not in AWAITING_OPERATOR


def _state_label(case: Case, viewer: Viewer) -> str:
    if _is_over_decoy(case.alert):
        return decoys.words_of(case.alert, case.decisions, viewer_id=viewer.actor.id)
    if case.alert.state is AlertState.EXPIRED and case.decisions:
        return LAPSED
    return STATE_LABELS[case.alert.state]


def _decoy(case: Case, viewer: Viewer) -> dict[str, Any]:
    """Whether both pictures show one volunteer, and how this person answered; no colleague's answer."""
    alert = case.alert
    mine = next((past.value for past in case.decisions if past.actor_id == viewer.actor.id), None)
    right = None if mine is None else decoys.is_right(alert, mine)
    return {"same_person": alert.subject_id == alert.decoy_subject_id, "answer": mine, "right": right}


def _arrival(alert: AlertData, actions: Collection[str], viewer: Viewer) -> str:
    """News is what asks this very person for a decision now and did not before. Everything else is history,
    and so is the first load of a page: history makes no sound and asks for nothing."""
    asks = DECISIONS & set(actions) and alert.asked_revision > viewer.after
    return "new" if asks and not viewer.initial else "history"


def _claim(alert: AlertData, viewer: Viewer) -> dict[str, Any] | None:
    """Who works on it, for everybody who sees the alert. `lapses_at` by the server's clock."""
    standing = policies.standing_claim(alert, now=viewer.now)
    if standing is None:
        return None
    return {
        "by": standing.holder_label,
        "mine": standing.holder_id == viewer.actor.id,
        "lapses_at": standing.lapses_at.isoformat(),
    }


def _pictures(case: Case, card: SubjectCard | None, viewer: Viewer) -> dict[str, str | None] | None:
    """Addresses, for those who may look while there is something to decide."""
    alert = case.alert
    if not policies.can_view_picture(case, which=PictureKind.PROBE, actor=viewer.actor, now=viewer.now):
        return None
    candidate = reverse("alerts:picture", args=[alert.id, PictureKind.CANDIDATE.value])
    return {
        "probe": reverse("alerts:picture", args=[alert.id, PictureKind.PROBE.value]),
        "candidate": candidate if card and card.picture_blob_id else None,
    }


def _score(alert: AlertData) -> dict[str, Any]:
    return {"cosine_similarity": round(alert.cosine_similarity, 4), "threshold": alert.threshold}


def _after_the_decision(alert: AlertData, news: ConsoleNews, viewer: Viewer) -> dict[str, Any]:
    earlier = [
        row.recorded_at.isoformat()
        for row in news.contradictions.get(alert.subject_id, [])
        if row.alert_id != alert.id
    ]
    established = alert.identity_established_at
    return {
        "contradicted_at": earlier,
        "decisions": [_decision(decision, viewer) for decision in news.news.decisions[alert.id]],
        "identity": {
            "at": established.isoformat(),
            "by": alert.identity_established_by,
            "entered_by": alert.identity_entered_by,
        }
        if established
        else None,
    }


def _decision(decision: DecisionData, viewer: Viewer) -> dict[str, Any]:
    return {
        "mine": decision.actor_id == viewer.actor.id,
        "step": decision.step.value,
        "value": decision.value,
        "by": decision.actor_label,
        # Said by radio, and written down by somebody else.
        "entered_by": decision.entered_by,
        "at": decision.decided_at.isoformat(),
        "reason": decision.reason,
    }


def _may_see_card(case: Case, viewer: Viewer) -> bool:
    return case.alert.state in MATCHED and policies.can_view_picture(
        case, which=PictureKind.CANDIDATE, actor=viewer.actor, now=viewer.now
    )


def _card(case: Case, card: SubjectCard) -> dict[str, Any]:
    """What the engagement officer gets; the offence only once identity is established by ordinary means, and
    no longer when it turned out to be another person."""
    category = Category(card.category)
    known = case.alert.identity_established_at is not None and not case.contradicted
    none = "none: rehearsal" if case.deployment.authority.rehearsal else "none recorded"
    offence = {"offence": card.offence or none} if known else {}
    return {
        "reference": card.reference,
        "display_name": card.display_name,
        "category": CATEGORY_LABELS[category],
        "required_action": REQUIRED_ACTIONS.get(category, IDENTITY_FIRST),
        **offence,
        **({"approach": card.approach_plan} if card.approach_plan else {}),
    }


def alert_actions(case: Case, viewer: Viewer) -> list[str]:
    """Names of what this person may do now, by the very rules that enforce it."""
    actor, now = viewer.actor, viewer.now
    found: list[str] = [
        decision.value
        for decision in OperatorDecision
        if policies.can_operator_decide(case, decision=decision, actor=actor, now=now)
    ]
    found += [
        decision.value
        for decision in EngagementDecision
        if policies.can_engagement_decide(case, decision=decision, actor=actor, now=now)
    ]
    if policies.can_record_outcome(case, actor=actor):
        found.append("outcome")
    if policies.can_contradict(case, actor=actor) and not case.contradicted:
        found.append("contradicted")
    if policies.can_establish_identity(case, actor=actor):
        found.append("identified")
    return found
