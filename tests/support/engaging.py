"""What an engagement officer does on an alert, as tests of the alerts app say it."""

from __future__ import annotations

from typing import Any

from apps.core.clock import utc_now


def do(stage: Any, operation: Any, alert: Any, **more: Any) -> Any:
    """Now, by the stage's engagement officer, unless `more` says otherwise."""
    with stage.context():
        return operation(**({"alert_id": alert.id, "actor": stage.officer.actor, "now": utc_now()} | more))
