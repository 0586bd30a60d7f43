"""The membership register: who was on which list, by reference, group and time, without any biometric.

Written as people are listed and as they come off; deleted by the force's years (`retention_register`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.watchlists.models import MembershipRegister, Subject, Watchlist

# Listed, discarded and listed again is one row: from the first time until the last.
LISTED_AGAIN = ("ends_at", "removed_early")


def folded(reference: str) -> str:
    """A reference as the import compares two of them: without blanks around it, whatever its case."""
    return reference.strip().casefold()


def enter(watchlist: Watchlist, subjects: Sequence[Subject], *, now: datetime) -> None:
    """Enter the people of a new list, each with the time at which it ends for them by itself."""
    MembershipRegister.objects.bulk_create(
        [
            MembershipRegister(
                deployment_id=watchlist.deployment_id,
                reference=subject.reference,
                folded=folded(subject.reference),
                category=subject.category,
                listed_at=now,
                ends_at=min(subject.expires_at or watchlist.purge_due_at, watchlist.purge_due_at),
            )
            for subject in subjects
        ],
        update_conflicts=True,
        update_fields=LISTED_AGAIN,
        unique_fields=("deployment_id", "reference", "category"),
    )


def taken_off(watchlist: Watchlist, subject: Subject, *, now: datetime) -> None:
    """Somebody was taken off before their time; an entry that had ended by itself stays as it is."""
    MembershipRegister.objects.filter(
        deployment_id=watchlist.deployment_id,
        reference=subject.reference,
        category=subject.category,
        ends_at__gt=now,
    ).update(ends_at=now, removed_early=True)


def shorten(*, deployment_id: UUID, ends_at: datetime) -> None:
    """The list of a deployment ends earlier than it would have by itself; nothing ever moves later."""
    MembershipRegister.objects.filter(deployment_id=deployment_id, ends_at__gt=ends_at).update(
        ends_at=ends_at
    )
