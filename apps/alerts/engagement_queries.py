"""Reads of engagements. Needs an open force context; one query however many alerts."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from apps.alerts.data import SAYS_WHO, AlertState, Outcome
from apps.alerts.engagement_data import (
    POWER_LABELS,
    Adult,
    AgeBand,
    EngagementData,
    EngagementSummary,
    Ethnicity,
    FalseEngagement,
    ForceKind,
    OpenEngagement,
    Power,
    SearchPower,
    Sex,
    StopRecord,
)
from apps.alerts.models import Alert, AlertOutcome, Decision, Engagement
from apps.core.errors import NotFound

NOT_ENGAGED = "nobody was engaged on this alert"


def _rows() -> QuerySet[Engagement]:
    outcomes = AlertOutcome.objects.filter(alert_id=OuterRef("alert_id"))
    return Engagement.objects.annotate(
        number=F("alert__number"),
        apart=F("alert__counted_apart"),
        contradicted=Exists(outcomes.filter(outcome=Outcome.RELEASED_IDENTITY_WRONG.value)),
        # Whoever was found later has another outcome by now.
        not_located=Exists(outcomes.filter(outcome=Outcome.NOT_LOCATED.value))
        & ~Exists(outcomes.filter(outcome__in=SAYS_WHO)),
        receipt_until=Max("receipts__expires_at"),
        by_radio=ArraySubquery(
            outcomes.filter(entered_by_id__isnull=False).values(
                each=JSONObject(outcome="outcome", by="entered_by")
            )
        ),
    ).order_by("alert__number")


def record_of(row: Engagement) -> StopRecord:
    return StopRecord(
        power=Power(row.power) if row.power else None,
        power_other=row.power_other,
        started_at=row.started_at,
        ended_at=row.ended_at,
        searched=row.searched,
        search_power=SearchPower(row.search_power) if row.search_power else None,
        search_other=row.search_other,
        force_used=row.force_used,
        force_kinds=tuple(ForceKind(kind) for kind in row.force_kinds),
        force_other=row.force_other,
        body_worn=row.body_worn,
        avoided=row.avoided,
        adult=Adult(row.adult) if row.adult else None,
        ethnicity=Ethnicity(row.ethnicity) if row.ethnicity else None,
        sex=Sex(row.sex) if row.sex else None,
        age_band=AgeBand(row.age_band) if row.age_band else None,
    )


COLUMNS = (
    "id", "alert_id", "deployment_id", "number", "engaged_at", "escalates_at", "escalated_at", "finished_at",
    "child_at", "contradicted", "not_located", "recorded_at", "recorded_by", "entered_by", "examined_at",
    "examined_by", "examined_words", "receipt_until",
    "no_copy", "no_copy_by", "no_copy_at",
)  # fmt: skip


def _data(row: Engagement) -> EngagementData:
    values = {name: getattr(row, name) for name in (*COLUMNS, "by_radio")}
    said = {Outcome(each["outcome"]): each["by"] for each in values.pop("by_radio")}
    return EngagementData(record=record_of(row), outcomes_entered_by=said, **values)


def engagements_of(*, alert_ids: Collection[UUID]) -> Mapping[UUID, EngagementData]:
    """By alert; those nobody engaged on are left out. Without alerts not even the statement is made up, which
    takes longer than most do: every new alert comes this way."""
    if not alert_ids:
        return {}
    return {row.alert_id: _data(row) for row in _rows().filter(alert_id__in=alert_ids)}


def engagement_of(*, alert_id: UUID) -> EngagementData:
    """Raises NotFound where nobody was engaged, and for another force's alert."""
    found = engagements_of(alert_ids=[alert_id])
    if alert_id not in found:
        raise NotFound(NOT_ENGAGED)
    return found[alert_id]


def engagement_list(*, deployment_id: UUID) -> tuple[EngagementData, ...]:
    """Every one of a deployment, by the number of its alert."""
    return tuple(_data(row) for row in _rows().filter(deployment_id=deployment_id))


