"""What other pages say of the casework of a deployment."""

from __future__ import annotations

from django import template

from apps.casework.afterwards import afterwards
from apps.casework.page_data import Afterwards
from apps.casework.policies import can_work
from apps.core.data import Actor
from apps.deployments.data import DeploymentData

register = template.Library()


@register.simple_tag
def casework_of(deployment: DeploymentData, actor: Actor) -> Afterwards | None:
    """None before it began, and for whoever does not work on it: they have no page of it."""
    if deployment.started_at is None or not can_work(actor):
        return None
    return afterwards(deployment_id=deployment.id)
