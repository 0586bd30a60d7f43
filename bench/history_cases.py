"""What people enter after a deployment: its hours, one case of each class, a question with its answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.casework import operations as casework
from apps.casework.data import About, BreachKind, HoursRole, How, LineData, RequestKind, Risk
from apps.core.clock import london
from apps.oversight import operations as oversight
from apps.oversight.data import Kind

LINES = (
    LineData(HoursRole.SILVER, 1, Decimal("7.50"), Decimal("412.00")),
    LineData(HoursRole.OPERATOR, 3, Decimal(24)),
)


def enter(player: Any, deployment: Any, *, now: datetime) -> None:
    """By the operations behind the pages, in the force's context. `now`: after the deployment's end."""
    works, today = player.actor("admin"), london(now).date()
    casework.record_hours(
        deployment_id=deployment.id, lines=LINES, seen_version=0, reason="", actor=works, now=now
    )
    casework.enter_complaint(
        entered=casework.NewComplaint(
            received_on=today, how=How.LETTER, about=About.STOP, own_reference="", deployment_id=deployment.id
        ),
        actor=works,
        now=now,
    )
    casework.enter_breach(
        entered=casework.NewBreach(
            became_aware_at=now - timedelta(hours=1),
            kind=BreachKind.PERSONAL_DATA,
            risk=Risk.RISK,
            summary="A printed list was left on a desk.",
            deployment_id=deployment.id,
        ),
        actor=works,
        now=now,
    )
    casework.enter_request(
        entered=casework.NewRequest(
            received_on=today, kind=RequestKind.ACCESS, own_reference="", deployment_id=deployment.id
        ),
        actor=works,
        now=now,
    )
    _ask(player, deployment, now=now)


def _ask(player: Any, deployment: Any, *, now: datetime) -> None:
    question = oversight.put(
        kind=Kind.QUESTION,
        text="Why was this place chosen, and what was tried before?",
        due_on=london(now).date() + timedelta(days=28),
        reference=deployment.reference,
        actor=player.actor("oversight"),
        now=now,
    )
    oversight.take(
        matter_id=question,
        step="answer",
        text="Because of the robberies that were reported there. Patrols were tried before.",
        actor=player.actor("authoriser"),
        now=now,
    )
