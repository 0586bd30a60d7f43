"""How people whom officers spoke to looked to them: sums by group (domain.md §8, answer 13), never of one.

Only sums leave this module, and only `scrutiny` decides which of them may be told (ADR 21). Volunteers and
decoys are in none. Needs an open force context.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from apps.alerts.data import Outcome
from apps.alerts.engagements import LOOKS
from apps.alerts.models import AlertOutcome, Engagement, LooksErased
from apps.deployments import api as deployments

RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True)
class Looked:
    """Sums of one attribute. `people` by `value/right` or `value/wrong`: wrong is whom an officer found to be
    somebody else. `deployments`: how many have anybody with that attribute recorded."""

    people: Mapping[str, int] = field(default_factory=dict)
    deployments: int = 0


def looked(*, deployment_ids: Collection[UUID]) -> Mapping[str, Looked]:
    """By attribute, of these deployments and of every record whose looks are erased. Two queries."""
    kept = LooksErased.objects.first()
    counted = _Sums(kept.people if kept else {}, kept.deployments if kept else {})
    counted.add(Engagement.objects.filter(deployment_id__in=deployment_ids))
    return {name: Looked(counted.people[name], counted.deployments[name]) for name in LOOKS}


@transaction.atomic
def keep_sums(erasing: Iterable[UUID]) -> None:
    """Before the looks of these engagements are erased: what they add up to stays. Call it once for each."""
    ids = list(erasing)
    gone, left = _Sums(), _Sums()
    touched = set(Engagement.objects.filter(id__in=ids).values_list("deployment_id", flat=True))
    of = Engagement.objects.filter(deployment_id__in=deployments.operations_only(deployment_ids=touched))
    gone.add(of.filter(id__in=ids))
    left.add(of.exclude(id__in=ids))
    kept, _ = LooksErased.objects.select_for_update().get_or_create()
    for name in LOOKS:
        kept.people[name] = dict(Counter(kept.people.get(name, {})) + gone.people[name])
        # A deployment of which somebody is left is still counted by its rows.
        over = len(gone.of[name] - left.of[name])
        kept.deployments[name] = kept.deployments.get(name, 0) + over
    kept.save()


class _Sums:
    def __init__(
        self, people: Mapping[str, Mapping[str, int]] | None = None, erased: Mapping[str, int] | None = None
    ) -> None:
        self.people = {name: Counter((people or {}).get(name, {})) for name in LOOKS}
        self.of: dict[str, set[UUID]] = {name: set() for name in LOOKS}
        self._erased = erased or {}

    @property
    def deployments(self) -> Mapping[str, int]:
        return {name: len(self.of[name]) + self._erased.get(name, 0) for name in LOOKS}

    def add(self, rows: QuerySet[Engagement]) -> None:
        wrong = AlertOutcome.objects.filter(
            alert_id=OuterRef("alert_id"), outcome=Outcome.RELEASED_IDENTITY_WRONG.value
        )
        # Whoever is in no sum of the record is in none here.
        rows = rows.filter(alert__counted_apart=False, alert__decoy=False, texts_erased_at__isnull=True)
        groups = rows.annotate(wrong=Exists(wrong)).order_by().values("deployment_id", "wrong", *LOOKS)
        for row in groups.annotate(number=Count("id")):
            for name in LOOKS:
                if value := row[name]:
                    self.people[name][f"{value}/{WRONG if row['wrong'] else RIGHT}"] += row["number"]
                    self.of[name].add(row["deployment_id"])
