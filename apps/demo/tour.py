"""The guided pages: what to try in each role, where, and what to notice.

`make demo` writes the addresses of its deployments into one file (settings.LFR_DEMO_STORY); nothing here
reads the database, so the pages need no account and show no tenant's row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.demo.tour_data import LinkTo, Step, Target, Tour
from apps.demo.tour_officers import AUTHORISING_OFFICER, COMMANDER, PLANNER
from apps.demo.tour_others import ADMIN, ENGAGEMENT_OFFICER, ENGINEER, OPERATOR, OVERSIGHT, PUBLIC
from apps.demo.tour_urgent import URGENT_OFFICER

# In the order in which a deployment passes from hand to hand: the engineer's checks come before the start.
TOURS: Sequence[Tour] = (
    PLANNER,
    AUTHORISING_OFFICER,
    URGENT_OFFICER,
    ENGINEER,
    COMMANDER,
    OPERATOR,
    ENGAGEMENT_OFFICER,
    OVERSIGHT,
    ADMIN,
    PUBLIC,
)
# The guided page of each account, by short name of the cast.
ROLE_PAGES: Mapping[str, str] = {name: tour.slug for tour in TOURS for name in tour.people}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as the page shows it. `href` is empty where the demonstration lacks what it would lead to."""

    title: str
    text: str
    notice: str
    label: str
    href: str
    command: str


@dataclass(frozen=True, slots=True)
class SignIn:
    force: str
    username: str
    tour: Tour


def find(slug: str) -> Tour | None:
    return next((tour for tour in TOURS if tour.slug == slug), None)


def read_story() -> dict[str, Any] | None:
    """What `make demo` wrote, or None while it is still setting up."""
    path = Path(settings.LFR_DEMO_STORY)
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def sign_ins(story: Mapping[str, Any] | None) -> list[SignIn]:
    """Everybody who can sign in, by force. Their passwords are in the terminal and nowhere else."""
    tours = {name: tour for tour in TOURS for name in tour.people}
    return [
        SignIn(force["name"], username, tours[name])
        for force in (story or {}).get("forces", ())
        for name, username in force["people"].items()
    ]


def usernames(tour: Tour, story: Mapping[str, Any] | None) -> list[str]:
    """Who signs in for this page, in the force that its steps are about."""
    if story is None:
        return []
    people = story["forces"][0]["people"]
    return [people[name] for name in tour.people]


def steps_of(tour: Tour, story: Mapping[str, Any] | None) -> list[ShownStep]:
    return [_shown(step, story) for step in tour.steps]


def _shown(step: Step, story: Mapping[str, Any] | None) -> ShownStep:
    link = step.link
    return ShownStep(
        title=step.title,
        text=step.text,
        notice=step.notice,
        label=link.label if link else "",
        href=_href(link, story) if link else "",
        command=_command(step, story),
    )


def _deployment(scene: str, story: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if story is None:
        return None
    found: Mapping[str, Any] | None = story["forces"][0]["deployments"].get(scene)
    return found


def _href(link: LinkTo, story: Mapping[str, Any] | None) -> str:
    """The address of a step; empty when its deployment is not there."""
    if link.target is Target.PAGE:
        return reverse(link.view)
    deployment = _deployment(link.scene, story)
    if deployment is None or story is None:
        return ""
    arguments: dict[Target, list[str]] = {
        Target.DEPLOYMENT: [deployment["id"]],
        Target.RECORD: [deployment["reference"]],
        Target.NOTICE: [story["forces"][0]["slug"], deployment["reference"].lower()],
    }
    return reverse(link.view, args=arguments[link.target])


def _command(step: Step, story: Mapping[str, Any] | None) -> str:
    if not step.command or story is None:
        return ""
    deployment = _deployment("importable", story)
    camera = next(iter(deployment["cameras"].values())) if deployment else "CAMERA"
    return step.command.format(ws_url=story["ws_url"], camera=camera, film=story["film"])
