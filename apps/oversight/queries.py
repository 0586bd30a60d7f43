"""Reads of the open force: two queries for any number of questions and recommendations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit import api as audit
from apps.core.clock import LONDON
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.paging import Position, cut
from apps.oversight import states
from apps.oversight.data import EntryData, Kind, MatterData, QuestionState, RecommendationState
from apps.oversight.models import Entry, Matter
from apps.oversight.states import BODY, FORCE

PAGE = 20
OPEN = sorted(states.WAITS_FOR_FORCE | states.WAITS_FOR_BODY)


def of_deployments(*, deployment_ids: Collection[UUID], named: bool = False) -> tuple[MatterData, ...]:
    """Everything that was put about these deployments, in the order in which it was put.

    `named`: with the names of people, for the force itself; else with rank and pseudonym (ADR 14).
    """
    return _all(Matter.objects.filter(deployment_id__in=deployment_ids), named=named)


def of_period(*, first: date, last: date, named: bool = False) -> tuple[MatterData, ...]:
    """What was put on these days (in London, both included), what became something on them (an answer, done
    or not done), and recommendations about any of them."""
    since = datetime.combine(first, time(), tzinfo=LONDON)
    until = datetime.combine(last + timedelta(days=1), time(), tzinfo=LONDON)
    put = Q(put_at__gte=since, put_at__lt=until)
    moved = Q(id__in=Entry.objects.filter(at__gte=since, at__lt=until).values("matter_id"))
    return _all(Matter.objects.filter(put | moved | Q(first__lte=last, last__gte=first)), named=named)


def all_open(*, named: bool = False) -> tuple[MatterData, ...]:
    """What waits for the force or for the body: earlier recommendations that are not done, among others."""
    return _all(Matter.objects.filter(state__in=OPEN), named=named)


def open_of(*, kind: Kind, named: bool) -> tuple[MatterData, ...]:
    """The open ones of a kind, those due first at the beginning."""
    found = _all(Matter.objects.filter(kind=kind, state__in=OPEN), named=named)
    return tuple(sorted(found, key=lambda matter: (not matter.waits_for_force, matter.due_on, matter.number)))


def closed_page(
    *, kind: Kind, before: Position | None, named: bool
) -> tuple[tuple[MatterData, ...], Position | None]:
    """Those of which nothing is asked any more, the latest first, and where the next page begins."""
    closed = Matter.objects.filter(kind=kind).exclude(state__in=OPEN).prefetch_related("entries")
    found, more = cut(closed, field="put_at", before=before, size=PAGE)
    return tuple(_data(row, named=named) for row in found), more


def get(*, matter_id: UUID, named: bool) -> MatterData:
    """Raises NotFound."""
    found = _all(Matter.objects.filter(id=matter_id), named=named)
    if not found:
        raise NotFound("there is no such question or recommendation")
    return found[0]


def waiting_count(*, actor: Actor) -> int:
    """How many are unanswered, for who answers; for the body, how many it is to look at. One query, none for
    others."""
    turns: set[str] = set()
    if actor.has(*FORCE):
        turns |= states.UNANSWERED
    if actor.has(*BODY):
        turns |= states.WAITS_FOR_BODY
    return Matter.objects.filter(state__in=sorted(turns)).count() if turns else 0


def _all(rows: QuerySet[Matter], *, named: bool) -> tuple[MatterData, ...]:
    found = rows.order_by("put_at", "kind", "number").prefetch_related("entries")
    return tuple(_data(row, named=named) for row in found)


def _data(row: Matter, *, named: bool) -> MatterData:
    kind = Kind(row.kind)
    entries = list(row.entries.all())
    replies = [entry for entry in entries if entry.step in states.REPLIES]
    is_question = kind is Kind.QUESTION
    state = QuestionState(row.state) if is_question else RecommendationState(row.state)
    return MatterData(
        id=row.id,
        kind=kind,
        number=row.number,
        state=state,
        state_words=states.STATE_WORDS[state],
        text=row.text,
        due_on=row.due_on,
        put_at=row.put_at,
        reply=replies[-1].text if replies else "",
        replied_at=replies[-1].at if replies else None,
        deployment_id=row.deployment_id,
        reference=row.reference,
        first=row.first,
        last=row.last,
        published_at=row.published_at,
        waits_for_force=row.state in states.WAITS_FOR_FORCE,
        waits_for_body=row.state in states.WAITS_FOR_BODY,
        entries=tuple(
            EntryData(
                entry.step, states.STEP_WORDS[entry.step], entry.text, _who(entry, named=named), entry.at
            )
            for entry in entries
        ),
    )


def _who(entry: Entry, *, named: bool) -> str:
    if named:
        return entry.actor_label
    return f"{entry.actor_rank} {audit.pseudonym(entry.actor_id)}".strip()
