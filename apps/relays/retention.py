"""Every table of relays goes with the record of its deployment (domain.md §6 has no row of their own)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from apps.core.retention import exempt
from apps.deployments import api as deployments


def _forget(ids: Collection[UUID], now: datetime) -> Mapping[UUID, Mapping[str, int]]:
    return deployments.delete_rows("relays_delete_relays", ids)


def register() -> None:
    exempt(
        "relays.Relay",
        "a device's name and the hash of its key: no personal data; goes with the deployment's record",
    )
    exempt(
        "relays.IngestTally",
        "counts of frames per camera: no personal data; goes with the deployment's record",
    )
    exempt(
        "relays.EnrolmentCode",
        "the hash of a code that opens nothing after 15 minutes: no personal data; goes with the record",
    )
    deployments.goes_along(deployments.Companion(name="relays", forget=_forget))
