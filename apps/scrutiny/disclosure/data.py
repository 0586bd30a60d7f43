"""What a pack is made of. Frozen values; times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.alerts.api import PastAlert
from apps.alerts.engagement_data import EngagementData
from apps.recognition.data import PackManifest
from apps.scrutiny.data import DeploymentRecord
from apps.scrutiny.lawful.data import Moment, Records


@dataclass(frozen=True)
class AlertEvent:
    """An audit event as a pack tells it: without payload, reason and label."""

    id: UUID
    ordinal: int
    at: datetime
    verb: str
    actor_id: UUID | None
    rank: str
    roles: str
    digest: str
    by_radio: bool = False


@dataclass(frozen=True)
class Disclosed:
    """`alert` None: the whole deployment, and then `events` are its own. `pack` None: its files are not here
    any more. `moment` is the second in which the alert was raised, or the start."""

    record: DeploymentRecord
    records: Records
    alert: PastAlert | None
    engagement: EngagementData | None
    events: tuple[AlertEvent, ...]
    moment: Moment | None
    pack: PackManifest | None
