"""Reads of many deployments at once: the same number of queries however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q

from apps.core.tenancy import current_force_id
from apps.deployments.data import DecisionData, DeploymentState, Duty, DutyData
from apps.deployments.data_day import ReviewNoteData, SignData
from apps.deployments.models import Deployment, DeploymentDecision, DeploymentDuty, ReviewNote, SignCheck
from apps.deployments.queries import as_decision
from apps.deployments.signs import as_looked


def operations_only(*, deployment_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of them that are no rehearsals."""
    current_force_id()
    found = Deployment.objects.filter(id__in=deployment_ids, authority__rehearsal=False)
    return frozenset(found.values_list("id", flat=True))


def published_operations() -> frozenset[UUID]:
    """Every deployment of the force, rehearsals left out, whose results are public."""
    current_force_id()
    stopped = Q(state=DeploymentState.REVOKED.value, started_at__isnull=False)
    published = Q(state=DeploymentState.RESULTS_PUBLISHED.value)
    found = Deployment.objects.filter(published | stopped, authority__rehearsal=False)
    return frozenset(found.values_list("id", flat=True))


def decisions_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[DecisionData, ...]]:
    """The decision log of each, oldest first; one without any is left out."""
    current_force_id()
    found: defaultdict[UUID, list[DecisionData]] = defaultdict(list)
    for row in DeploymentDecision.objects.filter(deployment_id__in=deployment_ids):
        found[row.deployment_id].append(as_decision(row))
    return {key: tuple(rows) for key, rows in found.items()}


def duties_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[DutyData, ...]]:
    """Who acted in which duty on each; one on which nobody did is left out."""
    current_force_id()
    found: defaultdict[UUID, list[DutyData]] = defaultdict(list)
    for row in DeploymentDuty.objects.filter(deployment_id__in=deployment_ids).order_by("first_at"):
        duty = DutyData(row.actor_id, row.actor_label, Duty(row.duty), row.laid_down_at)
        found[row.deployment_id].append(duty)
    return {key: tuple(rows) for key, rows in found.items()}


def looks_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[SignData, ...]]:
    """Every look at a sign, oldest first, without the photographs; one without any is left out."""
    current_force_id()
    found: defaultdict[UUID, list[SignData]] = defaultdict(list)
    for row in SignCheck.objects.filter(deployment_id__in=deployment_ids).defer("photograph"):
        found[row.deployment_id].append(as_looked(row))
    return {key: tuple(rows) for key, rows in found.items()}


def review_notes_of(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, ReviewNoteData]:
    """What the review of each asks of the next deployment; one that asks nothing is left out."""
    current_force_id()
    return {
        row.deployment_id: ReviewNoteData(row.lessons, row.conditions, row.actor_label, row.recorded_at)
        for row in ReviewNote.objects.filter(deployment_id__in=deployment_ids)
    }
