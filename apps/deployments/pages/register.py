"""An answer of the membership register, with the deployment of each entry. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.deployments import queries
from apps.deployments.data import DeploymentData
from apps.watchlists.register_answers import RegisterEntry


@dataclass(frozen=True, slots=True)
class Listing:
    """`deployment` is None where its plan is not here any more."""

    entry: RegisterEntry
    deployment: DeploymentData | None


def listings(entries: Iterable[RegisterEntry]) -> tuple[Listing, ...]:
    """One query for all of them."""
    wanted = tuple(entries)
    ids = {entry.deployment_id for entry in wanted}
    known = {row.id: queries.as_data(row) for row in queries.rows().filter(id__in=ids)} if ids else {}
    return tuple(Listing(entry, known.get(entry.deployment_id)) for entry in wanted)
