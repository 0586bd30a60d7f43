"""Staff who left: their row of the retention table. By the years of the force, counted by the database."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from apps.accounts.models import User
from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id, rows_of_force

DATA_CLASS = "staff"
# So many people go in one transaction.
BATCH = 50
SHOWN = 20
MODELS = ("User", "RoleGrant", "Invitation", "TrainingCertificate", "CollarNumber")


def _due(now: datetime) -> list[tuple[UUID, datetime]]:
    found = rows_of_force("SELECT id, ends_at FROM accounts_left(%s, %s) ORDER BY ends_at, id", now)
    return [(row[0], row[1]) for row in found]


def due_count(now: datetime) -> int:
    return len(_due(now))


@transaction.atomic
def purge_due(now: datetime) -> list[PurgeResult]:
    """Delete up to BATCH people who left. Locked first, so that of two schedulers at once only one counts and
    deletes somebody. One result for all of them, of the force: a certificate has nobody's id."""
    wanted = [person for person, _ends in _due(now)[:BATCH]]
    if not wanted:
        return []
    list(User.objects.filter(id__in=wanted).select_for_update().order_by("id").values_list("id"))
    due = {person: ends for person, ends in _due(now) if person in wanted}
    if not due:
        return []
    gone = rows_of_force("SELECT person, counts FROM accounts_forget_left(%s, %s)", list(due))
    total = Counter({"people": len(gone)})
    for person, told in gone:
        counts = {name: number for name, number in json.loads(told).items() if number}
        total.update(counts)
        _record(person, counts, now)
    return [PurgeResult(DATA_CLASS, current_force_id(), dict(total), min(due.values()))]


def _record(person: UUID, counts: dict[str, int], now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="staff purge"),
        verb="person.deleted",
        object_type="user",
        object_id=person,
        payload=counts,
        now=now,
    )


def verify(now: datetime) -> list[str]:
    """One line for each of the first people who should be gone and are not."""
    return [f"person {person}: left, past their years and not deleted" for person, _ends in _due(now)[:SHOWN]]


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("Names, ranks, collar numbers and roles of the staff who use the system"),
            kept=_(
                "While they work with it and, by the schedule of the force, %(span)s after their last role"
                " has ended; longer only while a deployment from their time is kept"
            ),
            setting="decision_log_years",
            source="docs/domain.md §6; ADR 24; the force's setting decision_log_years",
            models=tuple(f"accounts.{name}" for name in MODELS),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="nobody who left is here past their years",
            counted_from=(
                "The end of their last role or link in this force, or the recording or withdrawal of a"
                " certificate or collar number, if that is later."
            ),
            destroyed_how=(
                "Roles, links, certificates and collar numbers in this force are deleted, and the account"
                " with its second factors where no other force has anything of it, by a function of the"
                " database that counts the years itself. Records name them in words of their own, and go by"
                " their own years."
            ),
            elsewhere=retention.READABLE,
            batched=True,
        )
    )
