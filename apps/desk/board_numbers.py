"""What a commander weighs: how often it was wrong, against its ceiling, and for how long nothing looked.

Plain: what was counted comes in as values. Rates are of the deployment, never of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.alerts.data import AlertSummary
from apps.core.wording import say_duration
from apps.deployments.data import GapData
from apps.recognition import api as recognition

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class BoardRate:
    """`value` and `interval` in words; `verdict` compares them with a ceiling, empty where there is none."""

    what: str
    value: str
    interval: str
    verdict: str = ""
    over: bool = False


@dataclass(frozen=True)
class Outage:
    """For how long a camera was not looked at although it should have been."""

    name: str
    words: str


def rates(summary: AlertSummary, *, tracks: int) -> tuple[BoardRate, ...]:
    """The rates of domain.md §7, false alerts among alerts first. Exact 95 % intervals (Clopper-Pearson)."""
    false = summary.confirmed_false
    judged = summary.operator_rejected + summary.confirmed_false
    return (
        _of_alerts("Wrong person, found by an officer, of all alerts", false, summary.alerts),
        _of_alerts("The same, and those an operator called not a match", judged, summary.alerts),
        _of_tracks(false, tracks),
    )


def _of_alerts(what: str, wrong: int, alerts: int) -> BoardRate:
    if not alerts:
        return BoardRate(what, "none yet", "")
    rate = recognition.exact_rate(wrong, alerts)
    return BoardRate(
        what,
        f"{wrong:,} of {alerts:,}: {_percent(wrong / alerts)}",
        f"95 % interval {_percent(rate.low)} to {_percent(rate.high)}",
    )


def _of_tracks(wrong: int, tracks: int) -> BoardRate:
    """False alerts of tracks. A broken track counts twice, so this is not "of faces"."""
    what = "Wrong person, found by an officer, of all tracks"
    if wrong > tracks or not tracks:
        return BoardRate(what, "none yet" if not tracks else f"{wrong:,} of {tracks:,}", "")
    rate, ceiling = recognition.exact_rate(wrong, tracks), recognition.CEILING
    return BoardRate(
        what,
        f"{wrong:,} of {tracks:,}" + (f": 1 in {tracks / wrong:,.0f}" if wrong else ""),
        f"95 % interval {_one_in(rate.low)} to {_one_in(rate.high)}",
        _verdict(rate.low, rate.high, ceiling),
        rate.low > ceiling,
    )


def _verdict(low: float, high: float, ceiling: float) -> str:
    limit = f"the ceiling, 1 in {1 / ceiling:,.0f}"
    if low > ceiling:
        return f"Above {limit}."
    if high <= ceiling:
        return f"Below {limit}."
    return f"Too few to tell whether it is below {limit}."


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if 0 < share < 0.995 else f"{100 * share:.0f} %"


def _one_in(share: float) -> str:
    return f"1 in {1 / share:,.0f}" if share > 0 else "none"


def outages(gaps: Sequence[GapData], *, cameras: Mapping[UUID, str]) -> tuple[Outage, ...]:
    """For how long in all, of each camera by name, where it was at all; last, for how long no camera was.

    Gaps that overlap count once. Those of a camera that is not on the authority any more are left out.
    """
    dark = {
        camera_id: _merged(
            [(gap.started_at, gap.ended_at) for gap in gaps if gap.camera_id in (None, camera_id)]
        )
        for camera_id in cameras
    }
    found = [
        Outage(name, say_duration(_length(dark[camera_id])))
        for camera_id, name in sorted(cameras.items(), key=lambda camera: camera[1])
        if dark[camera_id]
    ]
    if len(cameras) > 1:
        all_dark = _common(list(dark.values()))
        if all_dark:
            found.append(Outage("No camera at all", say_duration(_length(all_dark))))
    return tuple(found)


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _common(each: Sequence[Sequence[Span]]) -> list[Span]:
    common = list(each[0])
    for other in each[1:]:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in other if max(a, c) < min(b, d)]
    return common


def _length(spans: Sequence[Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta())
