"""The Blue List's row of the retention table: its own consent period (domain.md §6), apart from the lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.audit import api as audit
from apps.core import retention
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id, rows_of_force
from apps.vault import api as vault
from apps.watchlists.consent import take_off_everywhere
from apps.watchlists.models import Consent, ConsentWithdrawal

DATA_CLASS, RECORD_CLASS = "blue_list", "blue_list_consents"
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


def _past_years(now: datetime) -> list[tuple[UUID, datetime]]:
    """Consents that are closed, and past the years of the force since they ended: by the database."""
    return rows_of_force("SELECT id, ends_at FROM watchlists_consents_over(%s, %s) ORDER BY ends_at, id", now)


def _withdrawals(now: datetime) -> list[tuple[UUID, datetime]]:
    """Withdrawals past the same years that still say who recorded them."""
    statement = "SELECT id, ends_at FROM watchlists_withdrawals_over(%s, %s) ORDER BY ends_at, id"
    return rows_of_force(statement, now)


def records_due(now: datetime) -> int:
    return len(_past_years(now)) + len(_withdrawals(now))


@transaction.atomic
def purge_records(now: datetime) -> list[PurgeResult]:
    """Delete that they agreed, and who said that they do not any more, by the function of the owner, which
    counts the years once more. Locked first: of two schedulers at once one counts."""
    due, named = dict(_past_years(now)), dict(_withdrawals(now))
    wanted = _locked(Consent, due)
    named = {each: named[each] for each in _locked(ConsentWithdrawal, named)}
    if not wanted and not named:
        return []
    gone = [each for (each,) in rows_of_force("SELECT watchlists_delete_consents(%s, %s)", wanted)]
    actor = Actor.system(force_id=current_force_id(), label="Blue List purge")
    for consent_id in gone:
        audit.record(
            actor=actor, verb="watchlist.consent_deleted", object_type="consent", object_id=consent_id,
            payload={}, now=now,
        )  # fmt: skip
    results = [PurgeResult(RECORD_CLASS, each, {"consents": 1}, due[each]) for each in gone]
    if named:
        counts = {"names": len(named)}
        results.append(PurgeResult(RECORD_CLASS, current_force_id(), counts, min(named.values())))
    return results


def _locked(model: type[Consent] | type[ConsentWithdrawal], due: Mapping[UUID, datetime]) -> list[UUID]:
    rows = model._default_manager.filter(id__in=due)
    if model is ConsentWithdrawal:
        return list(rows.exclude(recorded_by_label="").values_list("id", flat=True))
    return list(rows.select_for_update().order_by("id").values_list("id", flat=True))


def verify_records(now: datetime) -> list[str]:
    late = [f"consent {each}: past its years and not deleted" for each, _ends in _past_years(now)]
    return late + [f"withdrawal {each}: still says who recorded it" for each, _ends in _withdrawals(now)]


def register() -> None:
    _register_records()
    retention.register(
        RetentionRule(
            data_class=DATA_CLASS,
            title=_("Pictures of members of staff who agreed to take part in tests (the Blue List)"),
            kept=_("Until their consent ends, or until they withdraw it: at any time and without a reason"),
            source="docs/domain.md §6 (its own consent period)",
            models=("watchlists.Consent",),
            due_count=due_count,
            purge=purge_due,
            verify=verify,
            verified_how="no picture is left, and the encryption key of this consent is gone",
            counted_from="The last day of the consent, or its withdrawal if that is earlier.",
            destroyed_how=(
                "Taken off every list; the picture is deleted and the encryption key of the consent"
                " overwritten and deleted. That the member agreed goes by a rule of its own."
            ),
            elsewhere=retention.UNREADABLE,
        )
    )


def _register_records() -> None:
    retention.register(
        RetentionRule(
            data_class=RECORD_CLASS,
            title=_("That a member of staff agreed to be on the Blue List, and for how long"),
            kept=_("By the schedule of the force: %(span)s after their consent ended or was withdrawn"),
            setting="authority_years",
            source="docs/domain.md §6; ADR 24; the force's setting authority_years",
            models=("watchlists.Consent", "watchlists.ConsentWithdrawal"),
            due_count=records_due,
            purge=purge_records,
            verify=verify_records,
            verified_how="no consent past its years is left, and no withdrawal says who recorded it",
            counted_from="The last day of the consent, or its withdrawal if that is earlier.",
            destroyed_how=(
                "The row is deleted, by a function of the database that counts the years itself. Of a"
                " withdrawal the reference stays, without who recorded it, so that no list names it again."
            ),
            elsewhere=retention.READABLE,
        )
    )
