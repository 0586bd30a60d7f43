"""Alert numbers and change numbers, both from one counter row a deployment.

The row stays locked until the transaction that took a number ends. So a number is visible only when every
lower one is, and a console that asks for "after N" can never skip one (invariant 7).
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from apps.alerts.models import Counter
from apps.core.tenancy import current_force_id

ADVANCE = """
UPDATE alerts_counter
SET last_number = last_number + %s::int, last_revision = last_revision + %s::int
WHERE deployment_id = %s::uuid
RETURNING last_number, last_revision
"""


def lock_counter(deployment_id: UUID) -> None:
    """Makes the row when it is not there, and holds it until the transaction ends."""
    mine = Counter.objects.select_for_update().filter(deployment_id=deployment_id)
    if mine.first() is not None:
        return
    row = Counter(deployment_id=deployment_id, force_id=current_force_id())
    Counter.objects.bulk_create([row], ignore_conflicts=True)
    mine.get()


def next_number(deployment_id: UUID) -> tuple[int, int]:
    """(alert number, revision) of a new alert."""
    return next_numbers(deployment_id, 1)[0]


def next_numbers(deployment_id: UUID, count: int) -> list[tuple[int, int]]:
    """Those of so many new alerts, in order."""
    number, revision = _advance(deployment_id, numbers=count, revisions=count)
    return [(number - after, revision - after) for after in reversed(range(count))]


def next_revision(deployment_id: UUID) -> int:
    """The revision of a change to an alert that exists."""
    return _advance(deployment_id, numbers=0, revisions=1)[1]


def _advance(deployment_id: UUID, *, numbers: int, revisions: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(ADVANCE, [numbers, revisions, str(deployment_id)])
        number, revision = cursor.fetchone()
    return number, revision
