from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """What the address of a step is made of."""

    PAGE = "a page of its own"
    DEPLOYMENT = "a page of one deployment"
    RECORD = "its record"
    NOTICE = "its public notice"


@dataclass(frozen=True, slots=True)
class LinkTo:
    """`view` is a URL name; `scene` the deployment of the demonstration that it is about."""

    label: str
    view: str
    scene: str = ""
    target: Target = Target.PAGE


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, where, and what to notice. `command` is for a terminal in the clone."""

    title: str
    text: str
    notice: str = ""
    link: LinkTo | None = None
    command: str = ""


@dataclass(frozen=True, slots=True)
class Tour:
    """The guided page of a role. `people`: short names of the cast who hold it; none for the public."""

    slug: str
    title: str
    purpose: str
    people: tuple[str, ...]
    steps: tuple[Step, ...]


def on(view: str, scene: str, label: str) -> LinkTo:
    return LinkTo(label, view, scene, Target.DEPLOYMENT)


def record_of(scene: str, label: str) -> LinkTo:
    return LinkTo(label, "scrutiny:record", scene, Target.RECORD)


def notice_of(scene: str, label: str) -> LinkTo:
    return LinkTo(label, "notices:notice", scene, Target.NOTICE)


def page(view: str, label: str) -> LinkTo:
    return LinkTo(label, view)
