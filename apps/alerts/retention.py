"""The alerts app's rows of the retention table (domain.md §6)."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from apps.alerts.models import Alert
from apps.alerts.numbering import next_revision
from apps.alerts.push import tell_console
from apps.audit import api as audit
from apps.core import retention as registry
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.vault import api as vault

DATA_CLASS = "alert_biometrics"
# How far back `verify` looks again at what was purged: every certificate is checked while it is fresh, and a
# restored backup shows up within a week.
VERIFIED_AGAIN = timedelta(days=7)


def _due(now: datetime) -> QuerySet[Alert]:
    return Alert.objects.filter(purged_at__isnull=True, purge_due_at__lte=now)


def due_count(now: datetime) -> int:
    return _due(now).count()


@transaction.atomic
def purge(now: datetime) -> list[PurgeResult]:
    """Destroys the key of every due alert of the current force, which deletes its pictures and templates.

    Driven by the deadline on the row alone: undecided alerts go too, and nothing extends it.
    """
    actor = Actor.system(force_id=current_force_id(), label="retention")
    counts: dict[UUID, Tally[str]] = {}
    earliest: dict[UUID, datetime] = {}
    for alert in _due(now).select_for_update().order_by("deployment_id", "number"):
        blobs = vault.destroy_key(key_id=alert.key_id, now=now)
        alert.probe_blob_id = alert.template_blob_id = None
        alert.purged_at = now
        alert.revision = next_revision(alert.deployment_id)
        alert.save()
        audit.record(
            actor=actor,
            verb="alert.purged",
            object_type="alert",
            object_id=alert.id,
            payload={"deployment_id": str(alert.deployment_id), "number": alert.number, "blobs": blobs},
            now=now,
        )
        tell_console(alert.deployment_id, alert.revision)
        counts.setdefault(alert.deployment_id, Tally()).update(alerts=1, keys=1, blobs=blobs)
        due = earliest.setdefault(alert.deployment_id, alert.purge_due_at)
        earliest[alert.deployment_id] = min(due, alert.purge_due_at)
    return [
        PurgeResult(
            data_class=DATA_CLASS,
            subject_id=deployment_id,
            counts=dict(tally),
            due_at=earliest[deployment_id],
        )
        for deployment_id, tally in counts.items()
    ]


def verify(now: datetime) -> list[str]:
    """Looks again, after the commit: no key, no blob, and nothing overdue."""
    problems = [f"alert {alert.id} is past its deadline and not purged" for alert in _due(now)]
    for alert in Alert.objects.filter(purged_at__gt=now - VERIFIED_AGAIN, purged_at__lte=now):
        if vault.key_exists(key_id=alert.key_id):
            problems.append(f"the key of purged alert {alert.id} still exists")
        blobs = vault.blob_count(key_id=alert.key_id)
        if blobs:
            problems.append(f"{blobs} blobs of purged alert {alert.id} still exist")
    return problems


def register() -> None:
    registry.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("Pictures and measurements of alerts"),
            kept=_("At most %(span)s from the alert, whatever became of it"),
            setting="alert_keep_hours",
            source="Hertfordshire Constabulary's published statement; domain.md §6",
            models=("alerts.Alert",),
            due_count=due_count,
            purge=purge,
            verify=verify,
            verified_how="the encryption key of each alert is gone, and nothing encrypted with it is left",
            counted_from="The alert itself. Nothing extends it.",
            destroyed_how=(
                "The encryption key of each alert is overwritten and deleted; its picture and"
                " measurements are deleted."
            ),
            elsewhere=registry.UNREADABLE,
        )
    )
    registry.exempt(
        "alerts.LooksErased",
        "Sums over all deployments of a force, by group, of records whose descriptions are erased: no record"
        " and no person. They are told only as ADR 21 lets them be.",
    )
    registry.exempt("alerts.Counter", "Two numbers a deployment, no personal data; goes with its record.")
    registry.exempt(
        "alerts.HandOverRecipient",
        "Certificates of departments of the force, with who recorded and confirmed them; kept as long as the"
        " force, to say for whom a copy was sealed.",
    )
