"""Every deployment of the demonstration's past: what was told is what was counted, deleted and published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from apps.audit import api as audit
from apps.core.clock import london, utc_now
from apps.core.tenancy import force_context
from apps.demo import present, seed
from apps.demo.faces import Faces, load
from apps.demo.history import play
from apps.demo.machines import FRAMES_A_SECOND
from apps.demo.player import PACK
from apps.demo.story import RECOGNISED, Ending, Event, Past
from apps.deployments import api as deployments
from apps.deployments.data import CUSTODY_PICTURES, LEGAL_BASES, DeploymentData, DeploymentState
from apps.forces.data import ForceData
from apps.notices.data import PUNCTUAL
from apps.retention import api as retention
from apps.scrutiny import api as scrutiny
from apps.scrutiny.data import DeploymentRecord
from apps.scrutiny.exceptions import Period
from apps.scrutiny.period import period_report
from tests.support.days import anonymous_fetch
from tests.support.recount import recount

pytestmark = [pytest.mark.usefixtures("real_db")]
CASTS = {cast.slug: cast for cast in seed.CASTS}
OPENS, CLOSES = time(7), time(21)
ON_THE_DAY = timedelta(hours=1)  # before the start and after the end: putting up and packing up
APART = timedelta(minutes=1)
# What is done beside the cameras, at whatever time the demonstration is started.
BESIDE_THE_CAMERAS = frozenset(
    f"deployment.{verb}"
    for verb in ("duty_taken", "sign_checked", "check_recorded", "made_ready", "started", "ended")
)


@dataclass(frozen=True)
class Told:
    """One deployment of the past as it stands now."""

    past: Past
    slug: str
    deployment: DeploymentData
    record: DeploymentRecord
    acts: tuple[tuple[datetime, UUID | None, str], ...]

    @property
    def due_s(self) -> float:
        """Seconds of pictures that its cameras could send: live and not paused."""
        if self.deployment.started_at is None or self.deployment.ended_at is None:
            return 0.0
        live = (self.deployment.ended_at - self.deployment.started_at).total_seconds()
        paused = self.past.pause.minutes * 60 if self.past.pause else 0
        return (live - paused) * len(self.deployment.authority.cameras)


@pytest.fixture(scope="module")
def faces(photos: Path) -> Faces:
    return load(photos, PACK)


def tell(told: seed.Told, past: Past, now: datetime) -> Told:
    deployment_id = play(told.player, past, now=now)
    with force_context(told.player.force.id):
        return Told(
            past,
            told.player.force.slug,
            deployments.get(deployment_id=deployment_id),
            scrutiny.deployment_record(deployment_id=deployment_id),
            acts_on(deployment_id),
        )


def acts_on(deployment_id: UUID) -> tuple[tuple[datetime, UUID | None, str], ...]:
    """What people did to a deployment: when, who, what. Programs have no id."""
    events = audit.events_about(object_id=deployment_id)
    return tuple((event.at, event.actor_id, event.verb) for event in events if event.actor_id)


def of_the_day(told: Told, at: datetime) -> bool:
    started, ended = told.deployment.started_at, told.deployment.ended_at
    return started is not None and ended is not None and started - ON_THE_DAY <= at <= ended + ON_THE_DAY


def wrong_deletions(told: Told) -> Iterator[str]:
    """Late, but for the one that says so; and a deletion of many alerts at once."""
    late = [c for c in told.record.certificates if c.late_s > PUNCTUAL.total_seconds()]
    wanted = 1 if told.past.list_late_min else 0
    if len(late) != wanted:
        yield f"{len(late)} certificates are late, not {wanted}"
    for certificate in late:
        if (
            certificate.data_class != "watchlist"
            or f"{told.past.list_late_min} minutes late" not in told.past.why
        ):
            yield f"{certificate.title} is late, and the review does not say so"
    deleted = sum(c.counts.get("alerts", 0) for c in told.record.certificates)
    if deleted != told.record.alerts.total:
        yield f"{deleted} of {told.record.alerts.total} alerts are certified"
    if told.deployment.watchlist_id and not any(
        c.data_class == "watchlist" for c in told.record.certificates
    ):
        yield "the list has no certificate"


def wrong_numbers(told: Told) -> Iterator[str]:
    """The review, the record and the story count alike."""
    past, alerts = told.past, told.record.alerts
    events = [seen.event for seen in past.seen]
    counted = (alerts.total, alerts.confirmed_true, alerts.confirmed_false, alerts.operator_rejected)
    told_as = (len(events), sum(e in RECOGNISED for e in events), events.count(Event.FALSE),
               events.count(Event.REJECTED))  # fmt: skip
    if counted != told_as:
        yield f"counted {counted}, told {told_as}"
    if alerts.unresolved != past.unresolved or told.record.tracks != past.tracks:
        yield f"{alerts.unresolved} unresolved and {told.record.tracks} tracks"
    if past.ending is Ending.REVIEWED:
        rate = told.record.true_recognition.rate
        if rate is None or (rate.numerator, rate.denominator) != (past.recognised, past.passes):
            yield f"true recognition is {rate}"
        if not told.record.texts["findings"].startswith(past.counted):
            yield "the review does not begin with what was counted"


def wrong_frames(told: Told) -> Iterator[str]:
    """No more than the cameras could send; not exactly that either, and no less without a reason."""
    dark = sum(gap.seconds for gap in told.record.gaps if gap.camera and "starting" not in gap.reason)
    most = FRAMES_A_SECOND * (told.due_s - dark)
    frames = told.record.frames
    if told.due_s and not 0.95 * most < frames.received < most:
        yield f"{frames.received} frames of at most {most:.0f}"
    if frames.recognised + frames.dropped != frames.received:
        yield "frames were neither looked at nor overtaken"
    for blind in told.past.blind:
        if not any(abs(gap.seconds - blind.minutes * 60) < 1 for gap in told.record.gaps):
            yield f"an outage of {blind.minutes} minutes is no gap"


def wrong_times(told: Told, now: datetime) -> Iterator[str]:
    """Nobody acts at night but on the day itself, and two people never act within one minute."""
    for at, _, verb in told.acts:
        if not of_the_day(told, at) and not OPENS <= london(at).time() <= CLOSES:
            yield f"{verb} at {london(at):%H:%M}"
        if at > now:
            yield f"{verb} in the future"
    before = [act for act in told.acts if not of_the_day(told, act[0])]
    for (first, who, _), (then, other, verb) in pairwise(before):
        if then < first or (who != other and then - first < APART):
            yield f"{verb} {(then - first).total_seconds():.0f} s after somebody else"


@pytest.mark.slow
@pytest.mark.parametrize("slug", sorted(CASTS))
def test_a_year_is_true_to_itself(slug, faces):
    now = utc_now()
    force = seed.onboard(CASTS[slug], faces, now=now, fetch=anonymous_fetch)
    year = [tell(force, past, now) for past in CASTS[slug].history]
    wrong = [
        f"{told.past.place.name}: {problem}"
        for told in year
        for problems in (
            wrong_deletions(told),
            wrong_numbers(told),
            wrong_frames(told),
            wrong_times(told, now),
        )
        for problem in problems
    ]
    assert wrong == []
    assert sum(bool(told.past.list_late_min) for told in year) <= 1
    assert retention.run_due(force_id=force.player.force.id, now=utc_now()).certificates == ()
    began = [told for told in year if told.deployment.started_at]
    delays = {told.deployment.started_at - told.deployment.authority.window_start for told in began}
    assert len(delays) == len(began), "everybody starts after the same number of minutes"
    check_sums(force.player.force, now)
    for told in year:
        check_authority(told)
        if told.past.narrowed:
            check_history_of_notice(told)


def check_sums(force: ForceData, now: datetime) -> None:
    """What the report of a time adds up is what SQL counts from the decisions themselves."""
    with force_context(force.id):
        period = Period(london(now).date() - timedelta(days=800), london(now).date())
        found = period_report(force=force, period=period, now=now, rehearsals=True)
        counted = recount(rehearsals=True)
    assert counted["alerts"] > 10, "nothing to compare"
    assert {name: getattr(found.summed, name) for name in counted if name != "tracks"} | {
        "tracks": found.tracks
    } == counted
    assert found.others == 0
    assert len(found.rows) + sum(number for _, number in found.not_begun) > len(found.rows)


def check_authority(told: Told) -> None:
    """It speaks of its place, names its whole legal basis, and promises nothing that it cannot keep."""
    authority = told.deployment.authority
    assert told.past.place.tests in authority.policing_purpose
    assert told.past.place.here in authority.necessity
    assert set(LEGAL_BASES) - set(authority.legal_bases) == {CUSTODY_PICTURES}
    assert "mistaken" in authority.proportionality


def check_history_of_notice(told: Told) -> None:
    status, body = anonymous_fetch(f"/notices/{told.slug}/{told.deployment.reference.lower()}/")
    assert status == 200
    assert "Made narrower. Changed: the area." in body


def test_what_is_on_today_was_prepared_in_office_hours_and_by_nobody_twice_at_once(faces):
    now = utc_now()
    force = seed.onboard(seed.HERTFORDSHIRE, faces, now=now, fetch=anonymous_fetch)
    seed.tell(seed.HERTFORDSHIRE, force, now=now, history=False, say=lambda text: None)
    force.deployments["live"] = present.live(force.player, now)
    assert force.player.get(force.deployments["live"]).state is DeploymentState.LIVE
    for key, deployment_id in force.deployments.items():
        with force_context(force.player.force.id):
            acts = acts_on(deployment_id)
        assert all(at <= utc_now() for at, _, _ in acts), key
        planned = [act for act in acts if act[2] not in BESIDE_THE_CAMERAS]
        assert all(OPENS <= london(at).time() <= CLOSES for at, _, _ in planned), key
        for (first, who, _), (then, other, verb) in pairwise(acts):
            assert who == other or then - first >= APART, (key, verb)
    # What fell due before the demonstration began is gone, in time.
    with force_context(force.player.force.id):
        record = scrutiny.deployment_record(deployment_id=force.deployments["ended"])
    assert all(certificate.late_s < 60 for certificate in record.certificates)
