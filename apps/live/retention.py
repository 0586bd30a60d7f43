"""Both tables of live go with the record of their deployment (domain.md §6 has no row of their own)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_noop as _

from apps.core.retention import PublicRow, exempt, never_stored
from apps.deployments import api as deployments


def _forget(ids: Collection[UUID], now: datetime) -> Mapping[UUID, Mapping[str, int]]:
    return deployments.delete_rows("live_delete_counts", ids)


def register() -> None:
    never_stored(
        PublicRow(
            _("Faces that cause no alert: picture and measurements"),
            _("In memory for seconds, then deleted automatically and at once. Never stored"),
        )
    )
    exempt(
        "live.ShardLease",
        "which worker ran recognition, and when: no personal data; goes with the deployment's record",
    )
    exempt(
        "live.CameraTally",
        "counts of frames, faces and tracks per camera: no personal data; goes with the deployment's record",
    )
    deployments.goes_along(deployments.Companion(name="live", forget=_forget))
