"""Which alerts of which deployments led to an arrest: by number, and nothing of who it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from apps.alerts.data import Outcome
from apps.alerts.models import Alert, AlertOutcome


def arrests(*, deployment_ids: Collection[UUID]) -> Mapping[UUID, tuple[int, ...]]:
    """The numbers of the alerts, in order, in one query; every deployment that was asked for has its row.

    Volunteers and decoys are left out, as everywhere. Needs an open force context.
    """
    found: dict[UUID, list[int]] = {deployment_id: [] for deployment_id in deployment_ids}
    rows = AlertOutcome.objects.filter(
        outcome=Outcome.ARREST,
        alert__deployment_id__in=found,
        alert__decoy=False,
        alert__counted_apart=False,
    )
    for deployment_id, number in rows.order_by("alert__number").values_list(
        "alert__deployment_id", "alert__number"
    ):
        found[deployment_id].append(number)
    return {deployment_id: tuple(numbers) for deployment_id, numbers in found.items()}


def is_alert(*, deployment_id: UUID, number: int) -> bool:
    """Whether the deployment has an alert of this number, whatever became of it."""
    return Alert.objects.filter(deployment_id=deployment_id, number=number).exists()
