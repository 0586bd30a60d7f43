"""The day's film: who walks, who is listed, which files are its inputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from apps.demo.day.trace import Cast
from apps.demo.rehearsal import Listed, blue_list_row
from apps.demo.script import BYSTANDERS, LISTED, Script, plan_day
from apps.demo.video import film
from apps.watchlists.data import EntryRow

CAMERAS = 2
CAMERA_NAMES = ("Riverside north", "Riverside south")
GROUP_NAME = "TEST-X.jpg"


@dataclass(frozen=True, slots=True)
class Film:
    """`videos`: a camera's name to its file; `expected`: walks by (reference, camera name)."""

    scripts: tuple[Script, ...]
    videos: dict[str, Path]
    photos: Path

    @property
    def seconds(self) -> float:
        return max(script.seconds for script in self.scripts)

    @property
    def walkers(self) -> int:
        return sum(len(script.walkers) for script in self.scripts)

    @property
    def expected(self) -> Counter[tuple[str, str]]:
        return Counter(
            (walker.listed, CAMERA_NAMES[script.camera])
            for script in self.scripts
            for walker in script.walkers
            if walker.listed
        )

    @property
    def listed(self) -> list[Listed]:
        """The test subjects, each with the picture that enrols: never one that walks."""
        return [
            Listed(person.reference, self.photos / person.enrols)
            for person in LISTED
            if person.reference and person.enrols
        ]

    @property
    def cast(self) -> Cast:
        listed = [p.photo for person in LISTED for p in person.pictures]
        listed += [person.enrols for person in LISTED if person.enrols]
        strangers = {p.photo for person in BYSTANDERS for p in person.pictures}
        return Cast(
            listed=tuple(self.photos / name for name in sorted(set(listed))),
            bystanders=tuple(self.photos / name for name in sorted(strangers)),
        )

    @property
    def inputs(self) -> list[Path]:
        return [*self.videos.values(), *sorted(p for p in self.photos.iterdir() if p.is_file())]

    @property
    def group_picture(self) -> Path:
        return self.photos / "group.jpg"

    def mistakes(self, now: datetime) -> list[EntryRow]:
        """Two rows that must be refused: a group photograph, and somebody who did not consent."""
        group = replace(blue_list_row(Listed("TEST-X", self.group_picture), now), picture_name=GROUP_NAME)
        stranger = replace(
            blue_list_row(Listed("TEST-Y", self.group_picture), now),
            category="suspected",
            consent_reference=None,
            picture_name=GROUP_NAME,
        )
        return [group, stranger]


def plan(*, seed: int, seconds: float, photos: Path, folder: Path) -> Film:
    """The film as it will be, without making it."""
    scripts = plan_day(seed, seconds, CAMERAS)
    videos = {
        name: folder / f"camera-{script.camera}.mp4"
        for name, script in zip(CAMERA_NAMES, scripts, strict=True)
    }
    return Film(scripts, videos, photos)


def make(*, seed: int, seconds: float, photos: Path, folder: Path) -> Film:
    """Film both cameras into `folder`. Takes about a third of the time that it lasts."""
    planned = plan(seed=seed, seconds=seconds, photos=photos, folder=folder)
    for name, script in zip(CAMERA_NAMES, planned.scripts, strict=True):
        film(script, photos, planned.videos[name])
    return planned