def open_engagements(
    *, deployment_ids: Collection[UUID], now: datetime
) -> Mapping[UUID, tuple[OpenEngagement, ...]]:
    """By deployment: where an officer is with somebody now, the longest first."""
    found: dict[UUID, list[OpenEngagement]] = defaultdict(list)
    rows = Engagement.objects.filter(
        deployment_id__in=deployment_ids,
        finished_at__isnull=True,
        ended_at__isnull=True,
        alert__state=AlertState.ENGAGED,
    ).annotate(number=F("alert__number"))
    for row in rows.order_by("engaged_at"):
        found[row.deployment_id].append(
            OpenEngagement(
                alert_id=row.alert_id,
                number=row.number,
                engaged_at=row.engaged_at,
                escalates_at=row.escalates_at,
                overdue=now >= row.escalates_at,
                stop=row.started_at is not None and row.power != Power.NONE,
            )
        )
    return {deployment_id: tuple(rows) for deployment_id, rows in found.items()}


def engagement_summary(*, deployment_id: UUID) -> EngagementSummary:
    """The counts of the deployment record. Volunteers of an operational day are in none of them."""
    rows = _rows().filter(deployment_id=deployment_id, alert__counted_apart=False)
    said: dict[str, Any] = {"alert_id": OuterRef("id"), "entered_by_id__isnull": False}
    by_radio = Alert.objects.filter(
        Exists(Decision.objects.filter(**said))
        | Exists(AlertOutcome.objects.filter(**said))
        | Exists(Engagement.objects.filter(alert_id=OuterRef("id")).exclude(entered_by=""))
        | ~Q(identity_entered_by=""),
        deployment_id=deployment_id,
        counted_apart=False,
    )
    return summarise([_data(row) for row in rows], by_radio=by_radio.count())


def engagement_summaries(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, EngagementSummary]:
    """The same of each deployment, but for how often somebody wrote for another; in one query."""
    found: dict[UUID, list[EngagementData]] = {deployment_id: [] for deployment_id in deployment_ids}
    for row in _rows().filter(deployment_id__in=deployment_ids, alert__counted_apart=False):
        found[row.deployment_id].append(_data(row))
    return {deployment_id: summarise(each) for deployment_id, each in found.items()}


def summarise(found: Iterable[EngagementData], *, by_radio: int = 0) -> EngagementSummary:
    engagements = list(found)
    stops = [each for each in engagements if each.record.is_stop]
    lasted = [each.seconds for each in stops if each.seconds is not None]
    counts = Tally(
        name
        for each in engagements
        for name, holds in (
            ("no_power", each.record.power is Power.NONE),
            ("not_recorded", each.record.power is None),
            ("searches", each.record.searched is True),
            ("force_used", each.record.force_used is True),
            ("children", each.child_at is not None),
            ("avoided", each.record.avoided is True),
            ("avoided_unknown", each.record.avoided is None),
            ("overdue", each.escalated_at is not None),
        )
        if holds
    )
    return EngagementSummary(
        stops=len(stops),
        median_s=round(median(lasted)) if lasted else None,
        longest_s=max(lasted, default=None),
        by_radio=by_radio,
        false=tuple(_false(each) for each in engagements if each.contradicted),
        **counts,
    )


def _false(each: EngagementData) -> FalseEngagement:
    power = each.record.power
    return FalseEngagement(
        number=each.number,
        seconds=each.seconds,
        power=POWER_LABELS[power] if power else "",
        searched=each.record.searched,
        force_used=each.record.force_used,
        child=each.child_at is not None,
        examined=each.examined_at is not None,
    )


def to_examine(deployment_id: UUID) -> tuple[str, ...]:
    """What its review has not answered for yet, as sentences (deployments: review_items)."""
    rows = engagement_list(deployment_id=deployment_id)
    return tuple(_open_item(each) for each in rows if each.to_examine and each.examined_at is None)


def _open_item(each: EngagementData) -> str:
    if not each.lacks:
        return f"Alert {each.number}: say what happened at this engagement."
    either = "" if each.wrong else ", or have it recorded"
    missing = ", ".join(each.lacks)
    return f"Alert {each.number}: say what happened at this engagement{either}. Not recorded: {missing}."
