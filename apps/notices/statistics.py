"""What a force's published results add up to, for its own page, without the numbers that it withholds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from apps.deployments import api as deployments
from apps.forces.data import ForceData
from apps.notices.data import ResultsData
from apps.notices.models import Notice
from apps.notices.wording import CATEGORY_WORDS


@dataclass(frozen=True)
class Numbers:
    """Sums over deployments with published results. `tracks` None: not there for one of them."""

    deployments: int
    alerts: int
    false: int
    spoken_to: int
    arrests: int
    tracks: int | None


@dataclass(frozen=True)
class AboutForce:
    """A rehearsal tests the system with staff: counted apart, or it would make the numbers look good.

    `deleted` is how many uses with results are in neither, because their years are over.
    """

    operational: Numbers
    rehearsals: Numbers
    categories: tuple[str, ...]
    deleted: int = 0


def about(force: ForceData) -> AboutForce:
    """Two queries."""
    found = [ResultsData.from_snapshot(values) for values in _results(force.id)]
    return AboutForce(
        operational=_sum(results for results in found if not results.rehearsal),
        rehearsals=_sum(results for results in found if results.rehearsal),
        categories=tuple(
            gettext(words) for code, words in CATEGORY_WORDS.items() if code in force.categories
        ),
        deleted=deployments.deleted_results(force_id=force.id),
    )


def _results(force_id: UUID) -> list[dict[str, Any]]:
    shown = Notice.objects.filter(force_id=force_id, published_at__isnull=False, results__isnull=False)
    return [row.results for row in shown.only("results") if row.results is not None]


def _sum(several: Iterable[ResultsData]) -> Numbers:
    found = list(several)
    tracks = [results.tracks for results in found]
    return Numbers(
        deployments=len(found),
        alerts=sum(results.alerts for results in found),
        false=sum(results.false for results in found),
        spoken_to=sum(results.spoken_to for results in found),
        arrests=sum(results.arrests for results in found),
        tracks=None if None in tracks or not tracks else sum(number or 0 for number in tracks),
    )
