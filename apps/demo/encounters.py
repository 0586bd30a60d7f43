"""One alert of a past deployment: raised as recognition raises it, then decided by people, or by nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from apps.alerts import api as alerts
from apps.alerts.data import AlertData, EngagementDecision, OperatorDecision, Outcome
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.demo.player import Player
from apps.demo.story import Event, Seen
from apps.deployments.data import DeploymentData
from apps.watchlists import api as watchlists

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
# A stranger who is taken for somebody: just over the threshold.
STRANGERS_SIMILARITY = 0.463


@dataclass(frozen=True)
class Scene:
    """A live deployment and who is on its list, by reference."""

    player: Player
    deployment: DeploymentData
    subjects: Mapping[str, UUID]

    @classmethod
    def of(cls, player: Player, deployment_id: UUID) -> Scene:
        """Raises NotFound without a list."""
        with force_context(player.force.id):
            listed = watchlists.get_for_deployment(deployment_id=deployment_id)
            if listed is None:
                raise NotFound("the deployment has no list")
            ids = watchlists.subject_ids(watchlist_id=listed.id)
            cards = watchlists.subject_cards(subject_ids=ids)
        subjects = {card.reference: card.subject_id for card in cards.values()}
        return cls(player, player.get(deployment_id), subjects)


def meet(scene: Scene, seen: Seen, at: datetime) -> None:
    """Recognition raises it, then people decide, each some seconds later."""
    player = scene.player
    alert = _raise(scene, seen, at)
    if seen.event is Event.EXPIRED:
        player.call(alerts.expire_undecided, now=alert.expires_at + SECOND)
        return
    _act(player, alerts.mark_shown, alert, "operator", at + SECOND)
    if seen.event is Event.REJECTED:
        _decide(player, alert, "operator", OperatorDecision.NOT_A_MATCH, at + 5 * SECOND)
        return
    if seen.event is Event.SECOND_LOOK:
        _decide(player, alert, "operator", OperatorDecision.UNSURE, at + 14 * SECOND)
        _decide(player, alert, "operator2", OperatorDecision.MATCH, at + 31 * SECOND)
    else:
        _decide(player, alert, "operator", OperatorDecision.MATCH, at + 8 * SECOND)
    _engage(player, alert, seen.event, at + 50 * SECOND)


def _raise(scene: Scene, seen: Seen, at: datetime) -> AlertData:
    player, authority = scene.player, scene.deployment.authority
    camera = authority.cameras[seen.camera % len(authority.cameras)]
    false = seen.event in (Event.FALSE, Event.REJECTED)
    face = player.faces.stranger if false else player.faces.passing[seen.who]
    raised: AlertData = player.call(
        alerts.raise_alert,
        deployment_id=scene.deployment.id,
        camera_id=camera.id,
        track_id=uuid4().hex,
        subject_id=scene.subjects[seen.who],
        cosine_similarity=STRANGERS_SIMILARITY if false else player.faces.similarity[seen.who],
        threshold=authority.threshold,
        captured_at=at - timedelta(milliseconds=640),
        probe_jpeg=face.jpeg,
        template=face.template,
        actor=player.system,
        now=at,
    )
    return raised


def _engage(player: Player, alert: AlertData, event: Event, at: datetime) -> None:
    if event is Event.NOT_ENGAGED:
        decision, reason = EngagementDecision.DO_NOT_ENGAGE, "With a small child by the road; waved on."
        _act(player, alerts.engagement_decide, alert, "engagement", at, decision=decision, reason=reason)
        return
    decision = EngagementDecision.ENGAGE
    _act(player, alerts.engagement_decide, alert, "engagement", at, decision=decision, reason="")
    if event is Event.FALSE:
        _act(player, alerts.identity_contradicted, alert, "engagement", at + 70 * SECOND)
        return
    outcome = Outcome.NOT_LOCATED if event is Event.NOT_LOCATED else Outcome.CONDITIONS_COMPLIANT
    if event is not Event.NOT_LOCATED:
        _act(player, alerts.establish_identity, alert, "engagement", at + 40 * SECOND)
    _act(
        player,
        alerts.record_outcome,
        alert,
        "engagement",
        at + 3 * MINUTE,
        outcomes=[outcome],
        status_confirmed=True,
    )


def _decide(player: Player, alert: AlertData, who: str, decision: OperatorDecision, at: datetime) -> None:
    _act(player, alerts.operator_decide, alert, who, at, decision=decision)


def _act(
    player: Player, operation: Callable[..., object], alert: AlertData, who: str, at: datetime, **more: object
) -> None:
    player.call(operation, alert_id=alert.id, actor=player.actor(who), now=at, **more)
