"""Somebody of the Blue List does not agree any more: at any time, without a reason, in force at once.

Everything here needs an open force context.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import current_force_id
from apps.core.text import unseen_characters
from apps.vault import api as vault
from apps.watchlists.consents import folded, hold
from apps.watchlists.data import Category, WatchlistState
from apps.watchlists.models import Consent, ConsentWithdrawal, Subject
from apps.watchlists.policies import LONGEST
from apps.watchlists.removing import take_off
from apps.watchlists.steps import locked

# Whom a member of staff can turn to. None of them learns whose consent it is: they type what they are told.
WITHDRAWERS = (Role.FORCE_ADMIN, Role.PLANNER, Role.SILVER_COMMANDER)
THERE = (WatchlistState.IMPORTED.value, WatchlistState.SEALED.value)
WITHDRAWN = "Consent withdrawn"


@transaction.atomic
def withdraw_consent(*, consent_reference: str, actor: Actor, now: datetime) -> int:
    """From the moment this commits nobody with this consent is found by any list of the force, their pictures
    and templates are deleted, and no list that names it is imported. Returns how many entries came off.

    No reason is asked. Repeating it changes nothing. Raises NotPermitted, RuleViolated.
    """
    if actor.force_id != current_force_id() or not actor.has(*WITHDRAWERS):
        raise NotPermitted(
            "Administrators, planners and silver commanders record that a consent is withdrawn."
        )
    reference = folded(consent_reference)
    if not reference or len(reference) > LONGEST["consent_reference"] or unseen_characters(reference):
        raise RuleViolated(
            ["Enter the reference of the consent, as it stands on the list."], code="reference"
        )
    return _withdraw(reference, actor=actor, now=now)


@transaction.atomic
def withdraw_own_consent(*, consent_id: UUID, actor: Actor, now: datetime) -> int:
    """The same, by the member themself. Raises NotFound for a consent that is not theirs."""
    row = Consent.objects.filter(id=consent_id).first()
    if row is None or row.member_id != actor.id or actor.force_id != current_force_id():
        raise NotFound("you have no such consent")
    return _withdraw(row.folded, actor=actor, now=now)


@transaction.atomic
def withdraw_all_own_consents(*, actor: Actor, now: datetime) -> int:
    """Every consent of the member themself that holds or is to come. Returns how many entries came off."""
    if actor.id is None or actor.force_id != current_force_id():
        raise NotFound("you have no consent here")
    mine = Consent.objects.filter(member_id=actor.id, withdrawn_at__isnull=True, ends_at__gt=now)
    return sum(_withdraw(row.folded, actor=actor, now=now) for row in mine.order_by("id"))


def _withdraw(reference: str, *, actor: Actor, now: datetime) -> int:
    # First without waiting for anybody, then once more for a list that is being stored right now.
    off = take_off_everywhere(reference, reason=WITHDRAWN, actor=actor, now=now)
    hold()
    _, is_new = ConsentWithdrawal.objects.get_or_create(
        consent_reference=reference,
        defaults={"withdrawn_at": now, "recorded_by_id": actor.id, "recorded_by_label": actor.label},
    )
    off += take_off_everywhere(reference, reason=WITHDRAWN, actor=actor, now=now)
    _end_record(reference, now=now)
    if is_new or off:
        audit.record(
            actor=actor, verb="watchlist.consent_withdrawn", object_type="force",
            object_id=current_force_id(), payload={"consent_reference": reference, "entries": off}, now=now,
        )  # fmt: skip
    return off


def _end_record(reference: str, *, now: datetime) -> None:
    """Nobody opens the picture any more, from now on; the sweep deletes it and certifies that."""
    row = Consent.objects.filter(folded=reference, withdrawn_at__isnull=True).first()
    if row is None:
        return
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    if row.key_id is not None:
        vault.destroy_key(key_id=row.key_id, now=now)


def take_off_everywhere(reference: str, *, reason: str, actor: Actor, now: datetime) -> int:
    """Off every list of the force that names this consent, by its folded reference. Returns how many."""
    listed = Subject.objects.filter(
        removed_at__isnull=True, category=Category.BLUE_LIST.value, watchlist__state__in=THERE
    )
    # Compared here: what PostgreSQL folds is not what Python folds.
    found = [
        row for row in listed.order_by("watchlist_id", "id") if folded(row.consent_reference) == reference
    ]
    off = 0
    for row in found:
        watchlist = locked(row.watchlist_id)
        subject = Subject.objects.select_for_update().filter(id=row.id, removed_at__isnull=True).first()
        if subject is not None:
            take_off(watchlist, subject, reason=reason, actor=actor, now=now)
            off += 1
    return off
