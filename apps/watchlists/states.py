"""The transition table of a watchlist: from, to, who may, which audit event (domain.md §4, §6).

An import creates a list in IMPORTED; removing one person is no transition, the list stays sealed.
"""

from __future__ import annotations

from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable
from apps.watchlists.data import WatchlistState

SEAL = "seal"
DISCARD = "discard"
START_PURGE = "start_purge"
FINISH_PURGE = "finish_purge"

WATCHLISTS: TransitionTable[WatchlistState] = TransitionTable(
    machine="watchlist",
    transitions=[
        Transition(
            name=SEAL,
            sources=frozenset({WatchlistState.IMPORTED}),
            target=WatchlistState.SEALED,
            roles=frozenset({Role.PLANNER}),
            audit_verb="watchlist.sealed",
        ),
        # A wrong import is destroyed like any other list, never edited into another one.
        Transition(
            name=DISCARD,
            sources=frozenset({WatchlistState.IMPORTED}),
            target=WatchlistState.PURGING,
            roles=frozenset({Role.PLANNER}),
            audit_verb="watchlist.discarded",
        ),
        Transition(
            name=START_PURGE,
            sources=frozenset({WatchlistState.IMPORTED, WatchlistState.SEALED}),
            target=WatchlistState.PURGING,
            roles=frozenset({Role.SYSTEM}),
            audit_verb="watchlist.purge_started",
        ),
        Transition(
            name=FINISH_PURGE,
            sources=frozenset({WatchlistState.PURGING}),
            target=WatchlistState.PURGED,
            roles=frozenset({Role.SYSTEM}),
            audit_verb="watchlist.purged",
        ),
    ],
)
