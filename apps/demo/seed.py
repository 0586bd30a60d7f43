"""Two forces, their people, a year behind them and a day's work before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.core import events
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.demo import eastmere, hertfordshire, present, volunteers
from apps.demo.faces import Faces
from apps.demo.history import play
from apps.demo.people import create_people
from apps.demo.player import Fetch, Player
from apps.demo.present import Scene
from apps.demo.story import Past
from apps.forces import api as forces
from apps.notices import api as notices

ONBOARDED = timedelta(days=400)
INVENTED = "This is a demonstration on one computer: its places, people and events are invented."


@dataclass(frozen=True)
class Cast:
    """One force of the demonstration."""

    slug: str
    name: str
    settings: Mapping[str, Any]
    oversight: Sequence[str]
    names: Mapping[str, str]
    history: Sequence[Past]
    present: Sequence[Scene]


@dataclass(frozen=True)
class Told:
    """A force as it stands after seeding: its deployments by the key of their scene."""

    player: Player
    deployments: dict[str, UUID] = field(default_factory=dict)


HERTFORDSHIRE = Cast(
    "hertfordshire",
    "Hertfordshire Constabulary",
    hertfordshire.SETTINGS,
    # As the force's and the Commissioner's announcement of the trial says.
    (
        "Police and Crime Commissioner for Hertfordshire: Accountability and Performance Meeting with the "
        "Chief Constable, webcast.",
        "A community engagement and scrutiny meeting with the local community follows once the place is "
        "published.",
    ),
    {
        "planner": "Rowan Alder", "authoriser": "Frances Birch", "commander": "Morgan Cedar",
        "operator": "Jo Damson", "operator2": "Kit Elm", "engagement": "Sam Fern",
        "engineer": "Lee Gorse", "oversight": "Robin Hazel", "admin": "Terry Iris",
        "admin2": "Val Juniper", "urgent": "Toni Laurel",
    },
    hertfordshire.HISTORY,
    present.HERTFORDSHIRE,
)  # fmt: skip
EASTMERE = Cast(
    "eastmere",
    "Eastmere Police",
    eastmere.SETTINGS,
    (
        "Eastmere Policing Board: quarterly public meeting with the Chief Constable, webcast.",
        "Its members answer questions about a deployment at the parish meeting nearest to the place.",
    ),
    {
        "planner": "Ash Avocet", "authoriser": "Drew Bittern", "commander": "Pat Curlew",
        "operator": "Max Dunnock", "operator2": "Eli Egret", "engagement": "Jules Finch",
        "engineer": "Nic Godwit", "oversight": "Vic Heron", "admin": "Uma Ibis",
        "admin2": "Wyn Jackdaw", "urgent": "Bo Kestrel",
    },
    eastmere.HISTORY,
    present.EASTMERE,
)  # fmt: skip
CASTS = (HERTFORDSHIRE, EASTMERE)


def onboard(cast: Cast, faces: Faces, *, now: datetime, fetch: Fetch | None = None) -> Told:
    """The force with an account for each role."""
    then = now - ONBOARDED
    force = forces.create_force(
        slug=cast.slug,
        name=cast.name,
        now=then,
        contact_lines=(INVENTED,),
        oversight_lines=list(cast.oversight),
        # A demonstration stands for hours without anybody who walks round.
        sign_check_minutes=240,
        **cast.settings,
    )
    people = create_people(force_id=force.id, slug=cast.slug, now=then, names=cast.names)
    volunteers.agree(force_id=force.id, people=people, references=faces.listed, now=then)
    return Told(Player(force, people, faces, fetch))


def tell(cast: Cast, told: Told, *, now: datetime, history: bool, say: Callable[[str], None]) -> None:
    """The past (unless left out) and the present of one force, with a line for each deployment.

    Raises RuntimeError when something that follows by itself (a notice, results) did not.
    """
    if history:
        for number, past in enumerate(cast.history, start=1):
            deployment_id = play(told.player, past, now=now)
            if past.key:
                told.deployments[past.key] = deployment_id
            say(f"history of {cast.name} {number}/{len(cast.history)}: {past.place.name}, {past.ending}")
    for scene in cast.present:
        told.deployments[scene.key] = scene.make(told.player, now)
        say(f"{cast.name}, today: {scene.words}")
    with force_context(told.player.force.id):
        notices.forget_mails(now=utc_now())
    unsettled = events.sweep(force_id=told.player.force.id, now=utc_now(), grace=timedelta(0))
    if unsettled:
        raise RuntimeError(f"{unsettled} events of {cast.name} were not handled; see the log")
