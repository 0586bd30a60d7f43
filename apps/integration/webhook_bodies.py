"""What a receiver is told of an event: numbers, times and a camera. No person of either side, no picture, no
similarity, no free text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.alerts import api as alerts
from apps.audit.api import FeedEvent
from apps.core.errors import NotFound
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData
from apps.integration.webhook_data import EVENT_OF

# Of a payload of the record, what a receiver is told beside number and times.
PASSED_ON = ("step", "waiting", "outcomes", "cause")
CONTRADICTED = "alert.identity_contradicted"


class Bodies:
    """For many events of one force: each deployment and each alert is read once."""

    def __init__(self, *, slug: str) -> None:
        self._slug = slug
        self._deployments: dict[UUID, DeploymentData] = {}
        self._seen: dict[UUID, dict[str, Any]] = {}

    def of(self, event: FeedEvent) -> dict[str, Any]:
        said = event.payload
        found: dict[str, Any] = {
            "id": str(event.id),
            "event": EVENT_OF[event.verb].value,
            "at": event.at.isoformat(),
            "force": self._slug,
            **{name: said[name] for name in PASSED_ON if name in said},
        }
        if event.verb == CONTRADICTED:
            found["outcomes"] = ["released_identity_wrong"]
        if "number" in said:
            found["alert"] = said["number"]
        if "state" in said:
            found["state"] = said["state"]
        return found | self._where(event)

    def _where(self, event: FeedEvent) -> dict[str, Any]:
        """The deployment by its reference and, of an alert, the camera and when the person passed it."""
        if "deployment_id" not in event.payload:
            return {"deployment": self._deployment(event.object_id).reference}
        deployment = self._deployment(UUID(event.payload["deployment_id"]))
        if event.object_id not in self._seen:
            self._seen[event.object_id] = _camera(deployment, event.object_id)
        return {"deployment": deployment.reference, **self._seen[event.object_id]}

    def _deployment(self, deployment_id: UUID) -> DeploymentData:
        if deployment_id not in self._deployments:
            self._deployments[deployment_id] = deployments.get(deployment_id=deployment_id)
        return self._deployments[deployment_id]


def _camera(deployment: DeploymentData, alert_id: UUID) -> dict[str, Any]:
    try:
        alert = alerts.get(alert_id=alert_id)
    except NotFound:
        return {}
    names = {camera.id: camera.name for camera in deployment.authority.cameras}
    return {"camera": names.get(alert.camera_id, ""), "captured_at": alert.captured_at.isoformat()}
