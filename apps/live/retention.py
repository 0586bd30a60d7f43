"""Why neither table of live needs a purge (domain.md §6 has no row that covers them)."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.retention import PublicRow, exempt, never_stored


def register() -> None:
    never_stored(
        PublicRow(
            _("Faces that cause no alert: picture and measurements"),
            _("In memory for seconds, then deleted automatically and at once. Never stored"),
        )
    )
    exempt(
        "live.ShardLease",
        "which worker ran recognition, and when: no personal data; kept with the deployment's record",
    )
    exempt(
        "live.CameraTally",
        "counts of frames, faces and tracks per camera: no personal data; kept with the deployment's record",
    )
