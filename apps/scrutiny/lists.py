"""What the record says of the list: counts that outlive it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.watchlists import api as watchlists


def list_facts(deployment_id: UUID) -> dict[str, Any]:
    """The size at the seal, whom an officer signed for, and what checks of the status found."""
    found = watchlists.get_for_deployment(deployment_id=deployment_id)
    checks, no_longer, unverifiable = watchlists.status_totals(deployment_id=deployment_id)
    return {
        # The Blue List is counted apart: nobody looks for whoever is on it.
        "watchlist_subjects": found.sealed_subjects - found.sealed_volunteers if found else 0,
        "watchlist_pictures": found.sealed_pictures - found.sealed_volunteer_pictures if found else 0,
        "watchlist_volunteers": found.sealed_volunteers if found else 0,
        "watchlist_refused": found.refused if found else 0,
        "watchlist_removed": found.removed if found else 0,
        "watchlist_special": dict(found.sealed_groups) if found else {},
        "status_checks": checks,
        "no_longer_wanted": no_longer,
        "unverifiable": unverifiable,
    }
