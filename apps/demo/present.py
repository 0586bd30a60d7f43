"""What waits for whom when the demonstration begins: one deployment for each thing that can be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.clock import utc_now
from apps.demo.history import run_day
from apps.demo.plan import RIVERSIDE, Place
from apps.demo.player import Player
from apps.demo.story import Ending, Event, Past, Seen, london_day, on_day, working_day
from apps.deployments import api as deployments
from apps.deployments.data import Authority, UseCase

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LIVE_FOR, IMPORTABLE_FOR = 12 * HOUR, 8 * HOUR

BRIDGE = Place("Bridge Street, Exampleton", 51.8022, -0.2008, ("Bridge Street corner",))
GREEN = Place("The Green, Little Samplebury", 51.7710, -0.2479, ("Green north", "Green south"))
PARADE = Place("The Parade, Ashwell Green", 51.7942, -0.1655, ("Parade east", "Parade west"))
WHARF = Place("Old Wharf, Wharfside", 51.8061, -0.1979, ("Wharf gate", "Wharf steps"))
TITHE = Place("Tithe Barn Lane, Oakbourne", 51.7840, -0.2251, ("Tithe barn",))
CENTRE = Place("Exampleton town centre", 51.8004, -0.2035, ("Cross Street", "Fountain Street"))
PIER = Place("Pier approach, Long Sands", 52.2395, 0.6671, ("Pier approach",))
TANNERY = Place("Tannery Yard, Eastmere", 52.2230, 0.6101, ("Tannery north", "Tannery south"))

YESTERDAY = Past(
    1, "11:00", 4, WHARF, Ending.REVIEWED, "", tracks=611,
    seen=(
        Seen(33, "TEST-B", Event.CONFIRMED), Seen(79, "TEST-A", Event.REJECTED, 1),
        Seen(141, "TEST-C", Event.CONFIRMED, 1), Seen(190, "TEST-A", Event.EXPIRED),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """One deployment of the present: its key on the guided pages, what it is, how it is made."""

    key: str
    words: str
    make: Callable[[Player, datetime], UUID]


def _clock(now: datetime, days: int, clock: str) -> datetime:
    return on_day(london_day(now, days), clock)


def _window(now: datetime, days: int, clock: str, hours: float) -> tuple[datetime, datetime]:
    """From `days` on, the next day that is not in a weekend."""
    start = on_day(working_day(london_day(now, days), step=1), clock)
    return start, start + timedelta(hours=hours)


def just_begun(now: datetime, length: timedelta) -> tuple[datetime, datetime]:
    """A window that began some minutes ago, on a full five minutes."""
    start = now.replace(second=0, microsecond=0) - timedelta(minutes=now.minute % 5 + 5)
    return start, start + length


def _submitted(player: Player, now: datetime, place: Place, window: tuple[datetime, datetime]) -> UUID:
    deployment_id = player.draft(
        player.plan(place, window, _clock(now, -2, "14:20")), _clock(now, -2, "14:20")
    )
    player.submit(deployment_id, _clock(now, -1, "16:40"))
    return deployment_id


def announced(player: Player, place: Place, window: tuple[datetime, datetime], approved_at: datetime) -> UUID:
    """Drafted, submitted, approved, and on the public page from `approved_at`."""
    deployment_id = player.draft(player.plan(place, window, approved_at - 3 * DAY), approved_at - 3 * DAY)
    player.submit(deployment_id, approved_at - 2 * DAY)
    player.approve(deployment_id, approved_at)
    return deployment_id


def importable(player: Player, now: datetime) -> UUID:
    return announced(player, BRIDGE, just_begun(now, IMPORTABLE_FOR), now - 9 * DAY)


def waiting(player: Player, now: datetime) -> UUID:
    return _submitted(player, now, GREEN, _window(now, 12, "10:00", 4))


def in_notice(player: Player, now: datetime) -> UUID:
    return announced(player, PARADE, _window(now, 5, "13:00", 3), _clock(now, -3, "10:15"))


def ended(player: Player, now: datetime) -> UUID:
    start = _clock(now, -1, YESTERDAY.start)
    window = (start, start + timedelta(hours=YESTERDAY.hours))
    deployment_id = announced(player, YESTERDAY.place, window, window[0] - 11 * DAY)
    run_day(player, YESTERDAY, deployment_id, window)
    return deployment_id


def unfinished(player: Player, now: datetime) -> UUID:
    """A draft with gaps: the planner's page says what is missing."""
    authority = player.plan(TITHE, _window(now, 16, "09:00", 3), _clock(now, -1, "09:30"))
    return player.draft(
        replace(authority, necessity="", proportionality="To be written."), _clock(now, -1, "09:30")
    )


