"""What is kept of a force itself. Who wrote its settings goes by the years; the settings stay."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id, rows_of_force

DATA_CLASS = "settings_names"


def _due(now: datetime) -> list[tuple[int, datetime]]:
    found = rows_of_force("SELECT number, ends_at FROM forces_names_over(%s, %s) ORDER BY ends_at", now)
    return [(row[0], row[1]) for row in found]


def due_count(now: datetime) -> int:
    return len(_due(now))


def purge_due(now: datetime) -> list[PurgeResult]:
    """Empty the names of who wrote versions that were replaced so long ago. Counted by who empties them, so
    that of two schedulers at once one counts."""
    due = _due(now)
    if not due:
        return []
    [(number,)] = rows_of_force("SELECT forces_forget_names(%s)")
    if not number:
        return []
    force_id = current_force_id()
    counts = {"names": int(number)}
    audit.record(
        actor=Actor.system(force_id=force_id, label="settings purge"),
        verb="settings.names_deleted",
        object_type="force",
        object_id=force_id,
        payload=counts,
        now=now,
    )
    return [PurgeResult(DATA_CLASS, force_id, counts, due[0][1])]


def verify(now: datetime) -> list[str]:
    return [f"version {number} of the settings still says who wrote it" for number, _ends in _due(now)]


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("The settings of the force, and which of its people changed them"),
            kept=_(
                "The settings as long as the force uses the system; who changed them, by the schedule of the"
                " force, %(span)s after they were replaced"
            ),
            setting="authority_years",
            source="docs/domain.md §6; ADR 24; the force's setting authority_years",
            models=("forces.ForceSettingsVersion",),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="no version that was replaced so long ago says who wrote it",
            counted_from="The moment at which another version replaced it.",
            destroyed_how=(
                "The name is emptied, by a function of the database that counts the years itself. The numbers"
                " stay: deployments were bound to them."
            ),
            elsewhere=retention.READABLE,
        )
    )
    retention.exempt("forces.Force", "The registry of tenants and their settings; no personal data.")
    retention.exempt(
        "forces.OnboardingLink",
        "The address of who was asked to set the force up, kept as long as the force; the link is a hash.",
    )
    for model in ("BaseMap", "BaseMapLine"):
        retention.exempt(f"forces.{model}", "Roads and outlines; kept until replaced or removed.")
    for model in ("LeavingExport", "LeavingConfirmation"):
        retention.exempt(f"forces.{model}", "Goes with the force that it lets go.")
    retention.exempt("forces.DepartedForce", "Proof of a deletion: counts and hashes, and no person.")
