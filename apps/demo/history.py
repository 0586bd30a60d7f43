"""A past deployment, from the draft to the certificates and the review, at the times at which it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.core.clock import london, utc_now
from apps.demo import signs
from apps.demo.diary import Diary, workdays_later
from apps.demo.encounters import Scene, meet
from apps.demo.machines import Machines
from apps.demo.player import Player
from apps.demo.story import Blind, Ending, Past, Pause, london_day, on_day, working_day
from apps.deployments import api as deployments
from apps.deployments.data import Authority
from apps.relays import api as relays
from apps.relays.data import RelayData
from apps.retention import api as retention
from apps.watchlists import api as watchlists

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
DRAFTED_DAYS, NARROWED_DAYS, CANCELLED_DAYS = 21, 7, 3
PUT_RIGHT = "What stopped it has been put right."
MISTAKEN = "They were asked who they are, showed it, and went on within two minutes. Nobody was searched."
WAY_ROUND = " The way around the area is on the plan and on every sign."


@dataclass(frozen=True)
class Ran:
    """What is left to do after a day: `due` is when each alert's pictures have to be gone."""

    ended: datetime
    due: tuple[datetime, ...]


def play(player: Player, past: Past, *, now: datetime) -> UUID:
    """Play one past deployment as it was; returns its id. `now` is today, from which the days are counted."""
    start = on_day(working_day(london_day(now, -past.days_ago), step=-1), past.start)
    window = (start, start + timedelta(hours=past.hours))
    diary = Diary(f"{player.force.slug} {past.place.name}")
    deployment_id, day = _plan(player, past, window, diary)
    decided = diary.during(workdays_later(day, diary.days(1, 2)), "09:00", "16:30")
    if past.ending is Ending.REFUSED:
        player.step(deployments.refuse, deployment_id, "authoriser", decided, reasons=past.why)
    else:
        player.approve(deployment_id, decided)
        _after_the_approval(player, past, deployment_id, window, diary)
    audit.chain_force(force_id=player.force.id, now=utc_now())
    return deployment_id


def _plan(player: Player, past: Past, window: tuple[datetime, datetime], diary: Diary) -> tuple[UUID, date]:
    """Drafted, submitted, and returned once where the officer wanted more. Returns the day it was last
    submitted.
    """
    day = london(window[0]).date() - timedelta(days=DRAFTED_DAYS)
    drafted = diary.during(day, "09:05", "11:40")
    authority = player.plan(past.place, window, drafted)
    deployment_id = player.draft(authority, drafted)
    day = workdays_later(day, diary.days(1, 2))
    player.submit(deployment_id, diary.during(day, "13:10", "16:30"))
    if past.returned:
        day = workdays_later(day, 1)
        back = diary.during(day, "09:10", "11:45")
        player.step(deployments.return_, deployment_id, "authoriser", back, reasons=past.returned)
        better = authority.canonical()
        better["collateral_intrusion"] += WAY_ROUND
        again = diary.during(day, "13:30", "15:50")
        reason = "Answers what the authorising officer asked for."
        _amend(player, deployment_id, better, reason, again)
        player.submit(deployment_id, again + diary.minutes(4, 14))
    return deployment_id, day


def _amend(player: Player, deployment_id: UUID, plan: dict[str, object], reason: str, at: datetime) -> None:
    authority = Authority.from_canonical(plan)
    player.step(deployments.amend, deployment_id, "planner", at, authority=authority, reason=reason)


def _after_the_approval(
    player: Player, past: Past, deployment_id: UUID, window: tuple[datetime, datetime], diary: Diary
) -> None:
    if past.narrowed:
        _narrow(player, past, deployment_id, window[0], diary)
    if past.ending is Ending.CANCELLED:
        day = working_day(london(window[0]).date() - timedelta(days=CANCELLED_DAYS), step=-1)
        at = diary.during(day, "09:20", "15:30")
        report = {
            "done": "The notice was public. No sign stood yet, and no list was imported.",
            "collected": "Nothing was collected about anybody.",
        }
        player.step(deployments.cancel, deployment_id, "planner", at, reason=past.why, **report)
    elif past.ending is Ending.UNSTARTED:
        _prepare_list(player, deployment_id, window[0], diary)
        player.call(deployments.expire_overdue, now=window[1] + 3 * SECOND)
        sweep(player, list_due(player, deployment_id), diary)
    else:
        ran = run_day(player, past, deployment_id, window, diary)
        sweep(player, ran.due, diary)
        sweep(player, list_due(player, deployment_id, late_min=past.list_late_min), diary)
    if past.ending is Ending.REVIEWED:
        at = diary.during(diary.review_day(ran.ended), "09:30", "16:20")
        _review(player, past, deployment_id, at)


def _narrow(player: Player, past: Past, deployment_id: UUID, start: datetime, diary: Diary) -> None:
    """One camera and its part of the area less: the area is on the public page, cameras are not."""
    fewer = player.get(deployment_id).authority.canonical()
    wanted = past.place.cameras[0]
    fewer["cameras"] = [camera for camera in fewer["cameras"] if camera["name"] == wanted]
    fewer["polygon"] = [list(point) for point in past.place.western_half]
    day = london(start).date() - timedelta(days=NARROWED_DAYS)
    _amend(player, deployment_id, fewer, past.narrowed, diary.during(day, "10:00", "15:00"))


def _review(player: Player, past: Past, deployment_id: UUID, at: datetime) -> None:
    for each in player.call(alerts.engagement_list, deployment_id=deployment_id):
        if each.to_examine:
            commander = player.actor("commander")
            player.call(alerts.examine, alert_id=each.alert_id, words=MISTAKEN, actor=commander, now=at)
    player.step(
        deployments.review,
        deployment_id,
        "commander",
        at,
        findings=f"{past.counted} {past.why}",
        blue_list_passes=past.passes,
    )


