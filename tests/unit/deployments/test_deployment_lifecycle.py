"""The list of steps on the page of a deployment."""

from dataclasses import replace
from uuid import uuid4

import pytest

from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.lifecycle import CALLED_OFF, DELETION, Progress, lifecycle
from apps.watchlists.data import WatchlistData, WatchlistState
from tests.support.plans import END, FORCE, START, make_deployment

BEFORE = frozenset({S.DRAFT, S.SUBMITTED, S.RETURNED, S.REFUSED})
NO_LIST = {"watchlist_id": None, "watchlist_seal_hash": None, "accepted_seal_hash": None, "sealed_at": None}
UNAPPROVED = {"approved_hash": None, "approved_at": None, "notice_verified_at": None, "started_at": None}


def watchlist(deployment, **changes):
    made = WatchlistData(
        id=deployment.watchlist_id or uuid4(),
        deployment_id=deployment.id,
        state=WatchlistState.SEALED,
        subjects=12,
        pictures=14,
        seal_hash=deployment.watchlist_seal_hash,
        sealed_at=deployment.sealed_at,
        accepted_at=None,
        purge_due_at=END,
        pack_id="opencv-zoo",
        dimension=128,
        sealed_subjects=12,
        sealed_pictures=14,
    )
    return replace(made, **changes)


def steps(deployment, listed=None):
    return {step.title: step.progress for step in lifecycle(deployment, force=FORCE, watchlist=listed)}


@pytest.mark.parametrize("state", list(S))
def test_one_step_is_next_as_long_as_it_goes_on_and_none_afterwards(state):
    early = {**NO_LIST, **UNAPPROVED} if state in BEFORE else {}
    deployment = make_deployment(state=state, **early)
    found = list(steps(deployment, None if early else watchlist(deployment)).values())
    goes_on = state not in CALLED_OFF | {S.RESULTS_PUBLISHED}
    assert found.count(Progress.NOW) == int(goes_on)
    assert (Progress.OFF in found) == (state in CALLED_OFF)


def test_what_is_over_is_done_once_the_list_is_deleted():
    deployment = make_deployment(state=S.RESULTS_PUBLISHED, ended_at=END)
    purged = watchlist(deployment, state=WatchlistState.PURGED, purged_at=END)
    assert set(steps(deployment, purged).values()) == {Progress.DONE}


def test_the_review_does_not_wait_for_the_deletion():
    deployment = make_deployment(state=S.ENDED, ended_at=END)
    found = steps(deployment, watchlist(deployment))
    assert (found[DELETION], found["Review"]) == (Progress.LATER, Progress.NOW)


def test_a_list_is_deleted_whatever_becomes_of_the_deployment():
    deployment = make_deployment(state=S.CANCELLED, started_at=None)
    assert steps(deployment, watchlist(deployment))[DELETION] is Progress.LATER
    assert steps(replace(deployment, **NO_LIST))[DELETION] is Progress.OFF


def test_the_list_of_an_approval_that_ended_is_not_the_list_of_the_new_draft():
    draft = make_deployment(state=S.DRAFT, **NO_LIST, **UNAPPROVED)
    left = watchlist(draft, state=WatchlistState.IMPORTED)
    (listing,) = [
        step
        for step in lifecycle(draft, force=FORCE, watchlist=left)
        if step.title == "Import and seal the list"
    ]
    assert "12" not in listing.words
    assert (
        steps(draft, replace(left, state=WatchlistState.PURGED, purged_at=START))[DELETION] is Progress.LATER
    )
