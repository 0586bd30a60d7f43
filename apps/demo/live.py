"""`make demo`: two forces with a past, work for everybody, and a rehearsal that is live, until Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.core.clock import utc_now
from apps.demo import crew, faces, present, relay, seed
from apps.demo.day import filming
from apps.demo.people import Person
from apps.demo.player import PACK, Player
from apps.demo.seed import Told
from apps.demo.stack import HOST, Stack
from apps.demo.tour import ROLE_PAGES
from apps.relays import api as relays
from lfrplatform.embedded.identity import write_private
from lfrplatform.embedded.place import CLONE, Place

FPS = 5.0


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} demo       {text}", flush=True)


def show(platform: Stack, *, random_seed: int, seconds: float, history: bool, began: float) -> int:
    """Seed, start the rehearsal and the relay, print where to go, wait for Ctrl-C."""
    film = filming.plan(
        seed=random_seed, seconds=seconds, photos=photographs(platform), folder=Path(platform.place.home)
    )
    with crew.filming_meanwhile(film.scripts, list(film.videos.values()), film.photos) as filming_process:
        told = seed_forces(photographs(platform), history=history)
        platform.release()
        if filming_process.is_alive():
            say("filming the street that the cameras will see")
        crew.wait(filming_process)
    live = told[0]
    live.deployments["live"] = present.live(live.player, utc_now())
    keep_streaming(platform, live, film)
    write_story(platform, told, film)
    print_where_to_go(platform, told, time.time() - began)
    while True:
        signal.pause()


def photographs(platform: Stack) -> Path:
    return Path(platform.place.var) / "cache" / "photos"


def seed_forces(photos: Path, *, history: bool) -> list[Told]:
    """Everything that does not need the film. The first force is the one with the live rehearsal."""
    say("preparing the test subjects' pictures")
    pictures = faces.load(photos, PACK)
    now = utc_now()
    told = []
    for cast in seed.CASTS:
        say(f"{cast.name}: an account for each role")
        force = seed.onboard(cast, pictures, now=now)
        seed.tell(cast, force, now=now, history=history, say=say)
        told.append(force)
    return told


def keep_streaming(platform: Stack, live: Told, film: filming.Film) -> None:
    """The relay under the supervisor: it plays the film again and again."""
    player, deployment_id = live.player, live.deployments["live"]
    cameras = {camera.name: camera.id for camera in player.get(deployment_id).authority.cameras}
    _, key = player.step(
        relays.enrol_relay,
        deployment_id,
        "engineer",
        utc_now(),
        name="Van 1",
        camera_ids=list(cameras.values()),
    )
    sources = {cameras[name]: path for name, path in film.videos.items()}
    argv = [*relay.arguments(ws_url=platform.ws_url, sources=sources, fps=FPS), "--repeat"]
    hidden = {name: "" for name in os.environ if name.startswith(("DATABASE_", "REDIS_", "LFR_SECRET"))}
    platform.supervisor.add_process("relay", argv, {**hidden, "LFR_RELAY_KEY": key})


def write_story(platform: Stack, told: Sequence[Told], film: filming.Film) -> None:
    """What the guided pages link to: addresses and user names, never a password."""
    story = {
        "url": platform.base_url,
        "ws_url": platform.ws_url,
        "film": _from_the_clone(platform.place, next(iter(film.videos.values()))),
        "forces": [
            {
                "name": force.player.force.name,
                "slug": force.player.force.slug,
                "people": {name: person.username for name, person in force.player.people.items()},
                "deployments": {
                    key: _for_links(force.player, deployment_id)
                    for key, deployment_id in force.deployments.items()
                },
            }
            for force in told
        ],
    }
    write_private(Path(settings.LFR_DEMO_STORY), json.dumps(story, indent=1))


def _from_the_clone(place: Place, path: Path) -> str:
    """`path` as somebody types it who stands in the clone: var/embedded leads to the servers' folders."""
    through = place.var / "embedded" / path.relative_to(place.base)
    return str(through.relative_to(CLONE) if through.is_relative_to(CLONE) else path)


def _for_links(player: Player, deployment_id: UUID) -> dict[str, object]:
    deployment = player.get(deployment_id)
    return {
        "id": str(deployment.id),
        "reference": deployment.reference,
        "place": deployment.authority.place_name,
        "cameras": {camera.name: str(camera.id) for camera in deployment.authority.cameras},
    }


def for_a_browser(base_url: str) -> str:
    """The same address by name: no browser makes a passkey for an address of numbers."""
    return base_url.replace(f"//{HOST}:", "//localhost:")


def print_where_to_go(platform: Stack, told: Sequence[Told], seconds: float) -> None:
    """The address and a table of sign-ins for each force."""
    address = for_a_browser(platform.base_url)
    print(f"\n  Ready after {seconds:.0f} s. Start here: {address}/try/")
    print(f"  What the public sees:   {address}/notices/\n")
    people = [person for force in told for person in force.player.people.values()]
    widths = [max(len(getattr(person, name)) for person in people) for name in ("username", "password")]
    for force in told:
        print(f"  {force.player.force.name}")
        for name, person in force.player.people.items():
            print(_line(platform, name, person, widths))
        print()
    print(
        f"  The code asked for after the password: {address}/try/ shows it for each person.\n"
        "  One browser keeps one sign-in: use another browser, or a private window, for a second person.\n"
        "  A test subject walks past the live cameras a few times a minute. Ctrl-C ends it.\n"
    )
    sys.stdout.flush()


def _line(platform: Stack, name: str, person: Person, widths: Sequence[int]) -> str:
    start = f"{for_a_browser(platform.base_url)}/try/{ROLE_PAGES[name]}/"
    role = person.role.replace("_", " ")
    return f"    {person.username:<{widths[0]}}  {person.password:<{widths[1]}}  {role:<20}  {start}"
