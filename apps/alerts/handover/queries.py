"""Reads of hand-overs: what waits for whom, and counts. Two queries each, however many alerts."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from apps.alerts.data import Outcome
from apps.alerts.handover import policies
from apps.alerts.handover.data import PROMPT_WITHIN, Ground, HandOverCounts, HandOverData, Kind, Stage
from apps.alerts.handover_models import HandOver
from apps.alerts.models import AlertOutcome, Engagement
from apps.core.data import Actor
from apps.core.wording import say_clock, say_duration, say_moment, say_span

# How far back the page lists what is over.
SHOWN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Arrest:
    """That an arrest was recorded on an alert, and when the alert's picture is deleted."""

    alert_id: UUID
    deployment_id: UUID
    number: int
    arrested_at: datetime
    deletes_at: datetime
    deleted_at: datetime | None
    # Somebody said that it needs no copy.
    no_copy: bool

    @property
    def hour_ends_at(self) -> datetime:
        return self.arrested_at + PROMPT_WITHIN

    def gone(self, now: datetime) -> bool:
        return self.deleted_at is not None or now >= self.deletes_at


@dataclass(frozen=True)
class Duty:
    """One copy that somebody has to see to: an arrest without one, or a request that is not through.

    `overdue`: an hour after the arrest it is not handed over. `why` says what waits, without a name.
    """

    alert_id: UUID
    deployment_id: UUID
    number: int
    why: str
    overdue: bool
    request: HandOverData | None = None
    gone: bool = False

    @property
    def words(self) -> str:
        """Of one deployment, where the number alone says which alert."""
        return f"Alert {self.number}: {self.why}"

    def is_for(self, actor: Actor) -> bool:
        """Whether the next step is one that this person's role may take."""
        if self.gone:
            return False
        if self.request is None:
            return actor.has(*policies.REQUESTERS)
        if self.request.approved is None:
            return actor.has(*policies.APPROVERS) and actor.id != self.request.requested_by_id
        return actor.id in {self.request.requested_by_id, self.request.decided_by_id}


def of_alert(*, alert_id: UUID) -> tuple[HandOverData, ...]:
    """Every request about one alert, refused ones too, oldest first."""
    return tuple(to_data(row) for row in _rows().filter(alert_id=alert_id))


def requests_of(*, alert_ids: Collection[UUID]) -> tuple[HandOverData, ...]:
    return tuple(to_data(row) for row in _rows().filter(alert_id__in=alert_ids))


def duties(*, now: datetime, deployment_ids: Collection[UUID] | None = None) -> tuple[Duty, ...]:
    """What waits now, overdue first. None is every deployment of the open force."""
    return tuple(each for each in everything(now=now, deployment_ids=deployment_ids) if not each.gone)


def everything(*, now: datetime, deployment_ids: Collection[UUID] | None = None) -> tuple[Duty, ...]:
    """The same, and what was deleted in the last days without having been handed over."""
    arrests = {each.alert_id: each for each in _arrests(deployment_ids, since=now - SHOWN_FOR)}
    rows = _rows().filter(acknowledged_at__isnull=True, requested_at__gt=now - SHOWN_FOR)
    if deployment_ids is not None:
        rows = rows.filter(deployment_id__in=deployment_ids)
    requests = [each for row in rows if (each := to_data(row)).approved is not False]
    settled = _asked(arrests)
    found = [_of_request(each, arrests.get(each.alert_id), now) for each in requests]
    found += [
        _of_arrest(each, now) for key, each in arrests.items() if key not in settled and not each.no_copy
    ]
    return tuple(sorted(found, key=lambda each: (each.gone, not each.overdue, each.number)))


def _asked(arrests: Mapping[UUID, Arrest]) -> set[UUID]:
    if not arrests:
        return set()
    rows = HandOver.objects.filter(alert_id__in=arrests, kind=Kind.EVIDENTIAL.value)
    return set(rows.exclude(approved=False).values_list("alert_id", flat=True))


def _rows() -> QuerySet[HandOver]:
    return HandOver.objects.select_related("alert").order_by("requested_at")


def _arrests(deployment_ids: Collection[UUID] | None, *, since: datetime | None = None) -> Iterable[Arrest]:
    rows = AlertOutcome.objects.filter(outcome=Outcome.ARREST.value, alert__counted_apart=False)
    if since is not None:
        rows = rows.filter(recorded_at__gt=since)
    if deployment_ids is not None:
        rows = rows.filter(alert__deployment_id__in=deployment_ids)
    columns = ("alert_id", "alert__deployment_id", "alert__number", "recorded_at", "alert__purge_due_at")
    said = Exists(Engagement.objects.filter(alert_id=OuterRef("alert_id"), no_copy_at__isnull=False))
    rows = rows.annotate(no_copy=said).order_by("recorded_at")
    for row in rows.values_list(*columns, "alert__purged_at", "no_copy"):
        yield Arrest(*row)


