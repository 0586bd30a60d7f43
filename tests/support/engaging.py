"""What an engagement officer does on an alert, as tests of the alerts app and of its pages say it."""

from __future__ import annotations

from typing import Any

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.core.clock import utc_now


def do(stage: Any, operation: Any, alert: Any, **more: Any) -> Any:
    """Now, by the stage's engagement officer, unless `more` says otherwise."""
    about = {"alert_id": alert.id, "actor": stage.officer.actor, "now": utc_now()}
    return stage.within(operation, **(about | more))


def dispatched(stage: Any, subject: int = 0) -> Any:
    """An alert about the stage's subject of this number, which its operator called a match."""
    alert = stage.raise_alert(subject_id=stage.subjects[subject])
    stage.decide(alert.id, OperatorDecision.MATCH)
    return alert


def engaged(stage: Any, subject: int = 0) -> Any:
    """The same, and the officer engaged on it."""
    alert = dispatched(stage, subject)
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")
    return alert
