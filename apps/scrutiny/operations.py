"""Writes: results and the deletion clock handed to the public page; names taken out while they are known."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.notices import api as notices
from apps.scrutiny import queries
from apps.scrutiny.results import deletion_steps, results_of
from apps.scrutiny.texts import REDACTED, Kept, digest
from apps.scrutiny.told import tell_groups

log = logging.getLogger(__name__)


@transaction.atomic
def publish_results(*, deployment_id: UUID, now: datetime) -> None:
    """Put the results of a deployment that was reviewed, or stopped, together and onto its public page.

    Not once its log was deleted by the schedule: what is published is not replaced by noughts.
    """
    if deployments.get(deployment_id=deployment_id).log_deleted_at is not None:
        log.warning("the log of deployment %s is deleted: no results are put together", deployment_id)
        return
    remember_redactions(deployment_id=deployment_id, now=now)
    record = queries.deployment_record(deployment_id=deployment_id)
    try:
        notices.publish_results(deployment_id=deployment_id, results=results_of(record), now=now)
    except NotFound:
        # There is nothing to publish on, and waiting would not change it: a page comes before a start.
        log.exception("the results of deployment %s have no public page to stand on", deployment_id)
        return
    note_deletions(deployment_id=deployment_id, now=now)
    tell_groups(now=now)


def publish_stopped(*, deployment_id: UUID, now: datetime) -> None:
    """Results of what an officer stopped while it ran: nobody reviews it, so they do not wait for a review.

    What came after the stop, an outcome or a deletion, is brought in whenever this is called again; the last
    deletion is of the deployment itself.
    """
    if not deployments.which_exist(deployment_ids={deployment_id}):
        return
    deployment = deployments.get(deployment_id=deployment_id)
    if deployment.state is DeploymentState.REVOKED and deployment.started_at is not None:
        publish_results(deployment_id=deployment_id, now=now)


@transaction.atomic
def note_deletions(*, deployment_id: UUID, now: datetime) -> None:
    """Bring the public deletion clock up to date with the deadlines and the certificates. A deployment that
    was deleted has none."""
    if not deployments.which_exist(deployment_ids={deployment_id}):
        return
    steps = deletion_steps(
        deployment_id=deployment_id, certificates=queries.certificates(deployment_id=deployment_id)
    )
    notices.note_deletions(deployment_id=deployment_id, steps=steps, now=now)


@transaction.atomic
def remember_redactions(*, deployment_id: UUID, now: datetime) -> None:
    """Keep the texts of the record without listed people's names where they hold any.

    The list is purged long before the record is: afterwards nobody could tell which words were names.
    """
    read = queries.readable(deployment_id=deployment_id)
    found = {
        field: {"of": digest(read.written[field]), "text": text}
        for field, text in read.texts.items()
        if text != read.written[field] and read.kept.get(field) != Kept(digest(read.written[field]), text)
    }
    if not found:
        return
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="scrutiny"),
        verb=REDACTED,
        object_type="deployment",
        object_id=deployment_id,
        payload={"texts": found},
        now=now,
    )