def _of_arrest(each: Arrest, now: datetime) -> Duty:
    said = f"an arrest was recorded at {say_clock(each.arrested_at)}, and"
    if each.gone(now):
        at = say_moment(each.deleted_at or each.deletes_at)
        words = f"{said} nobody asked for the evidential copy before the picture was deleted, {at}."
    else:
        words = f"{said} nobody has asked for the evidential copy. {_left(each, now)}"
    return Duty(
        each.alert_id,
        each.deployment_id,
        each.number,
        words,
        overdue=now >= each.hour_ends_at,
        gone=each.gone(now),
    )


WAITS: Mapping[Stage, str] = {
    Stage.ASKED: "waits for approval, by another person than whoever asked for it.",
    Stage.APPROVED: "is approved, and nobody has collected it.",
    Stage.COLLECTED: "is stuck: it was collected, and nobody has entered under which reference it arrived.",
}


def _of_request(each: HandOverData, arrest: Arrest | None, now: datetime) -> Duty:
    stage = each.stage(now)
    what = "evidential copy" if each.kind is Kind.EVIDENTIAL else "sealed copy for professional standards"
    if stage is Stage.GONE:
        at = say_moment(each.deleted_at or each.deletes_at)
        words = f"the picture was deleted {at}, before the {what} was collected."
    elif stage is Stage.COLLECTED and each.gone(now):
        words = f"the {what} was {each.collected_words}. {deletion_words(each.deletes_at, now)}"
    else:
        words = f"the {what} {WAITS[stage]} {deletion_words(each.deletes_at, now)}"
        if arrest is not None and each.kind is Kind.EVIDENTIAL:
            words = f"the {what} {WAITS[stage]} {_left(arrest, now)}"
    late = arrest is not None and each.kind is Kind.EVIDENTIAL and now >= arrest.hour_ends_at
    # A copy that was collected may still arrive after the deletion: that stays somebody's.
    gone = stage is Stage.GONE
    return Duty(each.alert_id, each.deployment_id, each.number, words, late, request=each, gone=gone)


def _left(arrest: Arrest, now: datetime) -> str:
    """Both clocks: to the hour, and to the deletion."""
    if now < arrest.hour_ends_at:
        hour = f"{say_span(arrest.hour_ends_at - now).capitalize()} left of the hour."
    else:
        hour = f"The hour ended {say_duration(now - arrest.hour_ends_at)} ago."
    return f"{hour} {deletion_words(arrest.deletes_at, now)}"


def deletion_words(at: datetime, now: datetime) -> str:
    if now >= at:
        return f"The picture was deleted at its time, {say_moment(at)}."
    return f"The picture is deleted in {say_duration(at - now)}, whatever happens."


def hand_over_counts(*, deployment_ids: Collection[UUID], now: datetime) -> Mapping[UUID, HandOverCounts]:
    """For the records of deployments; one without any is there with noughts."""
    at: dict[UUID, list[Arrest]] = defaultdict(list)
    for each in _arrests(deployment_ids):
        at[each.deployment_id].append(each)
    rows = HandOver.objects.filter(deployment_id__in=deployment_ids).exclude(approved=False)
    evidential = rows.filter(kind=Kind.EVIDENTIAL.value).values("alert_id")
    ends = evidential.annotate(at=Min("acknowledged_at"), left=Max("collected_at"))
    copies = {key: (at, left is not None) for key, at, left in ends.values_list("alert_id", "at", "left")}
    sealed: dict[UUID, int] = defaultdict(int)
    for found in rows.filter(kind=Kind.RESTRICTION.value).values_list("deployment_id", flat=True):
        sealed[found] += 1
    return {key: _count(at[key], copies, sealed[key], now) for key in deployment_ids}


def _count(
    arrests: Collection[Arrest],
    copies: Mapping[UUID, tuple[datetime | None, bool]],
    restrictions: int,
    now: datetime,
) -> HandOverCounts:
    """`copies`: of an alert whose copy was asked for, when it arrived and whether it was collected."""
    counts = Tally(_became(each, *copies.get(each.alert_id, (None, False)), now) for each in arrests)
    return HandOverCounts(arrests=len(arrests), restrictions=restrictions, **counts)


def _became(each: Arrest, arrived_at: datetime | None, collected: bool, now: datetime) -> str:
    if arrived_at is not None:
        return "in_the_hour" if arrived_at <= each.hour_ends_at else "later"
    if each.no_copy:
        return "not_needed"
    if not each.gone(now):
        return "not_yet"
    return "unconfirmed" if collected else "never"


COLUMNS = (
    "id", "alert_id", "deployment_id", "complaint_reference", "reason", "requested_by_id", "requested_by",
    "requested_at", "decided_by_id", "decided_by", "decided_at", "approved", "refusal", "collections",
    "collected_at", "collected_sha256", "acknowledged_at", "acknowledged_by", "their_reference",
)  # fmt: skip


def to_data(row: HandOver) -> HandOverData:
    return HandOverData(
        kind=Kind(row.kind),
        ground=Ground(row.ground) if row.ground else None,
        number=row.alert.number,
        deletes_at=row.alert.purge_due_at,
        deleted_at=row.alert.purged_at,
        **{name: getattr(row, name) for name in COLUMNS},
    )
