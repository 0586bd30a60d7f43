"""Which consents of the Blue List hold no more. Reads only; withdrawing one is in `consent.py`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from apps.core.errors import RuleViolated
from apps.core.tenancy import current_force_id
from apps.watchlists.models import ConsentWithdrawal


def folded(reference: str) -> str:
    """As consents are compared: nobody stays listed for a capital letter or a space."""
    return " ".join(reference.casefold().split())


def hold() -> None:
    """Withdrawing a consent and storing a list happen one after the other, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent {current_force_id()}"]
        )


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
