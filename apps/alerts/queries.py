"""Reads of the alerts app. The number of queries does not grow with the number of alerts (tested)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from apps.alerts.data import (
    AWAITING_OPERATOR,
    CONFIRMS_IDENTITY,
    NO_ACTION,
    OPEN_STATES,
    OTHER_DISPOSALS,
    SAYS_WHO,
    AlertData,
    AlertNews,
    AlertState,
    AlertSummary,
    ClaimData,
    DecisionData,
    EarlierCount,
    EngagementDecision,
    Outcome,
    Step,
)
from apps.alerts.models import Alert, AlertOutcome, Counter, Decision
from apps.alerts.policies import Case
from apps.core.errors import NotFound
from apps.deployments import api as deployments
from apps.watchlists.data import Category, SubjectCard

NEWS_PAGE = 200
# Of the decided and of the expired ones each: what a console that is opened is told of what is over.
EARLIER_SHOWN = 50
_ALERT_COLUMNS = [field.name for field in fields(AlertData) if field.name != "claim"]


def to_data(alert: Alert) -> AlertData:
    values = {name: getattr(alert, name) for name in _ALERT_COLUMNS}
    return AlertData(**{**values, "state": AlertState(alert.state)}, claim=_claim(alert))


def _claim(alert: Alert) -> ClaimData | None:
    if alert.claim_holder_id is None or alert.claim_lapses_at is None:
        return None
    return ClaimData(
        step=Step(alert.claim_step),
        holder_id=alert.claim_holder_id,
        holder_label=alert.claim_holder_label,
        lapses_at=alert.claim_lapses_at,
    )


def get(*, alert_id: UUID) -> AlertData:
    """Raises NotFound, also for an alert of another force: row-level security hides it."""
    alert = Alert.objects.filter(id=alert_id).first()
    if alert is None:
        raise NotFound("there is no such alert")
    return to_data(alert)


def decisions_of(*, alert_id: UUID) -> tuple[DecisionData, ...]:
    return _decisions([alert_id])[alert_id]


def outcomes_of(*, alert_id: UUID) -> tuple[Outcome, ...]:
    return _outcomes([alert_id])[alert_id]


def case_of(alert: Alert) -> Case:
    """What the rules need to know about one alert."""
    return Case(
        alert=to_data(alert),
        deployment=deployments.get(deployment_id=alert.deployment_id),
        duties=deployments.duties(deployment_id=alert.deployment_id),
        decisions=decisions_of(alert_id=alert.id),
        outcomes=outcomes_of(alert_id=alert.id),
    )


def is_volunteer(case: Case, card: SubjectCard | None) -> bool:
    """Whether the candidate is of the Blue List; once their card is gone, whether nobody else was listed."""
    if card is None:
        return bool(case.deployment.authority.rehearsal)
    return card.category == Category.BLUE_LIST


def current_revision(*, deployment_id: UUID) -> int:
    """The number of the last change; 0 before the first alert."""
    counter = Counter.objects.filter(deployment_id=deployment_id).first()
    return counter.last_revision if counter else 0


def news_since(*, deployment_id: UUID, after: int, limit: int = NEWS_PAGE) -> AlertNews:
    """Alerts that were raised or changed after revision `after`, oldest change first."""
    return _news(Alert.objects.filter(deployment_id=deployment_id, revision__gt=after), after, limit)


def first_news(*, deployment_id: UUID, opened: UUID | None) -> AlertNews:
    """For a console that knows no alert yet: all that are open, of the others those that changed last, and
    `opened`, which this person wants to work on.

    Only of what nobody has been told may something be left out: a console that has an alert as open must
    hear that it is over.
    """
    alerts = Alert.objects.filter(deployment_id=deployment_id)
    expired = Q(state=AlertState.EXPIRED)
    decided = ~Q(state__in=[*OPEN_STATES, AlertState.EXPIRED])
    shown = Q(state__in=OPEN_STATES) | _latest(alerts, expired) | _latest(alerts, decided)
    return _news(alerts.filter(shown | Q(id=opened) if opened else shown), 0, NEWS_PAGE)


def _latest(alerts: QuerySet[Alert], which: Q) -> Q:
    last = alerts.filter(which).order_by("-revision").values("revision")
    return which & Q(revision__gte=Coalesce(last[EARLIER_SHOWN - 1 : EARLIER_SHOWN], Value(0)))


def earlier_count(*, deployment_id: UUID) -> EarlierCount:
    expired = Q(state=AlertState.EXPIRED)
    over = Alert.objects.filter(deployment_id=deployment_id).exclude(state__in=OPEN_STATES)
    return EarlierCount(**over.aggregate(expired=Count("id", expired), decided=Count("id", ~expired)))


def earlier(*, deployment_id: UUID, page: str) -> tuple[Page[Alert], AlertNews]:
    """A page of the alerts that are over, highest number first. A page that does not exist is the nearest."""
    over = Alert.objects.filter(deployment_id=deployment_id).exclude(state__in=OPEN_STATES)
    found = Paginator(over.order_by("-number"), EARLIER_SHOWN).get_page(page)
    return found, _told([to_data(alert) for alert in found], revision=0, more=False)


def _news(changed: QuerySet[Alert], after: int, limit: int) -> AlertNews:
    rows = [to_data(alert) for alert in changed.order_by("revision")[: limit + 1]]
    page = rows[:limit]
    return _told(page, revision=page[-1].revision if page else after, more=len(rows) > limit)


def _told(page: Sequence[AlertData], *, revision: int, more: bool) -> AlertNews:
    """Of an alert that nobody has decided on yet nothing is asked: it is what has to be shown soonest."""
    asked = [alert.id for alert in page if alert.state is not AlertState.RAISED]
    decisions: dict[UUID, tuple[DecisionData, ...]] = {alert.id: () for alert in page}
    outcomes: dict[UUID, tuple[Outcome, ...]] = {alert.id: () for alert in page}
    if asked:
        decisions |= _decisions(asked)
        outcomes |= _outcomes(asked)
    return AlertNews(
        alerts=tuple(page),
        decisions=decisions,
        outcomes=outcomes,
        revision=revision,
        more=more,
    )


def contradictions(
    *, deployment_id: UUID, subject_ids: Collection[UUID]
) -> Mapping[UUID, list[AlertOutcome]]:
    """By subject: when the same candidate was contradicted before on this deployment (domain.md §5)."""
    rows = AlertOutcome.objects.filter(
        outcome=Outcome.RELEASED_IDENTITY_WRONG,
        alert__deployment_id=deployment_id,
        alert__subject_id__in=subject_ids,
    ).annotate(subject_id=F("alert__subject_id"))
    found: dict[UUID, list[AlertOutcome]] = defaultdict(list)
    for row in rows:
        found[row.subject_id].append(row)
    return found


def false_alerts(*, deployment_id: UUID, since: datetime | None) -> int:
    """How many alerts an officer confirmed as false after `since` (None: from the start), those about the
    Blue List too: the two that stop recognition."""
    wrong = AlertOutcome.objects.filter(
        outcome=Outcome.RELEASED_IDENTITY_WRONG, alert__deployment_id=deployment_id
    )
    fresh = wrong if since is None else wrong.filter(recorded_at__gt=since)
    return fresh.values("alert_id").distinct().count()


def _decisions(alert_ids: Collection[UUID]) -> Mapping[UUID, tuple[DecisionData, ...]]:
    found: dict[UUID, tuple[DecisionData, ...]] = dict.fromkeys(alert_ids, ())
    for row in Decision.objects.filter(alert_id__in=alert_ids).order_by("decided_at"):
        found[row.alert_id] += (
            DecisionData(
                alert_id=row.alert_id,
                step=Step(row.step),
                value=row.value,
                reason=row.reason,
                actor_id=row.actor_id,
                actor_label=row.actor_label,
                decided_at=row.decided_at,
                entered_by_id=row.entered_by_id,
                entered_by=row.entered_by,
            ),
        )
    return found


def _outcomes(alert_ids: Collection[UUID]) -> Mapping[UUID, tuple[Outcome, ...]]:
    found: dict[UUID, tuple[Outcome, ...]] = dict.fromkeys(alert_ids, ())
    for alert_id, outcome in (
        AlertOutcome.objects.filter(alert_id__in=alert_ids)
        .order_by("recorded_at", "outcome")
        .values_list("alert_id", "outcome")
    ):
        found[alert_id] += (Outcome(outcome),)
    return found


def summary(*, deployment_id: UUID) -> AlertSummary:
    """The alert columns of the deployment record (domain.md §7)."""
    rows = Alert.objects.filter(deployment_id=deployment_id, decoy=False)
    alerts = list(rows.values_list("id", "state", "purged_at", "counted_apart"))
    outcomes: dict[UUID, set[Outcome]] = defaultdict(set)
    for alert_id, outcome in AlertOutcome.objects.filter(alert__deployment_id=deployment_id).values_list(
        "alert_id", "outcome"
    ):
        outcomes[alert_id].add(Outcome(outcome))
    engaged = Decision.objects.filter(
        Q(alert__deployment_id=deployment_id, alert__counted_apart=False), value=EngagementDecision.ENGAGE
    ).count()
    return summarise(
        deployment_id=deployment_id,
        alerts=[
            Counted(AlertState(state), outcomes[alert_id], apart, purged_at is not None)
            for alert_id, state, purged_at, apart in alerts
        ],
        engagements=engaged,
    )


class Counted(NamedTuple):
    """One alert as it is counted."""

    state: AlertState
    outcomes: Collection[Outcome]
    apart: bool
    purged: bool

    @property
    def is_true(self) -> bool:
        """An alert whose identity was contradicted is false whatever else holds."""
        contradicted = Outcome.RELEASED_IDENTITY_WRONG in self.outcomes
        return not contradicted and bool(CONFIRMS_IDENTITY & set(self.outcomes))


def summarise(*, deployment_id: UUID, alerts: Sequence[Counted], engagements: int) -> AlertSummary:
    """Counts, without what is counted apart."""
    volunteers = [each for each in alerts if each.apart]
    alerts = [each for each in alerts if not each.apart]
    rejected = [each for each in alerts if each.state is AlertState.NOT_A_MATCH]
    false = [each for each in alerts if Outcome.RELEASED_IDENTITY_WRONG in each.outcomes]
    true = [each for each in alerts if each.is_true]
    all_outcomes = [set(each.outcomes) for each in alerts]
    return AlertSummary(
        deployment_id=deployment_id,
        alerts=len(alerts),
        operator_rejected=len(rejected),
        confirmed_true=len(true),
        confirmed_false=len(false),
        unresolved=len(alerts) - len(rejected) - len(true) - len(false),
        expired=_count(alerts, {AlertState.EXPIRED}),
        undecided=_count(alerts, AWAITING_OPERATOR),
        engagements=engagements,
        not_engaged=sum(Outcome.NOT_ENGAGED in o for o in all_outcomes),
        arrests=sum(Outcome.ARREST in o for o in all_outcomes),
        other_disposals=sum(bool(o & OTHER_DISPOSALS) and Outcome.ARREST not in o for o in all_outcomes),
        no_action=sum(
            bool(o & NO_ACTION) and not o & (OTHER_DISPOSALS | {Outcome.ARREST}) for o in all_outcomes
        ),
        # Whoever was found later has another outcome by now.
        not_located=sum(Outcome.NOT_LOCATED in o and not o & SAYS_WHO for o in all_outcomes),
        purged=sum(each.purged for each in alerts),
        volunteers=len(volunteers),
        volunteers_recognised=sum(each.is_true for each in volunteers),
        volunteers_purged=sum(each.purged for each in volunteers),
    )


def _count(alerts: Iterable[Counted], states: Collection[AlertState]) -> int:
    return sum(each.state in states for each in alerts)
