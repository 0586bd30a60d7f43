"""The people of the demonstration who agreed to be on the Blue List, as an administrator records it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID

from apps.core.clock import london
from apps.core.tenancy import force_context
from apps.demo.people import Person, actor
from apps.watchlists import api as watchlists
from apps.watchlists.agreed import GivenHow, NewConsent

FOR = timedelta(days=700)
WORDING = "demonstration 1"
MEMBERS = ("operator", "engagement", "commander", "planner")


def consent_of(reference: str) -> str:
    """The reference of the consent by which somebody is listed."""
    return f"CONSENT-{reference}"


def agree(*, force_id: UUID, people: Mapping[str, Person], references: Iterable[str], now: datetime) -> None:
    """A consent for each of the listed, from the day of `now` on."""
    first = london(now).date()
    with force_context(force_id):
        for reference, member in zip(sorted(references), cycle(MEMBERS), strict=False):
            watchlists.record_consent(
                new=NewConsent(
                    member_id=people[member].id,
                    reference=consent_of(reference),
                    begins_on=first,
                    ends_on=first + FOR,
                    wording_version=WORDING,
                    given_how=GivenHow.PAPER.value,
                ),
                actor=actor(people["admin"], force_id),
                now=now,
            )
