"""What held at an instant, from what was decided until then. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from apps.core.clock import london
from apps.core.wording import say_clock, say_date
from apps.deployments.api import RevisionContent, TakenDuty
from apps.deployments.data import Authority, DeploymentState, Duty
from apps.scrutiny.lawful.data import Decided, Happened, Records
from apps.watchlists.api import SealedList

T = TypeVar("T")
APPROVE = "approve"
# After these the approval before them holds no more.
ENDS_AN_APPROVAL = frozenset(
    {"void", "cancel", "revoke", "expire", "refuse_unstarted", "refuse_running", "refuse_afterwards"}
)
LAID_DOWN, TAKEN = "deployment.duty_laid_down", "deployment.duty_taken"
# Who does one of these has taken the duty by it, also again (deployments: note_duty).
DOING = {
    Duty.SILVER: frozenset(
        f"deployment.{verb}" for verb in ("check_recorded", "made_ready", "started", "resumed", "ended")
    )
}
DOING_OTHERS = frozenset({"deployment.check_recorded", "deployment.sign_checked"})


@dataclass(frozen=True)
class Span:
    """Somebody on a duty; `off` None: until the end of what is on record."""

    actor_id: UUID
    actor_label: str
    duty: Duty
    on: datetime
    off: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.on <= at and (self.off is None or at < self.off)


def at_moment(instant: datetime, on: datetime | None = None) -> str:
    """To the second: "10:05:09 on Thursday 10 December 2026"; only the time where it is the day of `on`."""
    if on is not None and london(on).date() == london(instant).date():
        return say_clock(instant)
    return f"{say_clock(instant)} on {say_date(instant)}"


def last(found: Iterable[T]) -> T | None:
    """The last of them; None where there is none."""
    result = None
    for result in found:  # noqa: B007 - the last one is what is wanted
        pass
    return result


def state_at(records: Records, at: datetime) -> tuple[DeploymentState | None, Decided | None]:
    """The state, and the decision that led to it: none for a plan that was only drafted. No state where the
    deployment was not there yet, or nothing was written down."""
    moved = last(one for one in records.decisions if one.at <= at and one.state is not None)
    if moved is not None:
        return moved.state, moved
    drafted = at >= records.created_at and (records.decisions or records.revisions)
    return (DeploymentState.DRAFT if drafted else None), None


def revision_at(records: Records, at: datetime) -> RevisionContent | None:
    return last(one for one in records.revisions if one.recorded_at <= at)


def authority_at(records: Records, at: datetime) -> Authority | None:
    found = revision_at(records, at)
    return found.authority if found is not None else None


def approval_at(records: Records, at: datetime) -> Decided | None:
    """The approval that held; None where none did."""
    found = None
    for one in records.decisions:
        if one.at <= at and one.kind == APPROVE:
            found = one
        elif one.at <= at and one.kind in ENDS_AN_APPROVAL:
            found = None
    return found


def confirmed_at(records: Records, approval: Decided, at: datetime) -> Decided | None:
    """Who confirmed an urgent approval, by then."""
    kinds = (one for one in records.decisions if one.kind == "confirm")
    return last(one for one in kinds if approval.at <= one.at <= at)


def started_at(records: Records, at: datetime) -> Decided | None:
    return last(one for one in records.decisions if one.kind == "start" and one.at <= at)


def sealed_at(records: Records, at: datetime) -> Decided | None:
    """The seal that counts: none from before an approval that was given up."""
    found = None
    for one in records.decisions:
        if one.at <= at and one.kind == "seal_list":
            found = one
        elif one.at <= at and one.kind in ENDS_AN_APPROVAL:
            found = None
    return found


def list_at(records: Records, at: datetime) -> SealedList | None:
    sealed = sealed_at(records, at)
    if sealed is None:
        return None
    return last(one for one in records.lists if one.sealed_at == sealed.at)


def accepted_at(records: Records, at: datetime) -> tuple[Decided, str] | None:
    """Who accepted the list that was sealed, and by which hash."""
    sealed = sealed_at(records, at)
    if sealed is None:
        return None
    kinds = (one for one in records.decisions if one.kind == "accept_list")
    found = last(one for one in kinds if sealed.at <= one.at <= at)
    if found is None:
        return None
    return found, str(payload_of(records, found.event_id).get("seal_hash", ""))


def payload_of(records: Records, event_id: UUID | None) -> dict[str, object]:
    found = next((one for one in records.events if one.id == event_id), None)
    return dict(found.payload) if found is not None else {}


def verified_at(records: Records, at: datetime) -> tuple[datetime, Happened] | None:
    """From when the notice counted, as it stood at `at`: outages set it back, a new place or time ends it."""
    found = None
    for event in records.events:
        if event.at > at:
            continue
        if event.verb == "deployment.notice_verified":
            found = _instant(event, "verified_at"), event
        elif event.verb == "deployment.notice_set_back":
            # Without its content, which the years have erased, nobody knows from when it counted.
            found = (_instant(event, "to"), event) if event.payload else None
        elif event.payload.get("moved"):
            found = None
    return found


def _instant(event: Happened, key: str) -> datetime:
    said = event.payload.get(key)
    return datetime.fromisoformat(said) if isinstance(said, str) else event.at


def published_at(records: Records, at: datetime) -> Happened | None:
    """When the notice of this place and time was first out."""
    found = None
    for event in records.events:
        if event.at > at:
            continue
        if event.verb == "deployment.notice_published" and found is None:
            found = event
        elif event.payload.get("moved"):
            found = None
    return found


def spans(records: Records) -> tuple[Span, ...]:
    """Who was on which duty from when to when. Going off is an event; going on again is one too, or the first
    thing done in that duty afterwards."""
    return tuple(span for taken in records.duties for span in _spans(records.events, taken))


def _spans(events: Sequence[Happened], taken: TakenDuty) -> Iterable[Span]:
    own = [one for one in events if one.actor_id == taken.actor_id]
    off = [one for one in own if one.verb == LAID_DOWN and _of(one, taken.duty)]
    if not off and taken.laid_down_at is not None:
        yield _span(taken, taken.first_at, taken.laid_down_at)
        return
    on: datetime | None = taken.first_at
    for number, gone in enumerate(off):
        if on is not None:
            yield _span(taken, on, gone.at)
        again = off[number + 1] if number + 1 < len(off) else None
        # After the last time the row itself says whether they came back.
        stayed_away = again is None and taken.laid_down_at is not None
        on = None if stayed_away else _back(own, taken.duty, gone, again)
    if on is not None:
        yield _span(taken, on, None)


def _back(own: Sequence[Happened], duty: Duty, gone: Happened, again: Happened | None) -> datetime | None:
    until = again.ordinal if again is not None else None
    between = (one for one in own if one.ordinal > gone.ordinal and (until is None or one.ordinal < until))
    doing = DOING.get(duty, DOING_OTHERS)
    came = (one.at for one in between if (one.verb == TAKEN and _of(one, duty)) or one.verb in doing)
    return next(came, None)


def _of(event: Happened, duty: Duty) -> bool:
    return event.payload.get("duty") == str(duty)


def _span(taken: TakenDuty, on: datetime, off: datetime | None) -> Span:
    return Span(taken.actor_id, taken.actor_label, taken.duty, on, off)
