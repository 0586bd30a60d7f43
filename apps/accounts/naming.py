"""What people are called: records, notices of duty and the audit tell them apart by rank and name."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Invitation
from apps.accounts.queries import vouched_grants
from apps.core.text import unseen_characters


def fold(text: str) -> str:
    """The same for what reads the same: case, spaces, full width and composed letters."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def wrong_with_name(*, display_name: str, rank: str) -> list[str]:
    """What is wrong with the characters, in words."""
    unseen = unseen_characters(display_name + rank)
    if unseen:
        return [f"Name and rank cannot hold characters that nobody sees: {', '.join(unseen)}."]
    return []


def is_taken(*, display_name: str, rank: str, except_user: UUID | None = None) -> bool:
    """Whether an active or invited person of the open force has the same rank and name."""
    asked = (fold(rank), fold(display_name))
    people = vouched_grants().values_list("user__rank", "user__display_name")
    invited = Invitation.objects.filter(
        used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=timezone.now()
    )
    if except_user is not None:
        people, invited = people.exclude(user_id=except_user), invited.exclude(user_id=except_user)
    taken = {*people.distinct(), *invited.values_list("rank", "display_name")}
    return asked in {(fold(theirs), fold(name)) for theirs, name in taken}


TAKEN = (
    "Somebody of your force has this rank and name already. Add a collar number or an initial, so that the"
    " records tell them apart."
)
