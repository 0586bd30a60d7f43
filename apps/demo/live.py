"""`make demo`: a rehearsal that is live now, with the relay streaming, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from apps.core.clock import utc_now
from apps.demo import people as cast_of_people
from apps.demo import rehearsal, relay
from apps.demo.day import filming
from apps.demo.stack import Stack
from apps.deployments.data import DeploymentData
from apps.forces import api as forces

PACK = "opencv-zoo"
NOTICE_AGO = timedelta(days=8)
BEFORE_START = timedelta(seconds=15)
WINDOW = timedelta(hours=12)
FPS = 5.0


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} demo       {text}", flush=True)


def show(platform: Stack, *, seed: int, seconds: float) -> int:
    """Seed, start the rehearsal and the relay, print where to go, wait for Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    now = utc_now()
    force = forces.create_force(
        slug="hertfordshire", name="Hertfordshire Constabulary (rehearsal)", now=now - NOTICE_AGO
    )
    people = cast_of_people.create_people(force_id=force.id, slug=force.slug, now=now - NOTICE_AGO)
    say("filming the street (a minute or so)")
    photos = platform.place.var / "cache" / "photos"
    film = filming.make(seed=seed, seconds=seconds, photos=photos, folder=platform.place.home)
    if stop.is_set():
        return 0
    deployment = go_live(platform, force.id, people, film, stop)
    if deployment is not None:
        keep_streaming(platform, force.id, people, film, deployment)
        print_where_to_go(platform, people, deployment)
        stop.wait()
        say("stopping")
    return 0


def go_live(
    platform: Stack,
    force_id: UUID,
    people: dict[str, cast_of_people.Person],
    film: filming.Film,
    stop: threading.Event,
) -> DeploymentData | None:
    """Everything up to LIVE; None when it was interrupted on the way."""
    start = utc_now() + BEFORE_START
    deployment = rehearsal.plan_and_approve(
        force_id=force_id,
        people=people,
        camera_names=list(film.videos),
        window=(start, start + WINDOW),
        pack_id=PACK,
        now=utc_now() - NOTICE_AGO,
    )
    rehearsal.verify_notice(force_id=force_id, deployment_id=deployment.id, now=utc_now() - NOTICE_AGO)
    rehearsal.import_listed(
        force_id=force_id,
        deployment_id=deployment.id,
        planner=people["planner"],
        listed=film.listed,
        staging=Path(platform.place.home),
    )
    rehearsal.seal_and_accept(force_id=force_id, deployment_id=deployment.id, people=people)
    if stop.wait(max(0.0, (start - utc_now()).total_seconds())):
        return None
    live = rehearsal.check_and_start(force_id=force_id, deployment_id=deployment.id, people=people)
    say(f"{live.reference} is {live.state} until {live.authority.window_end.astimezone():%H:%M}")
    return live


def keep_streaming(
    platform: Stack,
    force_id: UUID,
    people: dict[str, cast_of_people.Person],
    film: filming.Film,
    deployment: DeploymentData,
) -> None:
    """The relay under the supervisor: it plays the film again and again."""
    key = rehearsal.enrol_relay(force_id=force_id, deployment=deployment, engineer=people["engineer"])
    cameras = {camera.name: camera.id for camera in deployment.authority.cameras}
    sources = {cameras[name]: path for name, path in film.videos.items()}
    # At the end of the film the relay ends, and the supervisor starts it again.
    argv = [*relay.arguments(ws_url=platform.ws_url, sources=sources, fps=FPS), "--once"]
    hidden = {name: "" for name in os.environ if name.startswith(("DATABASE_", "REDIS_", "LFR_SECRET"))}
    platform.supervisor.add_process("relay", argv, {**hidden, "LFR_RELAY_KEY": key})


def print_where_to_go(
    platform: Stack, people: dict[str, cast_of_people.Person], deployment: DeploymentData
) -> None:
    print(f"\n  Public notice       {platform.base_url}/notices/")
    print(f"  Officers' console   {platform.base_url}/console/{deployment.id}/")
    print(f"  Deployment record   {platform.base_url}/records/{deployment.reference}/\n")
    width = max(len(person.username) for person in people.values())
    for person in people.values():
        print(f"  {person.username:<{width}}  {person.password}  {person.role.replace('_', ' ')}")
    print(
        "\n  Sign in as the operator in one browser and as the engagement officer in another (or a private\n"
        "  window). A test subject walks past about once a minute. Ctrl-C stops everything.\n"
    )
    sys.stdout.flush()
