"""Decoys: now and then an operator is asked about two pictures of the Blue List, to see whether people look
(domain.md §4, §9: deference to the machine).

Off unless the force turns them on. Only volunteers on this deployment's list whose consent says so, only
while an operator is at a console and no alert is open, and one that comes takes the decoy away. A decoy is a
row like an alert so that nobody can tell them apart before they decide; the database refuses to dispatch it.
It is in no count of alerts, says what it was as soon as it is over, and is purged as an alert. What it
measures is said for a deployment, never for a person.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter as Tally
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.alerts import policies
from apps.alerts.changes import changed, move, record
from apps.alerts.data import AlertData, AlertState, DecisionData, OperatorDecision, Step
from apps.alerts.decoy_picture import as_from_a_camera
from apps.alerts.models import Alert, Decision
from apps.alerts.numbering import lock_counter, next_number
from apps.alerts.presence import present
from apps.alerts.push import tell_console
from apps.alerts.queries import to_data
from apps.alerts.states import WITHDRAW
from apps.core.data import Actor
from apps.core.tenancy import current_force_id, force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, NotLive
from apps.forces.data import ForceData
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists import api as watchlists
from apps.watchlists.api import DecoyPicture

OPEN = (AlertState.RAISED, AlertState.UNSURE, AlertState.DISPATCHED, AlertState.ENGAGED)
# Two in three show two people: what is asked is whether somebody says "match" because the machine did.
TWO_PEOPLE, OF = 2, 3
# Of two, each knows what the other answered.
FEWEST_PEOPLE = 3
# As long as recognition takes from a camera to an alert.
CAPTURED_BEFORE_S = (0.3, 1.5)
# Of a deployment, the cameras that recognition sees by now.
Seeing = Callable[[UUID], Collection[UUID]]
_chance = secrets.SystemRandom()


@dataclass(frozen=True)
class DecoySummary:
    """What decoys showed on one deployment. `right` and `wrong` are of `answered`, as are those "unsure".

    None where too few people answered: it would be said of a person (domain.md §5: nobody is ranked).
    """

    shown: int
    answered: int
    right: int | None
    wrong: int | None
    unsure: int | None


def show_decoys(*, now: datetime, seeing: Seeing | None = None, chance: random.Random = _chance) -> int:
    """Show what is due on the open force's running deployments. Returns how many were shown.

    `seeing`: of a deployment, the cameras that recognition sees by just now; without it all that may run.
    A decoy from a camera of which the console says that it is dark would be known for one.
    """
    _withdraw_beside_alerts(now)
    return sum(_show(deployment, seeing, now, chance) for deployment in deployments.list_live())


def _show(deployment: DeploymentData, seeing: Seeing | None, now: datetime, chance: random.Random) -> bool:
    """All that takes long comes before the counter is locked: an alert waits for that lock."""
    rules = deployments.rules_of(deployment)
    if not (rules.decoys and _operator_is_there(deployment.id, now) and _is_due(deployment, rules, now)):
        return False
    try:
        cameras = deployments.live_authority(deployment_id=deployment.id, now=now).camera_ids
    except NotLive:
        return False
    if seeing is not None:
        cameras &= frozenset(seeing(deployment.id))
    pair = choose(watchlists.decoy_pictures(deployment_id=deployment.id, now=now), chance)
    if pair is None or not cameras:
        return False
    alert = _made(deployment, rules, pair, chance.choice(sorted(cameras)), chance, now)
    # As `raise_alert`: whichever comes first, the other one sees.
    lock_counter(deployment.id)
    if not _is_due(deployment, rules, now):
        vault.destroy_key(key_id=alert.key_id, now=now)
        return False
    alert.number, alert.revision = next_number(deployment.id)
    alert.raised_revision = alert.asked_revision = alert.revision
    alert.save(force_insert=True)
    record(alert, _actor(), "decoy.shown", now, same_person=pair[0].subject_id == pair[1].subject_id)
    tell_console(deployment.id, alert.revision)
    return True


def _operator_is_there(deployment_id: UUID, now: datetime) -> bool:
    there = present(deployment_id=deployment_id, now=now)
    return there is not None and any(Step.OPERATOR in person.steps for person in there)


def _is_due(deployment: DeploymentData, rules: ForceData, now: datetime) -> bool:
    """Nothing is open, and the time since the last one (or the start) is over. How long that is follows from
    the last one's id: half to one and a half of the setting, so that nobody can wait for it."""
    rows = Alert.objects.filter(deployment_id=deployment.id)
    if rows.filter(state__in=OPEN).exists():
        return False
    last = rows.filter(decoy=True).order_by("-number").first()
    since = last.raised_at if last else (deployment.state_since or deployment.authority.window_start)
    share = 0.5 + ((last.id if last else deployment.id).int % 1000) / 1000
    return now - since >= timedelta(minutes=rules.decoy_minutes) * share