def _prepare_list(player: Player, deployment_id: UUID, start: datetime, diary: Diary) -> None:
    times = diary.list_times(start)
    player.put_list(deployment_id, times.imported)
    player.seal_and_accept(deployment_id, times.sealed, times.accepted)


def run_day(
    player: Player, past: Past, deployment_id: UUID, window: tuple[datetime, datetime], diary: Diary
) -> Ran:
    """From the import to the end."""
    start, end = window
    _prepare_list(player, deployment_id, start, diary)
    checking = start - diary.minutes(50, 57)
    relay = _enrol_relay(player, deployment_id, checking)
    checked = player.check(deployment_id, checking + diary.minutes(0.5, 1.5), lambda: diary.minutes(1.4, 4.2))
    started = start + diary.minutes(0.5, 6)
    player.start(deployment_id, checked + diary.minutes(3, 8), started)
    ended = _end_of(past, start, end, diary)
    paused_s = past.pause.minutes * 60 if past.pause else 0
    planned_s = (ended - started).total_seconds() - paused_s
    machines = Machines(player, past, player.get(deployment_id), relay, diary, planned_s)
    machines.start(started + SECOND)
    scene = Scene.of(player, deployment_id, diary)
    for _, happen in sorted(_happenings(past, scene, machines, start), key=lambda pair: pair[0]):
        happen()
    if past.ending is Ending.REVOKED:
        player.step(deployments.revoke, deployment_id, "authoriser", ended, reasons=past.why)
    else:
        player.step(deployments.end, deployment_id, "commander", ended, reason="The rehearsal is over.")
    machines.stop(ended, last=True)
    packed = ended + diary.minutes(11, 42)
    player.call(
        relays.revoke_relay,
        relay_id=relay.id,
        reason="The deployment is over.",
        actor=player.actor("engineer"),
        now=packed,
    )
    return Ran(ended, tuple(alert.purge_due_at for alert in scene.raised))


def _end_of(past: Past, start: datetime, end: datetime, diary: Diary) -> datetime:
    """Some time after the last alert, and before the window closes."""
    last = start + past.seen[-1].minute * MINUTE
    if past.ending is Ending.REVOKED:
        return last + diary.minutes(14, 33)
    return max(end - diary.minutes(2, 24), last + diary.minutes(6, 9))


def _enrol_relay(player: Player, deployment_id: UUID, now: datetime) -> RelayData:
    cameras = player.get(deployment_id).authority.cameras
    relay, _ = player.step(
        relays.enrol_relay,
        deployment_id,
        "engineer",
        now,
        name="Van 2",
        camera_ids=[camera.id for camera in cameras],
    )
    enrolled: RelayData = relay
    return enrolled


def _happenings(
    past: Past, scene: Scene, machines: Machines, start: datetime
) -> list[tuple[float, Callable[[], None]]]:
    """What happens while it is live, each with its minute."""
    found: list[tuple[float, Callable[[], None]]] = []
    for seen in past.seen:
        found.append((seen.minute, partial(meet, scene, seen, start + seen.minute * MINUTE)))
    for blind in past.blind:
        at = start + blind.minute * MINUTE
        found.append((blind.minute, partial(_go_blind, scene, past, blind, at)))
    if past.pause is not None:
        at = start + past.pause.minute * MINUTE
        found.append((past.pause.minute, partial(_pause_and_resume, scene, past.pause, machines, at)))
    return found


def _pause_and_resume(scene: Scene, pause: Pause, machines: Machines, at: datetime) -> None:
    """Nothing is recognised, and no frame is taken, until the commander has looked and resumed."""
    player, deployment_id = scene.player, scene.deployment.id
    player.step(deployments.suspend, deployment_id, "engagement", at, reason=pause.reason, cause=pause.cause)
    machines.stop(at, last=False)
    again = at + pause.minutes * MINUTE
    looked = again - scene.diary.minutes(1, 2)
    for look in signs.looks(scene.deployment.authority, look=1):
        player.step(deployments.record_sign, deployment_id, "commander", looked, **look)
    player.step(deployments.resume, deployment_id, "commander", again, reason=PUT_RIGHT)
    machines.start(again + SECOND)


def _go_blind(scene: Scene, past: Past, blind: Blind, at: datetime) -> None:
    ids = {camera.name: camera.id for camera in scene.deployment.authority.cameras}
    until = at + blind.minutes * MINUTE
    scene.player.call(
        deployments.record_gap,
        deployment_id=scene.deployment.id,
        camera_id=None if blind.camera is None else ids[past.place.cameras[blind.camera]],
        started_at=at,
        ended_at=until,
        reason=blind.reason,
        actor=scene.player.system,
        now=until,
    )


def list_due(player: Player, deployment_id: UUID, *, late_min: int = 0) -> tuple[datetime, ...]:
    """When the list has to be gone, or so many minutes later where the sweep stood still."""
    found = player.call(watchlists.get_for_deployment, deployment_id=deployment_id)
    return () if found is None else (found.purge_due_at + late_min * MINUTE,)


def sweep(player: Player, due: Iterable[datetime], diary: Diary) -> None:
    """As the sweep of that day, which comes every minute: delete, look again, certify; one by one."""
    for deadline in sorted(due):
        run = retention.run_due(force_id=player.force.id, now=deadline + diary.minutes(0.02, 0.95))
        if run.problems:
            raise RuntimeError(f"the purge of the past reports: {run.problems}")
