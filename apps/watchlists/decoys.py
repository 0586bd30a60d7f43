"""Whose pictures may be shown as decoys: volunteers on this very list whose consent says so and holds now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.watchlists.consents import folded, terms_on, withdrawn_consents
from apps.watchlists.data import Category, WatchlistState
from apps.watchlists.models import Consent, Picture


@dataclass(frozen=True)
class DecoyPicture:
    """`on_card`: it is the one that a card of this subject shows; the others can stand for "seen"."""

    subject_id: UUID
    blob_id: UUID
    on_card: bool


def decoy_pictures(*, deployment_id: UUID, now: datetime) -> tuple[DecoyPicture, ...]:
    """Every picture that may be used, in a fixed number of queries. Needs an open force context."""
    held = frozenset(terms_on(now)) - withdrawn_consents()
    agreed = held & frozenset(Consent.objects.filter(decoys=True).values_list("folded", flat=True))
    if not agreed:
        return ()
    rows = (
        Picture.objects.filter(
            subject__watchlist__deployment_id=deployment_id,
            subject__watchlist__state=WatchlistState.SEALED,
            subject__category=Category.BLUE_LIST,
            subject__removed_at__isnull=True,
            picture_blob_id__isnull=False,
        )
        .order_by("captured_date", "id")
        .values_list("subject_id", "subject__consent_reference", "picture_blob_id")
    )
    allowed = [
        (subject, blob) for subject, consent, blob in rows if blob is not None and folded(consent) in agreed
    ]
    # As `subject_cards`: the newest is on the card.
    newest = dict(allowed)
    return tuple(DecoyPicture(subject, blob, newest[subject] == blob) for subject, blob in allowed)
