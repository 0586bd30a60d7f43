"""How the consents of the Blue List read on a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.watchlists.agreed import ConsentData, ConsentState, GivenHow

STATES = {
    ConsentState.TO_COME: "Not begun yet",
    ConsentState.IN_FORCE: "In force",
    ConsentState.ENDED: "Ended",
    ConsentState.WITHDRAWN: "Withdrawn",
}
HOW = {GivenHow.PAPER: "on paper", GivenHow.ELECTRONIC: "electronically"}


@dataclass(frozen=True)
class ConsentRow:
    consent: ConsentData
    state: str
    how: str


def rows_of(consents: Iterable[ConsentData]) -> list[ConsentRow]:
    return [ConsentRow(each, STATES[each.state], HOW[each.given_how]) for each in consents]
