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
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from apps.alerts import policies
from apps.alerts.changes import changed, locked, move, record
from apps.alerts.data import AlertData, AlertState, DecisionData, OperatorDecision, Step
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
_chance = secrets.SystemRandom()


@dataclass(frozen=True)
class DecoySummary:
    """What decoys showed on one deployment. `right` and `wrong` are of `answered`, as are those "unsure"."""

    shown: int
    answered: int
    right: int
    wrong: int
    unsure: int


def show_decoys(*, now: datetime, chance: random.Random = _chance) -> int:
    """Show what is due on the open force's running deployments. Returns how many were shown."""
    return sum(_show(deployment, now, chance) for deployment in deployments.list_live())


@transaction.atomic
def _show(deployment: DeploymentData, now: datetime, chance: random.Random) -> bool:
    rules = deployments.rules_of(deployment)
    if not rules.decoys or not _operator_is_there(deployment.id, now):
        return False
    # As `raise_alert`: whichever comes first, the other one sees.
    lock_counter(deployment.id)
    if not _is_due(deployment, rules, now):
        return False
    try:
        deployments.live_authority(deployment_id=deployment.id, now=now)
    except NotLive:
        return False
    pair = choose(watchlists.decoy_pictures(deployment_id=deployment.id, now=now), chance)
    if pair is None:
        return False
    _write(deployment, rules, pair, chance, now)
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


def _write(
    deployment: DeploymentData,
    rules: ForceData,
    pair: tuple[DecoyPicture, DecoyPicture],
    chance: random.Random,
    now: datetime,
) -> None:
    """A row that reads as an alert's. There is no template and no similarity: nothing was measured."""
    seen, card = pair
    threshold = deployment.authority.threshold
    alert = Alert(
        id=uuid4(),
        deployment_id=deployment.id,
        decoy=True,
        decoy_subject_id=seen.subject_id,
        subject_id=card.subject_id,
        counted_apart=True,
        camera_id=chance.choice(deployment.authority.cameras).id,
        track_id=uuid4().hex,
        captured_at=now,
        raised_at=now,
        expires_at=policies.expiry(now, decision_expiry_s=rules.decision_expiry_s),
        purge_due_at=policies.purge_deadline(now, now, keep_hours=rules.alert_keep_hours),
        state=AlertState.RAISED,
        cosine_similarity=threshold,
        threshold=threshold,
    )
    alert.key_id = vault.create_key(purpose=KeyPurpose.ALERT, owner_id=alert.id, now=now)
    picture = vault.read(blob_id=seen.blob_id)
    alert.probe_blob_id = vault.store(key_id=alert.key_id, kind=BlobKind.PICTURE, plaintext=picture, now=now)
    alert.number, alert.revision = next_number(deployment.id)
    alert.raised_revision = alert.asked_revision = alert.revision
    alert.save(force_insert=True)
    record(alert, _actor(), "decoy.shown", now, same_person=seen.subject_id == card.subject_id)
    tell_console(deployment.id, alert.revision)


def withdraw_for_an_alert(*, deployment_id: UUID, now: datetime) -> None:
    """In the transaction that raised an alert, whose counter row is locked: take an open decoy away once it
    is committed. Not in it: an alert's row is locked before the counter, everywhere."""
    rows = Alert.objects.filter(deployment_id=deployment_id, decoy=True, state=AlertState.RAISED)
    ids, force_id = list(rows.values_list("id", flat=True)), current_force_id()
    if not ids:
        return

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def run() -> None:
        with force_context(force_id):
            withdraw(alert_ids=ids, reason="an alert came", now=now)

    transaction.on_commit(run, robust=True)


@transaction.atomic
def withdraw(*, alert_ids: Collection[UUID], reason: str, now: datetime) -> None:
    """End open decoys; what was decided meanwhile stays as it is."""
    for alert_id in alert_ids:
        alert = locked(alert_id)
        if alert.decoy and alert.state == AlertState.RAISED:
            move(alert, WITHDRAW, _actor(), now, reason=reason)


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
    answers = dict(
        Decision.objects.filter(alert__deployment_id=deployment_id, alert__decoy=True).values_list(
            "alert_id", "value"
        )
    )
    found = Tally(is_right(row, answers[row.id]) for row in rows if row.id in answers)
    return DecoySummary(
        shown=len(rows), answered=len(answers), right=found[True], wrong=found[False], unsure=found[None]
    )


def _actor() -> Actor:
    return Actor.system(force_id=current_force_id(), label="decoys")
