"""Every state x transition x role of a watchlist."""

from itertools import product
from uuid import uuid4

import pytest

from apps.core.data import Actor, Role
from apps.core.errors import InvalidTransition, NotPermitted
from apps.watchlists.data import WatchlistState
from apps.watchlists.states import WATCHLISTS

ALLOWED = {
    ("seal", WatchlistState.IMPORTED, Role.PLANNER): WatchlistState.SEALED,
    ("discard", WatchlistState.IMPORTED, Role.PLANNER): WatchlistState.PURGING,
    ("start_purge", WatchlistState.IMPORTED, Role.SYSTEM): WatchlistState.PURGING,
    ("start_purge", WatchlistState.SEALED, Role.SYSTEM): WatchlistState.PURGING,
    ("finish_purge", WatchlistState.PURGING, Role.SYSTEM): WatchlistState.PURGED,
}


@pytest.mark.parametrize(
    ("name", "state", "role"), product([t.name for t in WATCHLISTS], WatchlistState, Role)
)
def test_the_matrix(name, state, role):
    actor = Actor(id=None, label="somebody", force_id=uuid4(), roles=frozenset({role}))
    if (name, state, role) in ALLOWED:
        taken = WATCHLISTS.apply(name, current=state, actor=actor)
        assert taken.target == ALLOWED[name, state, role]
        assert taken.audit_verb.startswith("watchlist.")
    else:
        with pytest.raises((InvalidTransition, NotPermitted)):
            WATCHLISTS.apply(name, current=state, actor=actor)


def test_nothing_leads_out_of_purged():
    assert not [t.name for t in WATCHLISTS if WatchlistState.PURGED in t.sources]