def choose(
    pictures: Sequence[DecoyPicture], chance: random.Random
) -> tuple[DecoyPicture, DecoyPicture] | None:
    """(shown as seen, shown as listed), of one volunteer or of two. None when there is no pair."""
    cards = [picture for picture in pictures if picture.on_card]
    listed_again = {picture.subject_id for picture in pictures if not picture.on_card}
    same = [card for card in cards if card.subject_id in listed_again]
    two = len(cards) > 1
    if not two and not same:
        return None
    if two and (not same or chance.randrange(OF) < TWO_PEOPLE):
        card = chance.choice(cards)
        return chance.choice([p for p in pictures if p.subject_id != card.subject_id]), card
    card = chance.choice(same)
    others = [p for p in pictures if p.subject_id == card.subject_id and not p.on_card]
    return chance.choice(others), card


def _made(
    deployment: DeploymentData,
    rules: ForceData,
    pair: tuple[DecoyPicture, DecoyPicture],
    camera_id: UUID,
    chance: random.Random,
    now: datetime,
) -> Alert:
    """An unsaved row that reads as an alert's, its picture as a camera's. There is no template and no
    similarity: nothing was measured."""
    seen, card = pair
    threshold = deployment.authority.threshold
    alert = Alert(
        id=uuid4(),
        deployment_id=deployment.id,
        decoy=True,
        decoy_subject_id=seen.subject_id,
        subject_id=card.subject_id,
        counted_apart=True,
        camera_id=camera_id,
        track_id=uuid4().hex,
        # A face is never captured at the very moment in which its alert is raised.
        captured_at=now - timedelta(seconds=chance.uniform(*CAPTURED_BEFORE_S)),
        raised_at=now,
        expires_at=policies.expiry(now, decision_expiry_s=rules.decision_expiry_s),
        purge_due_at=policies.purge_deadline(now, now, keep_hours=rules.alert_keep_hours),
        state=AlertState.RAISED,
        cosine_similarity=threshold,
        threshold=threshold,
    )
    alert.key_id = vault.create_key(purpose=KeyPurpose.ALERT, owner_id=alert.id, now=now)
    picture = as_from_a_camera(vault.read(blob_id=seen.blob_id), chance)
    alert.probe_blob_id = vault.store(key_id=alert.key_id, kind=BlobKind.PICTURE, plaintext=picture, now=now)
    return alert


def withdraw_for_an_alert(*, deployment_id: UUID, now: datetime) -> None:
    """In the transaction that raised an alert, whose counter row is locked: take an open decoy away once it
    is committed. Not in it: an alert's row is locked before the counter, everywhere. A decoy that somebody
    writes on at that moment is not waited for: the next sweep takes away what is open still."""
    rows = Alert.objects.filter(deployment_id=deployment_id, decoy=True, state=AlertState.RAISED)
    ids, force_id = list(rows.values_list("id", flat=True)), current_force_id()
    if not ids:
        return

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def run() -> None:
        with force_context(force_id):
            withdraw(alert_ids=ids, now=now)

    transaction.on_commit(run, robust=True)


