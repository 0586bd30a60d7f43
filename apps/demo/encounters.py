"""One alert of a past deployment: raised as recognition raises it, then decided by people, or by nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from apps.alerts import api as alerts
from apps.alerts.data import AlertData, EngagementDecision, OperatorDecision, Outcome
from apps.alerts.engagement_data import Power, StopRecord
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.demo.diary import Diary
from apps.demo.player import Player
from apps.demo.story import Event, Seen
from apps.deployments.data import DeploymentData
from apps.watchlists import api as watchlists

SECOND = timedelta(seconds=1)
# How soon an officer has written down that they only talked, before anything follows from it.
TALK = timedelta(seconds=20)
TALKED = StopRecord(power=Power.NONE, searched=False, force_used=False, avoided=False)
# A stranger who is taken for somebody: just over the threshold.
STRANGERS_SIMILARITY = 0.463


@dataclass(frozen=True)
class Scene:
    """A live deployment and who is on its list, by reference. `raised`: its alerts so far."""

    player: Player
    deployment: DeploymentData
    subjects: Mapping[str, UUID]
    diary: Diary
    raised: list[AlertData] = field(default_factory=list)

    @classmethod
    def of(cls, player: Player, deployment_id: UUID, diary: Diary) -> Scene:
        """Raises NotFound without a list."""
        with force_context(player.force.id):
            listed = watchlists.get_for_deployment(deployment_id=deployment_id)
            if listed is None:
                raise NotFound("the deployment has no list")
            ids = watchlists.subject_ids(watchlist_id=listed.id)
            cards = watchlists.subject_cards(subject_ids=ids)
        subjects = {card.reference: card.subject_id for card in cards.values()}
        return cls(player, player.get(deployment_id), subjects, diary)


def meet(scene: Scene, seen: Seen, at: datetime) -> None:
    """Recognition raises it, then people decide, each some seconds later."""
    player, wait = scene.player, scene.diary.minutes
    alert = _raise(scene, seen, at)
    scene.raised.append(alert)
    if seen.event is Event.EXPIRED:
        player.call(alerts.expire_undecided, now=alert.expires_at + SECOND)
        return
    shown = at + wait(0.01, 0.05)
    _act(player, alerts.mark_shown, alert, "operator", shown)
    if seen.event is Event.REJECTED:
        _decide(player, alert, "operator", OperatorDecision.NOT_A_MATCH, shown + wait(0.05, 0.15))
        return
    decided = shown + wait(0.08, 0.25)
    if seen.event is Event.SECOND_LOOK:
        _decide(player, alert, "operator", OperatorDecision.UNSURE, decided)
        decided += wait(0.2, 0.4)
        _decide(player, alert, "operator2", OperatorDecision.MATCH, decided)
    else:
        _decide(player, alert, "operator", OperatorDecision.MATCH, decided)
    _engage(scene, alert, seen.event, decided + wait(0.4, 1.2))


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


def _engage(scene: Scene, alert: AlertData, event: Event, at: datetime) -> None:
    player, wait = scene.player, scene.diary.minutes
    if event is Event.NOT_ENGAGED:
        decision, reason = (
            EngagementDecision.DO_NOT_ENGAGE,
            "Stopping the person at the kerb would not have been safe; waved on.",
        )
        _act(player, alerts.engagement_decide, alert, "engagement", at, decision=decision, reason=reason)
        return
    decision = EngagementDecision.ENGAGE
    _act(player, alerts.engagement_decide, alert, "engagement", at, decision=decision, reason="")
    if event is not Event.NOT_LOCATED:
        _act(player, alerts.record_stop, alert, "engagement", at + TALK, record=TALKED)
    if event is Event.FALSE:
        _act(player, alerts.identity_contradicted, alert, "engagement", at + wait(0.7, 1.6))
        return
    outcome = Outcome.NOT_LOCATED if event is Event.NOT_LOCATED else Outcome.TEST_SUBJECT_RECOGNISED
    if event is not Event.NOT_LOCATED:
        _act(player, alerts.establish_identity, alert, "engagement", at + wait(0.4, 1.0))
    _act(
        player,
        alerts.record_outcome,
        alert,
        "engagement",
        at + wait(1.8, 4.2),
        outcomes=[outcome],
        status_confirmed=True,
    )


def _decide(player: Player, alert: AlertData, who: str, decision: OperatorDecision, at: datetime) -> None:
    _act(player, alerts.operator_decide, alert, who, at, decision=decision)


def _act(
    player: Player, operation: Callable[..., object], alert: AlertData, who: str, at: datetime, **more: object
) -> None:
    player.call(operation, alert_id=alert.id, actor=player.actor(who), now=at, **more)
