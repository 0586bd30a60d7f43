"""What the day leaves behind: looks at signs, the public-engagement log, what a review asks for next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class EngagementKind(StrEnum):
    """What an entry of the public-engagement log is about."""

    QUESTION = "question"
    CONCERN = "concern"
    WELCOME = "welcome"
    COMPLAINT = "complaint"
    AVOIDED = "avoided"
    LEAFLETS = "leaflets"
    VISIT = "visit"


@dataclass(frozen=True)
class SignData:
    """The latest look at the sign of one approach; `recorded_at` None before the first since the seal.
    `due_at` is when it has to be looked at again. `photograph_id` names the picture, if there is one.
    """

    approach: str
    passed: bool
    note: str
    recorded_by: str
    recorded_at: datetime | None
    due_at: datetime | None
    photograph_id: UUID | None
    latitude: float | None
    longitude: float | None
    faces_blurred: int = 0
    # Metres outside the area, 0 within it; None where it is not known.
    away_m: float | None = None


@dataclass(frozen=True)
class KeptPhotographData:
    """A photograph without faces that waits for the rest of its form. `location` is (latitude, longitude) as
    the camera wrote it, None where it did not."""

    id: UUID
    jpeg: bytes = field(repr=False)
    faces_blurred: int
    location: tuple[float, float] | None
    kept_at: datetime
    purge_due_at: datetime


@dataclass(frozen=True)
class CameraStopData:
    """That nothing of one camera is searched, because it fell silent: until it is heard again and somebody
    on duty says so. `heard_at` is when it was last heard before, None where it never was."""

    id: UUID
    camera_id: UUID
    camera_name: str
    stopped_at: datetime
    heard_at: datetime | None
    reason: str
    released_at: datetime | None = None
    released_by: str = ""


@dataclass(frozen=True)
class EngagementData:
    """One entry of the public-engagement log. `words` hold no name."""

    id: UUID
    kind: EngagementKind
    happened_at: datetime
    words: str
    actor_label: str
    recorded_at: datetime


@dataclass(frozen=True)
class ReviewNoteData:
    lessons: str
    conditions: str
    actor_label: str
    recorded_at: datetime
