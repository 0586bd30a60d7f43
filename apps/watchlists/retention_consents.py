"""The Blue List's row of the retention table: its own consent period (domain.md §6), apart from the lists."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id
from apps.vault import api as vault
from apps.watchlists.consent import take_off_everywhere
from apps.watchlists.models import Consent

DATA_CLASS = "blue_list"
ENDED = "Consent ended"
LOOK_AGAIN_FOR = timedelta(days=7)


def _due(now: datetime) -> QuerySet[Consent]:
    is_over = Q(ends_at__lte=now) | Q(withdrawn_at__isnull=False)
    return Consent.objects.filter(is_over, closed_at__isnull=True)


def due_count(now: datetime) -> int:
    return _due(now).count()


def purge_due(now: datetime) -> list[PurgeResult]:
    """Close every consent that ended or was withdrawn: off every list, its picture and key destroyed."""
    actor = Actor.system(force_id=current_force_id(), label="Blue List purge")
    return [_close(row, actor=actor, now=now) for row in _due(now).order_by("ends_at", "id")]


def _close(row: Consent, *, actor: Actor, now: datetime) -> PurgeResult:
    off = take_off_everywhere(row.folded, reason=ENDED, actor=actor, now=now)
    counts = {
        "consents": 1,
        "entries": off,
        "pictures": int(row.picture_blob_id is not None),
        "keys": int(row.key_id is not None),
    }
    if row.key_id is not None:
        vault.destroy_key(key_id=row.key_id, now=now)
    row.picture_blob_id, row.closed_at = None, now
    row.save(update_fields=["picture_blob_id", "closed_at"])
    audit.record(
        actor=actor, verb="watchlist.consent_closed", object_type="consent", object_id=row.id,
        payload={"consent_reference": row.reference, **counts}, now=now,
    )  # fmt: skip
    due_at = row.ends_at if row.withdrawn_at is None else min(row.withdrawn_at, row.ends_at)
    return PurgeResult(data_class=DATA_CLASS, subject_id=row.id, counts=counts, due_at=due_at)


def verify(now: datetime) -> list[str]:
    """One line for each consent whose picture or key should be gone and is not."""
    problems = [f"consent {row.id}: not closed" for row in _due(now)]
    recent = Consent.objects.filter(closed_at__gt=now - LOOK_AGAIN_FOR, key_id__isnull=False)
    for consent_id, key_id in recent.values_list("id", "key_id"):
        if key_id is not None and (vault.key_exists(key_id=key_id) or vault.blob_count(key_id=key_id)):
            problems.append(f"consent {consent_id}: its picture or its key is still there")
    return problems


def register() -> None:
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("Pictures of members of staff who agreed to take part in tests (the Blue List)"),
            kept=_(
                "Until their consent ends, or until they withdraw it: at any time and without a reason. That"
                " they agreed stays on record by the schedule of the force: %(span)s"
            ),
            setting="authority_years",
            source="docs/domain.md §6 (its own consent period)",
            models=("watchlists.Consent",),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="no picture is left, and the encryption key of this consent is gone",
            counted_from="The last day of the consent, or its withdrawal if that is earlier.",
            destroyed_how=(
                "Taken off every list; the picture is deleted and the encryption key of the consent"
                " overwritten and deleted. That the member agreed, with their name, stays: no job"
                " deletes it."
            ),
            elsewhere=retention.UNREADABLE,
        )
    )
