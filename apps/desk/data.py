"""What the pages of the desk show: frozen values, put together from the apps below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.deployments.data import DeploymentData


@dataclass(frozen=True)
class Item:
    """One deployment on somebody's home: what is to be done or what happens next, and where to do it."""

    deployment: DeploymentData
    words: str
    href: str
    link: str
    due: datetime | None = None
    late: bool = False
    # Where the step that waits is taken, when it waits for this person.
    step_href: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the home. `empty` says what an empty one means, and what to do next."""

    key: str
    title: str
    items: tuple[Item, ...]
    empty: str = ""


@dataclass(frozen=True)
class Agreement:
    """What one administrator asked for and another one answers at `href`.

    `why_not` says why this one does not, empty where they may.
    """

    words: str
    href: str
    asked_by: str
    asked_at: datetime
    why_not: str


@dataclass(frozen=True)
class Home:
    """What waits for me, what is running, what is next; `links` are (words, address, explanation)."""

    sections: tuple[Section, ...]
    links: tuple[tuple[str, str, str], ...]
    waiting: int
    agreements: tuple[Agreement, ...] = ()


@dataclass(frozen=True)
class CameraRow:
    """A camera on the board: words first, numbers beside it."""

    id: UUID
    name: str
    state: str
    words: str
    received: int
    dropped: int
