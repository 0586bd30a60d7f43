"""What waits for whom when the demonstration begins: one deployment for each thing that can be done now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.clock import utc_now
from apps.demo.diary import Diary
from apps.demo.history import run_day, sweep
from apps.demo.places import BRIDGE, CENTRE, GREEN, PARADE, PIER, TANNERY, TITHE, WHARF
from apps.demo.plan import RIVERSIDE, Place
from apps.demo.player import Player
from apps.demo.story import Ending, Event, Past, Seen, london_day, on_day, working_day
from apps.deployments import api as deployments
from apps.deployments.data import LEGAL_BASES, Authority, UseCase

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LIVE_FOR, IMPORTABLE_FOR = 12 * HOUR, 8 * HOUR
# Nine people and items, at most four minutes each, are done before it is ready.
CHECKED_AGO, READY_AGO = 43 * MINUTE, 5 * MINUTE


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
    """That time of day; `days` is negative, and a weekend is the Friday before it."""
    return on_day(working_day(london_day(now, days), step=-1), clock)


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
    drafted, submitted = _clock(approved_at, -4, "09:55"), _clock(approved_at, -2, "15:25")
    deployment_id = player.draft(player.plan(place, window, drafted), drafted)
    player.submit(deployment_id, submitted)
    player.approve(deployment_id, approved_at)
    return deployment_id


def importable(player: Player, now: datetime) -> UUID:
    return announced(player, BRIDGE, just_begun(now, IMPORTABLE_FOR), _clock(now, -9, "11:35"))


def waiting(player: Player, now: datetime) -> UUID:
    return _submitted(player, now, GREEN, _window(now, 12, "10:00", 4))


def in_notice(player: Player, now: datetime) -> UUID:
    return announced(player, PARADE, _window(now, 5, "13:00", 3), _clock(now, -3, "10:15"))


def ended(player: Player, now: datetime) -> UUID:
    """What fell due since is deleted; the rest waits for the sweep that runs from now on."""
    start = on_day(london_day(now, -1), YESTERDAY.start)
    window = (start, start + timedelta(hours=YESTERDAY.hours))
    diary = Diary(f"{player.force.slug} yesterday")
    deployment_id = announced(player, YESTERDAY.place, window, _clock(now, -12, "14:10"))
    ran = run_day(player, YESTERDAY, deployment_id, window, diary)
    sweep(player, [due for due in ran.due if due < now - MINUTE], diary)
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
    player.submit(deployment_id, at + 73 * MINUTE)
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
            f"{CENTRE.here} Officers cannot recognise several hundred wanted people by sight in this crowd; "
            "enquiries at their addresses have not found them."
        ),
        proportionality=(
            "One place, one day, a list made for this deployment alone, signs on every approach, and an "
            "officer who decides before anybody is spoken to."
        ),
        less_intrusive_means="Patrols with photographs were tried in the same streets for six weeks.",
        collateral_intrusion=(
            "A passer-by's measurements live in memory for seconds. Another way around the zone is marked."
        ),
        legal_bases=LEGAL_BASES,
        categories=("court_warrant", "court_order", "suspected"),
        max_subjects=500,
        rehearsal=False,
    )
    return player.draft(authority, _clock(now, -2, "10:05"))


def live(player: Player, now: datetime) -> UUID:
    """On the air from now on. The list and the checklist came before, people minutes apart."""
    window, diary = just_begun(now, LIVE_FOR), Diary("live")
    deployment_id = announced(player, RIVERSIDE, window, _clock(now, -8, "10:40"))
    times = diary.list_times(window[0])
    player.put_list(deployment_id, times.imported)
    player.seal_and_accept(deployment_id, times.sealed, times.accepted)
    player.check(deployment_id, now - CHECKED_AGO, lambda: diary.minutes(1.5, 4))
    player.start(deployment_id, now - READY_AGO, utc_now())
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
