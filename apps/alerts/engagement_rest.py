"""The engagement's part of an alert's JSON. Nothing of who the person is or how they look is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.alerts import engagement_policies
from apps.alerts.data import MATCHED, AlertState
from apps.alerts.engagement_data import ADULT_LABELS, POWER_LABELS, EngagementData
from apps.alerts.handover import on_console
from apps.alerts.handover.data import HandOverData
from apps.alerts.policies import Case
from apps.core.data import Actor


def engagement_json(
    case: Case,
    found: EngagementData | None,
    *,
    copy: HandOverData | None,
    actor: Actor,
    now: datetime,
) -> dict[str, Any] | None:
    """None before an operator said "match". `copy` is the evidential one that was asked for."""
    if case.alert.state not in MATCHED:
        return None
    return {
        "links": _links(case, found, actor),
        "may_mark_child": found is not None and engagement_policies.can_child(case, actor=actor),
        **(_clock(found) if found else {}),
        **(
            {"hand_over": on_console.words(case, found, copy, now)}
            if on_console.is_shown(case, actor)
            else {}
        ),
    }


def _clock(found: EngagementData) -> dict[str, Any]:
    record = found.record
    return {
        "engaged_at": found.engaged_at.isoformat(),
        "escalates_at": found.escalates_at.isoformat(),
        "finished_at": _iso(found.finished_at),
        "stop": {
            "power": POWER_LABELS[record.power] if record.power else "",
            "began_at": _iso(record.started_at),
            "ended_at": _iso(record.ended_at),
            # Said by radio, and written down by somebody else.
            "entered_by": found.entered_by,
        },
        "child": found.child_at is not None,
        "adult": ADULT_LABELS[record.adult] if record.adult else "",
        "receipt_given": found.receipt_until is not None,
    }


def _links(case: Case, found: EngagementData | None, actor: Actor) -> dict[str, str]:
    """To pages, by the very rules that guard them."""
    wanted = {
        "stop": found is not None and engagement_policies.can_record(case, actor=actor),
        "give-receipt": found is not None and engagement_policies.can_receipt(case, actor=actor),
        # Once the person was released or the day's work on it is done, nothing waits to be said.
        "by-radio": case.alert.state in {AlertState.DISPATCHED, AlertState.ENGAGED}
        and engagement_policies.can_enter(case, actor=actor),
        # What is missing can still be said when it is over.
        "radio-stop": found is not None
        and (case.alert.state is AlertState.ENGAGED or bool(found.lacks))
        and engagement_policies.can_enter(case, actor=actor),
        "hand-over": on_console.is_shown(case, actor),
    }
    return {
        name.replace("-", "_"): reverse(f"alerts:{name}", args=[case.alert.id])
        for name, holds in wanted.items()
        if holds
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