def returned(player: Player, now: datetime) -> UUID:
    window = _window(now, 14, "08:30", 3)
    at = _clock(now, -4, "11:00")
    deployment_id = player.draft(player.plan(replace(PARADE, name="The Parade, market day"), window, at), at)
    player.submit(deployment_id, at + HOUR)
    player.step(
        deployments.return_,
        deployment_id,
        "authoriser",
        _clock(now, -1, "11:20"),
        reasons=(
            "On market day the stalls leave one way through the Parade, and it lies inside the zone. Choose "
            "another day or a smaller zone, and say how people walk around it."
        ),
    )
    return deployment_id


def first_trial(player: Player, now: datetime) -> UUID:
    """The first operational deployment: what stands between the draft and a decision is on its page."""
    rehearsed = player.plan(CENTRE, _window(now, 21, "10:00", 6), _clock(now, -2, "10:05"))
    authority: Authority = replace(
        rehearsed,
        use_case=UseCase.CRIME_HOTSPOT,
        policing_purpose=(
            "Find people wanted for serious violent or sexual offences, and people subject to court orders, "
            "in one town centre on one day. Its effectiveness is reviewed before any further use."
        ),
        necessity=(
            "Officers cannot recognise several hundred wanted people by sight in this crowd; enquiries at "
            "their addresses have not found them."
        ),
        proportionality=(
            "One place, one day, a list made for this deployment alone, signs on every approach, and an "
            "officer who decides before anybody is spoken to."
        ),
        less_intrusive_means="Patrols with photographs were tried in the same streets for six weeks.",
        collateral_intrusion=(
            "A passer-by's measurements live in memory for seconds. Another way around the zone is marked."
        ),
        categories=("court_warrant", "court_order", "suspected"),
        max_subjects=500,
        rehearsal=False,
    )
    return player.draft(authority, _clock(now, -2, "10:05"))


def live(player: Player, now: datetime) -> UUID:
    """On the air from now on: everything from the import on happens at the real time."""
    deployment_id = announced(player, RIVERSIDE, just_begun(now, LIVE_FOR), now - 8 * DAY)
    player.put_list(deployment_id, utc_now())
    player.seal_and_accept(deployment_id, utc_now(), utc_now())
    player.check(deployment_id, utc_now(), timedelta(0))
    player.start(deployment_id, utc_now(), utc_now())
    return deployment_id


HERTFORDSHIRE = (
    Scene("ended", "ended yesterday, waits for its review", ended),
    Scene("importable", "its list can be imported now", importable),
    Scene("notice", "in its notice period", in_notice),
    Scene("waiting", "waits for an authorising officer", waiting),
    Scene("returned", "returned to the planner", returned),
    Scene("draft", "a draft with gaps", unfinished),
    Scene("trial", "the first trial, which cannot be submitted yet", first_trial),
)


def _eastmere_notice(player: Player, now: datetime) -> UUID:
    return announced(player, PIER, _window(now, 6, "14:00", 4), _clock(now, -2, "09:40"))


def _eastmere_waiting(player: Player, now: datetime) -> UUID:
    return _submitted(player, now, TANNERY, _window(now, 10, "11:00", 3))


EASTMERE = (
    Scene("notice", "in its notice period", _eastmere_notice),
    Scene("waiting", "waits for an authorising officer", _eastmere_waiting),
)
