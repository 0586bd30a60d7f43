"""Why no table of relays needs a purge (domain.md §6 has no row that covers them)."""

from __future__ import annotations

from apps.core.retention import exempt


def register() -> None:
    exempt(
        "relays.Relay",
        "a device's name and the hash of its key: no personal data; kept with the deployment's record",
    )
    exempt(
        "relays.IngestTally",
        "counts of frames per camera: no personal data; kept with the deployment's record",
    )
    exempt(
        "relays.EnrolmentCode",
        "the hash of a code that opens nothing after 15 minutes: no personal data; kept with the record",
    )
