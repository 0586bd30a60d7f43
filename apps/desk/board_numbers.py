"""What a commander weighs: how often it was wrong, against its ceiling, and for how long nothing looked.

Plain: what was counted comes in as values. Rates are of the deployment, never of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.data import AlertSummary
from apps.core.wording import say_duration
from apps.deployments import api as deployments
from apps.deployments.data import GapData
from apps.recognition import api as recognition

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class BoardRate:
    """`value` in words, with its interval; `note` compares it with a ceiling, or says what is not in it."""

    what: str
    value: str
    note: str = ""
    over: bool = False


@dataclass(frozen=True)
class Outage:
    """For how long a camera was not looked at although it should have been."""

    name: str
    words: str


def rates(summary: AlertSummary, *, tracks: int) -> tuple[BoardRate, ...]:
    """The rates of domain.md §7 as the record has them, false alerts among alerts first."""
    found = alerts.false_alert_rates(summary, tracks=tracks)
    return (
        BoardRate(
            "Found false, of alerts whose result is known",
            found.of_alerts.words,
            alerts.say_left_out(unresolved=summary.unresolved, alerts=summary.alerts),
        ),
        _of_tracks("The same, of all tracks", found.of_tracks, tracks),
        _of_tracks("Of these, found false by an officer, of all tracks", found.confirmed_of_tracks, tracks),
    )


def _of_tracks(what: str, rate: alerts.Rate | None, tracks: int) -> BoardRate:
    """A broken track counts twice, so this is not "of faces"."""
    if rate is None:
        return BoardRate(what, "fewer tracks were counted than false alerts" if tracks else "none to count")
    over = deployments.above_ceiling(false=rate.numerator, tracks=rate.denominator)
    return BoardRate(what, rate.words, _verdict(rate, over=over), over)


def _verdict(rate: alerts.Rate, *, over: bool) -> str:
    ceiling = recognition.CEILING
    limit = f"the ceiling, 1 in {1 / ceiling:,.0f}"
    if over:
        return f"Above {limit}, with 95% confidence (exact, one-sided)."
    if rate.interval95 is not None and rate.interval95[1] <= ceiling:
        return f"Below {limit}."
    return f"Too few to tell whether it is below {limit}."


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
