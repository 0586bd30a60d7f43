"""What the notice does when its deployment moves. Each runs once an event, at once or in the sweep."""

from __future__ import annotations

from apps.core.events import DomainEventData, Handler, subscribe
from apps.notices import operations, urgent
from apps.notices.states import CANCEL, END, EXPIRE, GO_LIVE, RESUME, REVOKE, SUSPEND, WITHDRAW

# The results of a reviewed deployment are put together above: scrutiny hands them to `publish_results`.
STEPS = {
    "deployment.live": GO_LIVE,
    "deployment.suspended": SUSPEND,
    "deployment.resumed": RESUME,
    "deployment.voided": WITHDRAW,
    "deployment.cancelled": CANCEL,
    "deployment.revoked": REVOKE,
    "deployment.expired": EXPIRE,
    "deployment.ended": END,
}


def _schedule(event: DomainEventData) -> None:
    operations.schedule(deployment_id=event.subject_id, now=event.now)


def _refresh(event: DomainEventData) -> None:
    operations.refresh(deployment_id=event.subject_id, now=event.now)


def _follow(step: str) -> Handler:
    def handler(event: DomainEventData) -> None:
        operations.follow(deployment_id=event.subject_id, step=step, now=event.now)

    return handler


def register() -> None:
    subscribe(kind="deployment.approved", name="notices.schedule", handler=_schedule)
    subscribe(kind="deployment.confirmed", name="notices.confirmed", handler=urgent.on_confirmed)
    subscribe(kind="deployment.refused_afterwards", name="notices.refused", handler=urgent.on_refused)
    subscribe(kind="deployment.narrowed", name="notices.refresh", handler=_refresh)
    for kind, step in STEPS.items():
        subscribe(kind=kind, name=f"notices.{step}", handler=_follow(step))
