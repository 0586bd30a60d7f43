"""Which consents of the Blue List hold, and which hold no more. Reads only; recording one is in
`blue_list.py`, withdrawing one in `consent.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from apps.core.clock import LONDON
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.watchlists.agreed import ConsentData, ConsentState, ConsentTerm, GivenHow
from apps.watchlists.models import Consent, ConsentWithdrawal


def folded(reference: str) -> str:
    """As consents are compared: nobody stays listed for a capital letter or a space."""
    return " ".join(reference.casefold().split())


def hold() -> None:
    """Withdrawing a consent and storing a list happen one after the other, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent {current_force_id()}"]
        )


def midnight(day: date) -> datetime:
    """The instant at which a day begins in London."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def ends_at(last_day: date) -> datetime:
    """The first instant at which a consent does not hold any more."""
    return midnight(last_day + timedelta(days=1))


def terms_on(instant: datetime) -> Mapping[str, ConsentTerm]:
    """The consents that hold at `instant`, by their folded reference. Whether one was withdrawn is another
    question (`withdrawn_consents`), with another answer for whoever asks."""
    held = Consent.objects.filter(closed_at__isnull=True, ends_at__gt=instant)
    terms = {
        folded: ConsentTerm(midnight(begins_on), end)
        for folded, begins_on, end in held.values_list("folded", "begins_on", "ends_at")
    }
    return {folded: term for folded, term in terms.items() if term.covers(instant)}


def as_data(row: Consent, now: datetime) -> ConsentData:
    return ConsentData(
        id=row.id,
        reference=row.reference,
        member_id=row.member_id,
        member_label=row.member_label,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        wording_version=row.wording_version,
        given_how=GivenHow(row.given_how),
        recorded_at=row.recorded_at,
        recorded_by_label=row.recorded_by_label,
        withdrawn_at=row.withdrawn_at,
        has_picture=row.picture_blob_id is not None and row.withdrawn_at is None,
        state=_state(row, now),
        decoys=row.decoys,
    )


def _state(row: Consent, now: datetime) -> ConsentState:
    if row.withdrawn_at is not None:
        return ConsentState.WITHDRAWN
    if now >= row.ends_at:
        return ConsentState.ENDED
    return ConsentState.IN_FORCE if now >= midnight(row.begins_on) else ConsentState.TO_COME


def is_recorded(*, consent_reference: str) -> bool:
    """Whether the force has a consent with this reference, whatever became of it."""
    return Consent.objects.filter(folded=folded(consent_reference)).exists()


def own_consents(*, actor: Actor, now: datetime) -> list[ConsentData]:
    """What somebody agreed to themself, the latest first."""
    if actor.id is None:
        return []
    mine = Consent.objects.filter(member_id=actor.id).order_by("-begins_on", "-recorded_at")
    return [as_data(row, now) for row in mine]


def withdrawn_consents() -> frozenset[str]:
    """Folded."""
    return frozenset(ConsentWithdrawal.objects.values_list("consent_reference", flat=True))


def check_not_withdrawn(references: Iterable[str]) -> None:
    """For whoever stores a list, holding `hold`. Raises RuleViolated: it was checked before, and changed."""
    if withdrawn_consents().intersection(folded(each) for each in references if each):
        raise RuleViolated(
            ["A consent of this list was withdrawn meanwhile. Have the upload checked again."],
            code="consent_withdrawn",
        )
