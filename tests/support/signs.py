"""Signs that were looked at, as rows: a test of something else needs no photograph."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.audit import api as audit
from apps.core.data import Actor
from apps.deployments import api as deployments
from apps.deployments.models import SignCheck


def put_up_signs(*, deployment_id: UUID, actor: Actor, now: datetime) -> None:
    """A look at each approach that found its sign. Needs the context of the force."""
    deployment = deployments.get(deployment_id=deployment_id)
    latitude, longitude = deployment.authority.polygon[0]
    for approach in deployment.authority.approaches:
        SignCheck.objects.create(
            deployment_id=deployment_id,
            approach=approach,
            passed=True,
            photograph=b"jpeg",
            photograph_sha256="7" * 64,
            latitude=latitude,
            longitude=longitude,
            actor_id=actor.id,
            actor_label=actor.label,
            recorded_at=now,
        )
        # As the operation does, in the same transaction.
        audit.record(
            actor=actor,
            verb="deployment.sign_checked",
            object_type="deployment",
            object_id=deployment_id,
            payload={"reference": deployment.reference, "approach": approach, "passed": True},
            now=now,
        )
