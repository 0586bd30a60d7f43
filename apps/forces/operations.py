from __future__ import annotations

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.forces.data import ForceData
from apps.forces.models import Force
from apps.forces.queries import as_data


def create_force(
    *,
    slug: str,
    name: str,
    now: datetime,
    contact_lines: tuple[str, ...] = (),
    **settings: int | list[str] | list[list[str]],
) -> ForceData:
    """Onboard a force. Raises RuleViolated with everything that is wrong at once."""
    force = Force(
        id=uuid.uuid4(), slug=slug, name=name, created_at=now, contact_lines=list(contact_lines), **settings
    )
    with force_context(force.id):
        try:
            force.full_clean()
        except ValidationError as problem:
            raise RuleViolated(
                f"{field}: {message}"
                for field, messages in problem.message_dict.items()
                for message in messages
            ) from problem
        force.save(force_insert=True)
        audit.record(
            actor=Actor.system(force_id=force.id, label="onboarding"),
            verb="force.created",
            object_type="force",
            object_id=force.id,
            payload={"slug": slug, "name": name},
            now=now,
        )
    return as_data(force)
