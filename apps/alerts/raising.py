"""From what recognition has seen to alerts: all that one round saw of a deployment, in one transaction.

Several people who come into view at once are raised together: one check of the authority, one lock, one
commit, one hint to the consoles. One after the other, the last of them waited for all before.

`raise_alerts` locks only the counter, so that two cameras that see one person at once become one alert.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from apps.alerts import policies
from apps.alerts.changes import record_raised
from apps.alerts.data import AlertData, AlertState, Sighting, SightingAnswer
from apps.alerts.decoys import withdraw_for_an_alert
from apps.alerts.models import Alert
from apps.alerts.numbering import lock_counter, next_numbers
from apps.alerts.push import tell_console
from apps.alerts.queries import to_data
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import LiveAuthority
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists import api as watchlists
from apps.watchlists.data import Category, SubjectCard

# States after which the same face may be put to an operator again at once: "not a match" silences a track,
# never a subject, and nobody looked at an alert that expired.
SILENCES_NOBODY = (AlertState.NOT_A_MATCH, AlertState.EXPIRED)


def raise_alert(*, deployment_id: UUID, actor: Actor, now: datetime, **seen: Any) -> AlertData:
    """The alert of one sighting, whose fields are `seen`. Raises what `raise_alerts` raises, and what it
    answers with a refusal: NotFound or RuleViolated."""
    sightings = [Sighting(**seen)]
    (answer,) = raise_alerts(deployment_id=deployment_id, sightings=sightings, actor=actor, now=now)
    if answer.alert is None:
        raise answer.refused or AssertionError("an answer is an alert or a refusal")
    return answer.alert


@transaction.atomic
def raise_alerts(
    *, deployment_id: UUID, sightings: Sequence[Sighting], actor: Actor, now: datetime
) -> list[SightingAnswer]:
    """An answer to each sighting, in order; one that is refused takes no other with it.

    One person passing is one alert: the same track, or the same subject within the cool-down, is answered
    with the alert that is there already. A similarity equal to the threshold is over it (invariant 10).
    Refused is a subject who is not on the list of this deployment (NotFound, RuleViolated), a similarity
    below the threshold, a camera off the authority (RuleViolated).

    Raises NotLive when the deployment may not recognise at `now`, and NotPermitted for anybody but
    recognition itself.
    """
    authority = deployments.live_authority(deployment_id=deployment_id, now=now)
    cards = _cards(authority, sightings, actor, now)
    lock_counter(deployment_id)
    raised = _Raised(_there_already(deployment_id, sightings, now), now)
    answers: list[Alert | RuleViolated | NotFound] = []
    for seen, card in zip(sightings, cards, strict=True):
        answers.append(raised.of(seen, authority, card) if isinstance(card, SubjectCard) else card)
    if raised.fresh:
        _keep(raised.fresh, authority, actor, now)
    return [
        SightingAnswer(to_data(answer)) if isinstance(answer, Alert) else SightingAnswer(refused=answer)
        for answer in answers
    ]


def _cards(
    authority: LiveAuthority, sightings: Sequence[Sighting], actor: Actor, now: datetime
) -> list[SubjectCard | RuleViolated | NotFound]:
    """Whom each sighting is of, or why it is refused. Raises NotPermitted."""
    known = watchlists.subject_cards(subject_ids={seen.subject_id for seen in sightings}, now=now)
    found: list[SubjectCard | RuleViolated | NotFound] = []
    for seen in sightings:
        card = known.get(seen.subject_id)
        if card is None:
            found.append(NotFound("there is no such subject"))
            continue
        try:
            policies.check_raise(authority, card, seen, actor=actor)
        except RuleViolated as refused:
            found.append(refused)
        else:
            found.append(card)
    return found


class _Raised:
    """The alerts of one deployment that a sighting may be part of: those there already, and those of this
    round, unsaved. The counter is locked."""

    def __init__(self, there: list[Alert], now: datetime) -> None:
        self._known = there
        self._now = now
        self.fresh: list[tuple[Alert, Sighting]] = []

    def of(self, seen: Sighting, authority: LiveAuthority, card: SubjectCard) -> Alert:
        found = [alert for alert in self._known if self._is_one_passing(alert, seen)]
        if found:
            # The alert of this very track first, else the newest that cools.
            return max(found, key=lambda alert: (alert.track_id == seen.track_id, alert.number or math.inf))
        alert = Alert(
            id=uuid4(),
            deployment_id=authority.deployment_id,
            camera_id=seen.camera_id,
            track_id=seen.track_id,
            subject_id=seen.subject_id,
            cosine_similarity=seen.cosine_similarity,
            threshold=seen.threshold,
            captured_at=seen.captured_at,
            raised_at=self._now,
            state=AlertState.RAISED,
            # A rehearsal is nothing but volunteers, and is counted apart as a whole.
            counted_apart=card.category == Category.BLUE_LIST and not authority.rehearsal,
        )
        self._known.append(alert)
        self.fresh.append((alert, seen))
        return alert

    def _is_one_passing(self, alert: Alert, seen: Sighting) -> bool:
        cooling = alert.raised_at > _cooling_since(self._now) and alert.state not in SILENCES_NOBODY
        return alert.track_id == seen.track_id or (alert.subject_id == seen.subject_id and cooling)


def _cooling_since(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.LFR_SUBJECT_COOL_DOWN_S)


def _there_already(deployment_id: UUID, sightings: Sequence[Sighting], now: datetime) -> list[Alert]:
    tracks, subjects = {seen.track_id for seen in sightings}, {seen.subject_id for seen in sightings}
    recent = Q(subject_id__in=subjects, raised_at__gt=_cooling_since(now)) & ~Q(state__in=SILENCES_NOBODY)
    return list(
        Alert.objects.filter(Q(track_id__in=tracks) | recent, deployment_id=deployment_id, decoy=False)
    )


def _keep(
    fresh: Sequence[tuple[Alert, Sighting]], authority: LiveAuthority, actor: Actor, now: datetime
) -> None:
    """Save new alerts with their biometrics, tell of them, ask whether each person is still wanted, and take
    an open decoy away."""
    deployment_id, alerts = authority.deployment_id, [alert for alert, _ in fresh]
    force = forces.get_force(force_id=current_force_id())
    rules = forces.settings_of(force=force, versions=[authority.settings_version])[authority.settings_version]
    for alert in alerts:
        set_deadlines(alert, rules)
    _store_biometrics(fresh, now)
    _announce(alerts, actor, now)
    # After the consoles are told: nobody hears of an alert later because of these two. By the time an officer
    # stands before the person, the answer is there (domain.md §4).
    for alert in alerts:
        deployments.send_for_alert(force=force, deployment_id=deployment_id, subject_id=alert.subject_id)
    withdraw_for_an_alert(deployment_id=deployment_id, now=now)


def set_deadlines(alert: Alert, rules: ForceData) -> None:
    """Until when somebody must decide, and until when it is kept, by the hours that bind its deployment."""
    alert.expires_at = policies.expiry(alert.raised_at, decision_expiry_s=rules.decision_expiry_s)
    alert.purge_due_at = policies.purge_deadline(
        alert.captured_at, alert.raised_at, keep_hours=rules.alert_keep_hours
    )


def _store_biometrics(fresh: Sequence[tuple[Alert, Sighting]], now: datetime) -> None:
    """One key an alert, so that destroying it deletes what any copy or backup holds, on time."""
    keys = vault.create_keys(purpose=KeyPurpose.ALERT, owner_ids=[alert.id for alert, _ in fresh], now=now)
    items: list[tuple[UUID, BlobKind, bytes]] = []
    for key_id, (alert, seen) in zip(keys, fresh, strict=True):
        alert.key_id = key_id
        items.append((key_id, BlobKind.PICTURE, seen.probe_jpeg))
        items.append((key_id, BlobKind.TEMPLATE, np.asarray(seen.template, dtype="<f4").tobytes()))
    blobs = iter(vault.store_under(items=items, now=now))
    for alert, _ in fresh:
        alert.probe_blob_id, alert.template_blob_id = next(blobs), next(blobs)


def _announce(alerts: Sequence[Alert], actor: Actor, now: datetime) -> None:
    """Number and save new alerts, record them, and tell the consoles once that there is news."""
    deployment_id = alerts[0].deployment_id
    for alert, (number, revision) in zip(alerts, next_numbers(deployment_id, len(alerts)), strict=True):
        alert.number = number
        alert.revision = alert.raised_revision = alert.asked_revision = revision
    Alert.objects.bulk_create(alerts)
    record_raised(alerts, actor, now)
    tell_console(deployment_id, alerts[-1].revision)
