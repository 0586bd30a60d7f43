"""Where a deployment stands in its lifecycle (domain.md §2), as a list of steps in words. No database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from apps.core.wording import say_moment, say_window
from apps.deployments.data import DeploymentData
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.policies import seal_accepted
from apps.deployments.rules.states import APPROVED_STATES, RUNNING
from apps.deployments.rules.urgency import is_urgent
from apps.deployments.rules.waiting import decide_by, list_opens, results_due
from apps.forces.data import ForceData
from apps.watchlists.data import WatchlistData, WatchlistState

# Over without having run to its end: what was not done will not be done any more.
CALLED_OFF = frozenset({S.REFUSED, S.CANCELLED, S.EXPIRED, S.REVOKED})
DELETION = "Delete the list"
HAS_ENDED = frozenset({S.ENDED, S.REVIEWED, S.RESULTS_PUBLISHED})


class Progress(StrEnum):
    DONE = "done"
    NOW = "now"
    LATER = "later"
    OFF = "off"


# Words and colour of the tag of a step.
PROGRESS_TAGS = {
    Progress.DONE: ("Done", "done"),
    Progress.NOW: ("Next", "waiting"),
    Progress.LATER: ("Not yet", "later"),
    Progress.OFF: ("Will not happen", "off"),
}


@dataclass(frozen=True)
class LifecycleStep:
    """One step, in the order in which they happen. `words` say who did it and when, or when it is due."""

    title: str
    words: str
    progress: Progress = Progress.LATER

    @property
    def tag_words(self) -> str:
        return PROGRESS_TAGS[self.progress][0]

    @property
    def tag_colour(self) -> str:
        return PROGRESS_TAGS[self.progress][1]


def lifecycle(
    deployment: DeploymentData, *, force: ForceData, watchlist: WatchlistData | None
) -> tuple[LifecycleStep, ...]:
    """Every step; the first that is not done is next, as long as the deployment goes on.

    Deleting the list is never what others wait for: it happens by itself, whatever becomes of the deployment.
    """
    off = deployment.state in CALLED_OFF
    found: list[LifecycleStep] = []
    for step, done in _steps(deployment, force, watchlist):
        by_itself = step.title == DELETION
        if done:
            progress = Progress.DONE
        elif off and not (by_itself and watchlist is not None):
            progress = Progress.OFF
        elif by_itself or any(earlier.progress is Progress.NOW for earlier in found):
            progress = Progress.LATER
        else:
            progress = Progress.NOW
        found.append(replace(step, progress=progress))
    return tuple(found)


def current(deployment: DeploymentData, watchlist: WatchlistData | None) -> WatchlistData | None:
    """The list of the approval that holds, and not one left from an approval that ended."""
    return watchlist if watchlist is not None and watchlist.id == deployment.watchlist_id else None


def _steps(
    deployment: DeploymentData, force: ForceData, watchlist: WatchlistData | None
) -> Iterator[tuple[LifecycleStep, bool]]:
    state, listed = deployment.state, current(deployment, watchlist)
    if watchlist is not None and watchlist.purged_at is not None and listed is None:
        watchlist = None  # gone with an earlier approval: the next list is still to come
    approved = state in APPROVED_STATES | HAS_ENDED or deployment.approved_at is not None
    yield _planned(deployment), approved or state in {S.SUBMITTED, S.REFUSED}
    yield _decided(deployment, force), approved
    yield _noticed(deployment, force), approved and _is_noticed(deployment)
    yield _listed(deployment, force, listed), deployment.watchlist_seal_hash is not None
    yield _accepted(deployment), seal_accepted(deployment)
    ready = state in {S.READY} | RUNNING | HAS_ENDED or deployment.started_at is not None
    yield LifecycleStep("Complete the checklist", "The silver commander declares it ready."), ready
    yield _run(deployment), state in HAS_ENDED
    yield _purged(force, watchlist), watchlist is not None and watchlist.state is WatchlistState.PURGED
    yield (
        LifecycleStep("Review", _by(results_due(deployment, force), "The results are published after it")),
        state in {S.REVIEWED, S.RESULTS_PUBLISHED},
    )
    yield (
        LifecycleStep(
            "Publish the results",
            _by(results_due(deployment, force), f"Within {force.results_deadline_days} days after the end"),
        ),
        state is S.RESULTS_PUBLISHED,
    )


def _is_noticed(deployment: DeploymentData) -> bool:
    urgently = is_urgent(deployment.authority) and deployment.notice_published_at is not None
    return urgently or deployment.notice_verified_at is not None


def _by(due: datetime | None, otherwise: str) -> str:
    return f"{otherwise}." if due is None else f"Due by {say_moment(due)}."


def _planned(deployment: DeploymentData) -> LifecycleStep:
    return LifecycleStep("Write and submit the plan", f"Planned by {deployment.planner_label}.")


def _decided(deployment: DeploymentData, force: ForceData) -> LifecycleStep:
    title = "Decision of an authorising officer"
    if deployment.approved_at is not None:
        said = f"Approved by {deployment.approver_label} on {say_moment(deployment.approved_at)}."
        return LifecycleStep(title, said + _confirmed(deployment))
    due = say_moment(decide_by(deployment, force))
    return LifecycleStep(title, f"Needed by {due}, so that the notice can run in full.")


def _confirmed(deployment: DeploymentData) -> str:
    """What became of the confirmation that an urgent approval needs."""
    if deployment.confirm_by is None:
        return ""
    if deployment.refused_afterwards_at is not None:
        return f" Refused afterwards on {say_moment(deployment.refused_afterwards_at)}."
    if deployment.confirmed_at is None:
        return f" To be confirmed by {say_moment(deployment.confirm_by)}."
    return f" Confirmed by {deployment.confirmer_label} on {say_moment(deployment.confirmed_at)}."


def _noticed(deployment: DeploymentData, force: ForceData) -> LifecycleStep:
    title = f"Public notice for {force.notice_minimum_days} days"
    if is_urgent(deployment.authority):
        words = "It publishes itself after the approval, and says that it is urgent."
        if deployment.notice_published_at is not None:
            words = f"Published as urgent on {say_moment(deployment.notice_published_at)}."
        return LifecycleStep("Public notice, with less time than usual", words)
    if deployment.notice_verified_at is not None:
        first = earliest_start(deployment.notice_verified_at, force.notice_minimum_days)
        if deployment.state in CALLED_OFF:
            return LifecycleStep(title, f"Public since {say_moment(deployment.notice_verified_at)}.")
        return LifecycleStep(
            title,
            f"Public since {say_moment(deployment.notice_verified_at)}. "
            f"It allows a start from {say_moment(first)}.",
        )
    if deployment.state in CALLED_OFF:
        at = deployment.notice_published_at
        published = "It was not published." if at is None else f"Published on {say_moment(at)}."
        return LifecycleStep(title, published)
    due = say_moment(decide_by(deployment, force))
    return LifecycleStep(title, f"It publishes itself after the approval. It must be public by {due}.")


def _listed(deployment: DeploymentData, force: ForceData, watchlist: WatchlistData | None) -> LifecycleStep:
    title = "Import and seal the list"
    if deployment.sealed_at is not None and watchlist is not None:
        return LifecycleStep(
            title,
            f"{_people(watchlist.sealed_subjects, watchlist.sealed_pictures)}, sealed on "
            f"{say_moment(deployment.sealed_at)}.",
        )
    if watchlist is not None and watchlist.state is WatchlistState.IMPORTED:
        return LifecycleStep(
            title, f"Imported, not sealed: {_people(watchlist.subjects, watchlist.pictures)}."
        )
    return LifecycleStep(title, f"From {say_moment(list_opens(deployment, force))} on.")


def _people(subjects: int, pictures: int) -> str:
    people = f"{subjects:,} {'person' if subjects == 1 else 'people'}"
    return f"{people} with {pictures:,} {'picture' if pictures == 1 else 'pictures'}"


def _accepted(deployment: DeploymentData) -> LifecycleStep:
    words = "An authorising officer compares it with what was approved."
    return LifecycleStep("Accept the sealed list", words)


def _run(deployment: DeploymentData) -> LifecycleStep:
    window = say_window(deployment.authority.window_start, deployment.authority.window_end)
    words = f"{window}. It ends by itself."
    if deployment.ended_at is not None and deployment.started_at is not None:
        words = f"Started on {say_moment(deployment.started_at)}, ended on {say_moment(deployment.ended_at)}."
    elif deployment.started_at is not None:
        words = f"Started on {say_moment(deployment.started_at)}. It ends by itself: {window}."
    return LifecycleStep("Run", words)


def _purged(force: ForceData, watchlist: WatchlistData | None) -> LifecycleStep:
    title = DELETION
    if watchlist is None:
        hours = timedelta(hours=force.watchlist_keep_hours)
        return LifecycleStep(title, f"By itself, {hours // timedelta(hours=1)} hours after the end at most.")
    if watchlist.purged_at is not None:
        return LifecycleStep(title, f"Deleted on {say_moment(watchlist.purged_at)}.")
    return LifecycleStep(title, f"By itself, by {say_moment(watchlist.purge_due_at)}.")
