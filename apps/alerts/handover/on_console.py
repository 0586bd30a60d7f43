"""What a card of the console says of the evidence of an arrest: one line, of nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from apps.alerts.data import AlertNews, Outcome
from apps.alerts.engagement_data import EngagementData
from apps.alerts.handover.data import STAGE_LABELS, HandOverData, Kind, Stage
from apps.alerts.handover.policies import TAKE_PART
from apps.alerts.handover.queries import requests_of
from apps.alerts.policies import Case, pictures_gone
from apps.core.data import Actor

PROMPT = "Evidence: hand over within the hour"
# Nothing is left to be done within the hour.
OVER = frozenset({Stage.HANDED_OVER, Stage.GONE})


def copies_of(news: AlertNews) -> Mapping[UUID, HandOverData]:
    """The evidential copy that was asked for, by alert. Without an arrest it costs no query."""
    arrests = [alert.id for alert in news.alerts if Outcome.ARREST in news.outcomes[alert.id]]
    return _evidential(arrests) if arrests else {}


def _evidential(alert_ids: Collection[UUID]) -> Mapping[UUID, HandOverData]:
    rows = requests_of(alert_ids=alert_ids)
    return {
        each.alert_id: each for each in rows if each.kind is Kind.EVIDENTIAL and each.approved is not False
    }


def is_shown(case: Case, actor: Actor) -> bool:
    """To whoever has a part in hand-overs, once an arrest is recorded; of a volunteer there is none."""
    return actor.has(*TAKE_PART) and Outcome.ARREST in case.outcomes and not case.volunteer


def words(case: Case, engagement: EngagementData | None, copy: HandOverData | None, now: datetime) -> str:
    if copy is not None:
        stage = copy.stage(now)
        said = STAGE_LABELS[stage].lower()
        if stage in OVER or copy.gone(now):
            return f"Evidence: {said}"
        return f"{PROMPT} ({said})"
    if engagement is not None and engagement.no_copy:
        return "Evidence: no copy is needed"
    if pictures_gone(case.alert, now):
        return "Evidence: deleted before a copy was asked for"
    return f"{PROMPT} (not asked for yet)"
