"""Events about parts of a deployment: a person on its list is the object, the deployment a value."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.audit.models import AuditEvent


def events_of(*, deployment_id: UUID, verb: str, start: datetime, end: datetime) -> list[AuditEvent]:
    """Those of a verb that name the deployment, from `start` to `end`, both included; oldest first. Whose
    content the years have erased names nothing and is not found. Needs a force context."""
    found = AuditEvent.objects.filter(
        verb=verb, at__gte=start, at__lte=end, payload__deployment_id=str(deployment_id)
    )
    return list(found.order_by("ordinal"))