@transaction.atomic
def withdraw(*, alert_ids: Collection[UUID], now: datetime) -> None:
    """End open decoys beside which an alert is open; what was decided meanwhile stays as it is."""
    rows = Alert.objects.select_for_update(skip_locked=True).filter(id__in=alert_ids, decoy=True)
    for alert in rows.filter(state=AlertState.RAISED).order_by("number"):
        move(alert, WITHDRAW, _actor(), now, reason="an alert came")


def _withdraw_beside_alerts(now: datetime) -> None:
    """Also of a deployment that turned decoys off, and of a worker that died in between."""
    beside = Alert.objects.filter(deployment_id=OuterRef("deployment_id"), decoy=False, state__in=OPEN)
    rows = Alert.objects.filter(Exists(beside), decoy=True, state=AlertState.RAISED, purged_at__isnull=True)
    if ids := list(rows.values_list("id", flat=True)):
        withdraw(alert_ids=ids, now=now)


@transaction.atomic
def forget(*, subject_id: UUID, now: datetime) -> int:
    """Somebody came off the list or withdrew their consent: no decoy shows them any more, and what was copied
    of their picture goes now. Returns how many decoys lost it."""
    shown = Alert.objects.select_for_update().filter(decoy=True, purged_at__isnull=True)
    found = list(shown.filter(decoy_subject_id=subject_id).order_by("number")) + list(
        shown.filter(subject_id=subject_id, state=AlertState.RAISED)
        .exclude(decoy_subject_id=subject_id)
        .order_by("number")
    )
    for alert in found:
        if alert.decoy_subject_id == subject_id:
            vault.destroy_key(key_id=alert.key_id, now=now)
            alert.probe_blob_id, alert.purged_at = None, now
        if alert.state == AlertState.RAISED:
            move(alert, WITHDRAW, _actor(), now, reason="the volunteer came off the list")
        else:
            changed(alert, _actor(), "decoy.forgotten", now)
    return len(found)


def is_right(alert: AlertData, answer: str) -> bool | None:
    """Whether the answer was right; None for "unsure", which is never wrong."""
    if answer == OperatorDecision.UNSURE:
        return None
    same = alert.subject_id == alert.decoy_subject_id
    return (answer == OperatorDecision.MATCH) is same


def words_of(alert: AlertData, decisions: Collection[DecisionData], *, viewer_id: UUID | None) -> str:
    """What it was, once it is over; the answer for whoever gave it, and for nobody else."""
    same = alert.subject_id == alert.decoy_subject_id
    shown = "two pictures of one volunteer" if same else "two different volunteers"
    mine = next((past for past in decisions if past.actor_id == viewer_id), None)
    if mine is None:
        return f"Decoy: {shown}. Nothing follows from it."
    right = {True: "That was right.", False: "That was not right.", None: "You could not say."}
    return f"Decoy: {shown}. {right[is_right(alert, mine.value)]} Nothing follows from it."


def decoy_summary(*, deployment_id: UUID) -> DecoySummary:
    """What decoys showed on a deployment, without who answered. Two queries."""
    rows = [to_data(row) for row in Alert.objects.filter(deployment_id=deployment_id, decoy=True)]
    given = list(
        Decision.objects.filter(alert__deployment_id=deployment_id, alert__decoy=True).values_list(
            "alert_id", "value", "actor_id"
        )
    )
    answers = {alert_id: value for alert_id, value, _ in given}
    if len({person for *_, person in given}) < FEWEST_PEOPLE:
        return DecoySummary(len(rows), len(answers), None, None, None)
    found = Tally(is_right(row, answers[row.id]) for row in rows if row.id in answers)
    return DecoySummary(
        shown=len(rows), answered=len(answers), right=found[True], wrong=found[False], unsure=found[None]
    )


def _actor() -> Actor:
    return Actor.system(force_id=current_force_id(), label="decoys")
