"""The rows of the retention table about engagements: receipts die, and free words and how somebody looked go
with the log's time; so do the free words of hand-overs, which are about the same alerts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from apps.alerts.engagements import LOOKS
from apps.alerts.looks import keep_sums
from apps.alerts.models import Engagement, HandOver, Receipt
from apps.audit import api as audit
from apps.core import retention as registry
from apps.core.data import Actor
from apps.core.retention import PurgeResult, RetentionRule
from apps.core.tenancy import current_force_id

RECEIPTS, TEXTS = "receipts", "engagement_texts"
WORDS = ("power_other", "search_other", "force_other", "body_worn", "examined_words", *LOOKS)
# Of a hand-over: who asked, approved and collected stays, as for each decision of the log.
COPY_WORDS = ("reason", "refusal", "complaint_reference", "their_reference")


def _receipts(now: datetime) -> QuerySet[Receipt]:
    return Receipt.objects.filter(expires_at__lte=now)


def receipts_due(now: datetime) -> int:
    return _receipts(now).count()


@transaction.atomic
def purge_receipts(now: datetime) -> list[PurgeResult]:
    """By deployment. The address answers "not here" from its time on, whether or not this has run."""
    due = list(_receipts(now).select_related("engagement").order_by("expires_at"))
    results = _results(RECEIPTS, [(row.engagement.deployment_id, row.expires_at) for row in due])
    if due:
        Receipt.objects.filter(id__in=[row.id for row in due]).delete()
        _record("alert.receipts_deleted", len(due), now)
    return results


def verify_receipts(now: datetime) -> list[str]:
    return [f"receipt {row.id} is past its time and not deleted" for row in _receipts(now)]


def _texts(now: datetime) -> QuerySet[Engagement]:
    return Engagement.objects.filter(texts_due_at__lte=now, texts_erased_at__isnull=True)


def _copies(now: datetime) -> QuerySet[HandOver]:
    return HandOver.objects.filter(texts_due_at__lte=now, texts_erased_at__isnull=True)


def texts_due(now: datetime) -> int:
    return _texts(now).count() + _copies(now).count()


@transaction.atomic
def purge_texts(now: datetime) -> list[PurgeResult]:
    due = list(_texts(now).select_for_update().order_by("texts_due_at"))
    copies = list(_copies(now).select_for_update().order_by("texts_due_at"))
    dues = [(row.deployment_id, row.texts_due_at) for row in due]
    dues += [(row.deployment_id, row.texts_due_at) for row in copies]
    results = _results(TEXTS, dues)
    if due:
        erase(due, now)
        _record("alert.engagement_texts_erased", len(due), now)
    if copies:
        _copies(now).filter(id__in=[row.id for row in copies]).update(
            texts_erased_at=now, **dict.fromkeys(COPY_WORDS, "")
        )
        _record("handover.texts_erased", len(copies), now)
    return results


def erase(rows: Iterable[Engagement], now: datetime) -> None:
    """The words and looks of these, whose looks are not erased yet; what they add up to is kept before."""
    ids = [row.id for row in rows]
    if ids:
        keep_sums(ids)
        Engagement.objects.filter(id__in=ids).update(texts_erased_at=now, **dict.fromkeys(WORDS, ""))


def verify_texts(now: datetime) -> list[str]:
    erased = Q(texts_erased_at__isnull=False)
    rows = Engagement.objects.filter(erased & ~Q(**dict.fromkeys(WORDS, "")))
    copies = HandOver.objects.filter(erased & ~Q(**dict.fromkeys(COPY_WORDS, "")))
    return [
        *(f"free words of engagement {row.id} are past their time" for row in _texts(now)),
        *(f"erased words of engagement {row.id} are back" for row in rows),
        *(f"free words of hand-over {row.id} are past their time" for row in _copies(now)),
        *(f"erased words of hand-over {row.id} are back" for row in copies),
    ]


def _results(data_class: str, due: list[tuple[UUID, datetime]]) -> list[PurgeResult]:
    by_deployment: dict[UUID, list[datetime]] = {}
    for deployment_id, at in due:
        by_deployment.setdefault(deployment_id, []).append(at)
    return [
        PurgeResult(data_class=data_class, subject_id=key, counts={"rows": len(at)}, due_at=min(at))
        for key, at in by_deployment.items()
    ]


def _record(verb: str, count: int, now: datetime) -> None:
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="retention"),
        verb=verb,
        object_type="engagements",
        object_id=current_force_id(),
        payload={"count": count},
        now=now,
    )


OF_RECEIPTS = RetentionRule(
    data_class=RECEIPTS,
    title=_("Receipts of people who were spoken to"),
    kept=_("%(span)s from the time at which an officer spoke to them"),
    setting="receipt_days",
    source="domain.md §5; the force's setting receipt_days",
    models=("alerts.Receipt",),
    due_count=receipts_due,
    purge=purge_receipts,
    verify=verify_receipts,
    verified_how="no receipt past its time is left",
    counted_from="The time at which an officer spoke to somebody.",
    destroyed_how="The rows are deleted; the address on the receipt answers that nothing is here.",
    elsewhere=registry.READABLE + " A receipt on paper stays with whoever has it.",
)
OF_TEXTS = RetentionRule(
    data_class=TEXTS,
    title=_("Free words in the record of a stop, and ethnicity, sex and age as the officer saw them"),
    kept=_("By the schedule of the force: %(span)s. The record itself has no name"),
    setting="decision_log_years",
    source="domain.md §6, decision log; the force's setting decision_log_years",
    models=("alerts.Engagement", "alerts.HandOver"),
    due_count=texts_due,
    purge=purge_texts,
    verify=verify_texts,
    verified_how="every free word and description of a record past its time is empty",
    counted_from=(
        "The stop, or the request for a copy of an alert, by the years of the settings that"
        " bind the deployment; at the latest with the log of its alerts."
    ),
    destroyed_how=(
        "The words and descriptions are overwritten with nothing. What descriptions add up"
        " to, over all deployments, stays."
    ),
    elsewhere=registry.READABLE,
)


def register() -> None:
    registry.register(OF_RECEIPTS)
    registry.register(OF_TEXTS)
