"""What has to hold after each fault, and what is then told of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core.clock import utc_now
from tests.support.faultlab.faults import Fault
from tests.support.faultlab.lab import LATENESS, Lab


@dataclass
class Outcome:
    """`seen`: the sentences on the strip meanwhile; `gaps`: (reason, seconds); `problems` empty is a pass."""

    name: str
    title: str
    seconds: float = 0.0
    alerts: int = 0
    seen: list[str] = field(default_factory=list)
    gaps: list[tuple[str, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Before:
    at: datetime
    alerts: dict[Any, tuple[int, datetime]]
    gaps: frozenset[tuple[Any, ...]]


def look_before(lab: Lab) -> Before:
    alerts = {alert.id: (alert.number, alert.raised_at) for alert in lab.alerts()}
    return Before(utc_now(), alerts, frozenset(map(_key, lab.gaps())))


def recover(lab: Lab) -> None:
    """Until the strip is quiet and an alert about somebody who walked past since came by a push."""
    lab.until(lambda: lab.watch.last().well, "recognition runs and the strip is quiet")
    well_at, pushes = utc_now(), lab.watch.pushes

    def news() -> bool:
        fresh = {str(a.id) for a in lab.alerts() if a.captured_at > well_at}
        return lab.watch.pushes > pushes and bool(fresh & set(lab.watch.alerts))

    lab.until(news, "somebody who walked past afterwards is alerted at the console")


def judge(lab: Lab, fault: Fault, before: Before, outcome: Outcome) -> None:
    """Adds to `outcome.problems` whatever does not hold."""
    alerts, gaps = lab.alerts(), [gap for gap in lab.gaps() if _key(gap) not in before.gaps]
    outcome.alerts = len(alerts) - len(before.alerts)
    outcome.seen = lab.watch.said(before.at)
    outcome.gaps = [(gap.reason, round((gap.ended_at - gap.started_at).total_seconds(), 1)) for gap in gaps]
    say = outcome.problems.append
    now = {alert.id: (alert.number, alert.raised_at) for alert in alerts}
    if lost := [number for key, (number, _) in before.alerts.items() if now.get(key) != before.alerts[key]]:
        say(f"alerts that were raised are gone or changed: {lost}")
    if sorted(number for number, _ in now.values()) != list(range(1, len(now) + 1)):
        say("the numbers of alerts have holes or doubles")
    tracks = Counter((alert.camera_id, alert.track_id) for alert in alerts)
    if twice := [track for track, count in tracks.items() if count > 1]:
        say(f"a track raised two alerts: {twice}")
    shown = Counter(sight.number for sight in lab.watch.alerts.values())
    if [number for number, count in shown.items() if count > 1]:
        say("the console got one alert under two identities")
    if unseen := _unseen(lab, alerts):
        say(f"alerts that never came to the console: {unseen}")
    if past := [alert.number for alert in alerts if any(_of_the_past(alert, gap) for gap in gaps)]:
        say(f"alerts about people who walked past during a gap, raised after it: {past}")
    if fault.seen and not any(word in said for word in fault.seen for said in outcome.seen):
        say(f"nobody was told: the strip said {outcome.seen}")
    if fault.gaps and not {reason for reason, _ in outcome.gaps} & set(fault.gaps):
        say(f"no gap of {fault.gaps} was counted: {outcome.gaps}")
    if not fault.gaps and not fault.seen and fault.name == "nothing" and (outcome.gaps or outcome.seen):
        say("something was said although nothing happened")


def _unseen(lab: Lab, alerts: list[Any]) -> list[int]:
    lab.until(lambda: {str(a.id) for a in alerts} <= set(lab.watch.alerts), "the console has every alert", 10)
    return [alert.number for alert in alerts if str(alert.id) not in lab.watch.alerts]


def _of_the_past(alert: Any, gap: Any) -> bool:
    """Searched after a gap although it was captured within it: retrospective. A frame may be as old as a
    frame may be."""
    return bool(
        alert.raised_at > gap.ended_at and gap.started_at < alert.captured_at < gap.ended_at - LATENESS
    )


def _key(gap: Any) -> tuple[Any, ...]:
    return gap.started_at, gap.ended_at, gap.reason, gap.camera_id
