"""The page of a deployment's list: what may be on it, the upload on its way, what is on it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeGuard
from uuid import UUID

from apps.core.data import Actor, Role
from apps.deployments import facts, queries
from apps.deployments.data import Action, DeploymentData, Step
from apps.deployments.operations.import_jobs import import_job, purge_due_at
from apps.deployments.pages import actions as gated
from apps.deployments.rules import gates, remaking
from apps.deployments.rules.separation import check_names
from apps.watchlists import api as watchlists
from apps.watchlists.data import (
    WORKING_STATES,
    ImportJobData,
    ImportState,
    Refused,
    RefusedRow,
    WatchlistData,
    WatchlistState,
)

# What each column of the CSV is for. The order is that of the template.
COLUMN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "reference": "The person's number in your case system. Rows with the same one are further pictures.",
        "display_name": "The name as an officer should read it.",
        "category": "One of the codes above.",
        "offence": "What they are wanted for. Not needed for the Blue List.",
        "legal_basis": "What allows you to look for this person.",
        "source_system": "Where the picture comes from, for instance the custody system.",
        "source_record": "The number of the picture there.",
        "captured_date": "When the picture was taken, for instance 2026-01-31.",
        "lawfully_held": "yes, or no. A picture that is not lawfully held is refused.",
        "selected_by": "Who chose this person for this list, by name.",
        "selected_reason": "Why.",
        "status_checked_at": (
            "When you last made sure that they are still wanted, at most 24 hours before the import, for"
            " instance 2026-01-31T10:00+00:00. Not needed for the Blue List."
        ),
        "date_of_birth": "For instance 1990-01-31. Unknown counts as under 18. Not needed for the Blue List.",
        "consent_reference": "For the Blue List: where their consent is kept.",
        "picture_name": "The name of the picture file, for instance TS-001.jpg.",
        "expires_at": "When this entry ends by itself. It may be empty or left out.",
        "custody_disposal": (
            "For a custody picture: retained, deletion_requested or deletion_granted. One whose deletion was"
            " granted is refused, and so is a custody picture without an answer. Empty for every other one."
        ),
        "disability": "yes, where you know that the person has a disability. It may be empty or left out.",
        "special_reason": (
            "Why this person is listed all the same: for anybody under 18 or of unknown age, with a"
            " disability, a victim or a witness. An authorising officer then signs for each of them."
        ),
        "approach_plan": (
            "How officers speak to the person: for a victim, a witness, somebody missing or at risk. It is"
            " welfare, not detention."
        ),
    }
)
STATE_OF_WORK: Mapping[ImportState, str] = MappingProxyType(
    {
        ImportState.UPLOADED: "The upload has arrived and waits to be checked.",
        ImportState.CHECKING: "The pictures are being checked.",
        ImportState.IMPORTING: "The list is being imported.",
    }
)


@dataclass(frozen=True)
class Progress:
    """How far a worker is. `working` is False once there is something for the planner to do or to read."""

    state: ImportState
    done: int
    total: int
    words: str
    working: bool


@dataclass(frozen=True)
class Offer:
    """A button beside the steps of a deployment, and what stands against pressing it."""

    reasons: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class ListPage:
    """`job` is the open upload or the last one; `left_out` are the rows that are not on the list."""

    deployment: DeploymentData
    watchlist: WatchlistData | None
    purge_due_at: datetime
    importing: Action
    sealing: Action
    job: ImportJobData | None
    left_out: tuple[RefusedRow, ...]
    is_planner: bool
    # Whether the pictures with a warning are shown to this person, who may then accept the warnings.
    may_look: bool
    # Pairs of this upload of which somebody said that they are two people, and nobody else has yet.
    waiting_pairs: int
    # What of the open report nobody has decided yet: pairs of identities, and pictures that are there twice.
    undecided_pairs: int
    undecided_repeats: int
    # Measure the pictures of an earlier approval's list again, and take back an approval of other files.
    remake: Offer | None = None
    take_back: Offer | None = None

    @property
    def progress(self) -> Progress | None:
        return None if self.job is None or not self.job.is_open else progress_of(self.job)

    @property
    def report_is_open(self) -> bool:
        """Whether the planner has a report to decide on."""
        return self.is_planner and self.job is not None and self.job.state is ImportState.CHECKED

    @property
    def is_too_long(self) -> bool:
        report = None if self.job is None else self.job.report
        return report is not None and any(row.code == Refused.OVER_MAXIMUM for row in report.refused)

    @property
    def failed(self) -> bool:
        return self.job is not None and self.job.state is ImportState.FAILED

    @property
    def has_list(self) -> bool:
        return is_there(self.watchlist)

    @property
    def may_discard(self) -> bool:
        return (
            self.is_planner
            and self.watchlist is not None
            and self.watchlist.state is WatchlistState.IMPORTED
            and self.deployment.watchlist_id == self.watchlist.id
        )

    @property
    def may_upload(self) -> bool:
        return self.importing.allowed and self.progress is None


def is_there(watchlist: WatchlistData | None) -> TypeGuard[WatchlistData]:
    """Whether there is a list with people on it, and not only the numbers of one that was deleted."""
    return watchlist is not None and watchlist.state in (WatchlistState.IMPORTED, WatchlistState.SEALED)


def list_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> ListPage:
    """Raises NotFound, and NotPermitted for its system engineer: rows of an upload are names."""
    deployment = queries.get(deployment_id=deployment_id)
    known = facts.of(deployment)
    check_names(known.duties, actor=actor)
    possible = gated.actions_on(known=known, actor=actor, now=now)
    watchlist = watchlists.get_for_deployment(deployment_id=deployment_id)
    is_planner = actor.has(Role.PLANNER)
    job = watchlists.latest_import(deployment_id=deployment_id, with_report=is_planner)
    pairs, repeats = _undecided(job)
    return ListPage(
        deployment=deployment,
        watchlist=watchlist,
        purge_due_at=purge_due_at(deployment),
        importing=possible[Step.IMPORT_LIST],
        sealing=possible[Step.SEAL_LIST],
        job=job,
        left_out=watchlists.left_out(watchlist_id=watchlist.id) if is_there(watchlist) else (),
        is_planner=is_planner,
        may_look=(
            job is not None
            and possible[Step.IMPORT_LIST].allowed
            and watchlists.can_look(actor, uploader_id=job.started_by_id)
        ),
        waiting_pairs=(
            watchlists.waiting_for_second(job_id=job.id)
            if job is not None and job.state is ImportState.CHECKED
            else 0
        ),
        undecided_pairs=pairs,
        undecided_repeats=repeats,
        remake=_remake(known, actor, now) if is_planner else None,
        take_back=_take_back(known, actor) if is_planner else None,
    )


def _undecided(job: ImportJobData | None) -> tuple[int, int]:
    """Read only where the report has something to decide."""
    report = None if job is None or job.state is not ImportState.CHECKED else job.report
    if job is None or report is None or not (report.conflicts or report.repeats):
        return 0, 0
    return watchlists.undecided(job_id=job.id)


def _remake(known: facts.DeploymentFacts, actor: Actor, now: datetime) -> Offer | None:
    """Shown beside a list that an earlier approval left, until its pictures are on their way."""
    left = remaking.is_there(known.watchlist) and not known.watchlist.being_remade
    if not left or remaking.is_approvals_own(known):
        return None
    return Offer(gates.refusals(lambda: gates.check_remake(known, actor, now)))


def _take_back(known: facts.DeploymentFacts, actor: Actor) -> Offer | None:
    if not (remaking.of_another_model(known) and remaking.is_approvals_own(known)):
        return None
    return Offer(gates.refusals(lambda: gates.check_take_back(known, actor)))


def progress_of(job: ImportJobData) -> Progress:
    words = STATE_OF_WORK.get(job.state, "The check is done. Load the page again to read the report.")
    if job.state is ImportState.CHECKING and job.total:
        words = f"{job.done:,} of {job.total:,} pictures are checked."
    return Progress(job.state, job.done, job.total, words, job.state in WORKING_STATES)


def progress(*, deployment_id: UUID) -> Progress | None:
    """For a page that asks every few seconds; None when there never was an upload. Raises NotFound."""
    job = import_job(deployment_id=deployment_id, with_report=False)
    return None if job is None else progress_of(job)
